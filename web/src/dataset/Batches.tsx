import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Dataset, datasetBatchesQuery } from "../api/queries";
import { say } from "../strings";
import { Await, Empty, More, Phase } from "../ui/basics";
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
                <li key={batch.id} className="row">
                  <Link to="/batches/$batchId" params={{ batchId: batch.id }}>
                    <code>{batch.id.slice(0, 12)}…</code>
                  </Link>
                  <Phase phase={batch.phase} />
                  <span className="quiet">
                    {batch.item_count} {say.datasets.items} {say.batch.by} {shortAddress(batch.contributor)}
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </Await>
      <More query={batches} />
    </section>
  );
}
