import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Batch, contributionsQuery, datasetQuery } from "../api/queries";
import { BatchLine } from "../batch/BatchLine";
import { ether } from "../money/amounts";
import type { Policy } from "../protocol/identity";
import { say } from "../strings";
import { Await, Countdown, Empty } from "../ui/basics";
import { Figure } from "../ui/Figure";
import { earningsOf } from "./earnings";

/** The batches of a contributor, and what they may still bring. */
export function Contributions({ address }: { address: string }) {
  const batches = useQuery(contributionsQuery(address));
  return (
    <section className="stack">
      <h2>{say.account.contributions}</h2>
      <Await query={batches}>
        {(all) =>
          all.length === 0 ? (
            <Empty>
              {say.empty.contributions} <Link to="/datasets">{say.datasets.title}</Link>
            </Empty>
          ) : (
            <>
              <Earnings batches={all} />
              <ul className="stack" style={{ padding: 0, listStyle: "none" }}>
                {all.map((batch) => (
                  <BatchLine key={batch.id} batch={batch}>
                    {say.batch.accepted(batch.accepted_count, batch.item_count)}
                  </BatchLine>
                ))}
              </ul>
            </>
          )
        }
      </Await>
    </section>
  );
}

function Earnings({ batches }: { batches: readonly Batch[] }) {
  const held = [...new Set(batches.filter(({ phase }) => phase === "Decided").map((batch) => batch.dataset_id))];
  const datasets = useQueries({ queries: held.map(datasetQuery) });
  const rewards = new Map(datasets.map(({ data }) => [data?.id, (data?.policy as Policy | undefined)?.itemReward]));
  const { coming, staked, held: next } = earningsOf(batches, (id) => rewards.get(id) ?? 0);
  const [first] = next;
  return (
    <dl className="cards">
      <div className="card">
        <dt className="quiet">{say.account.coming}</dt>
        <dd className="figure" style={{ margin: 0 }}>
          {ether(coming)}
        </dd>
        {first && (
          <dd className="quiet" style={{ margin: 0 }}>
            {say.account.next(ether(first.reward))} <Countdown until={first.due} />
          </dd>
        )}
      </div>
      <Figure name={say.account.atStake} value={ether(staked)} />
    </dl>
  );
}
