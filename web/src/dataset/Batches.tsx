import { useInfiniteQuery } from "@tanstack/react-query";
import { type Dataset, datasetBatchesQuery } from "../api/queries";
import { BatchLine } from "../batch/BatchLine";
import { say } from "../strings";
import { Await, Empty, More } from "../ui/basics";
import { shortAddress } from "../wallet/store";

/** The batches of a dataset and where they stand. */
export function Batches({ dataset }: { dataset: Dataset }) {
  const batches = useInfiniteQuery(datasetBatchesQuery(dataset.id));
  return (
    <section className="stack">
      <h2>{say.dataset.batches}</h2>
      <Await query={batches}>
        {({ pages }) => {
          const all = pages.flatMap((page) => page.results);
          if (all.length === 0) return <Empty>{say.empty.batches}</Empty>;
          return (
            <ul className="stack" style={{ padding: 0, listStyle: "none" }}>
              {all.map((batch) => (
                <BatchLine key={batch.id} batch={batch}>
                  {batch.item_count} {say.datasets.items} {say.batch.by} {shortAddress(batch.contributor)}
                </BatchLine>
              ))}
            </ul>
          );
        }}
      </Await>
      <More query={batches} />
    </section>
  );
}
