import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { datasetQuery, type Estimate, type Reviewer, reviewerQuery } from "../api/queries";
import { nameOf } from "../dataset/document";
import { ether } from "../money/amounts";
import { say } from "../strings";
import { Await, Empty } from "../ui/basics";
import { Figure } from "../ui/Figure";

const route = getRouteApi("/reviewers/$address");

/** How good a reviewer is, as far as anybody can tell. */
export function ReviewerPage() {
  const { address } = route.useParams();
  const reviewer = useQuery(reviewerQuery(address));
  return (
    <>
      <h1>{say.reviewer.title}</h1>
      <p>
        <code>{address}</code>
      </p>
      <Await query={reviewer}>{(one) => <Record reviewer={one} />}</Await>
    </>
  );
}

/** A reviewer's record on chain, and what is estimated beside it. */
export function Record({ reviewer }: { reviewer: Reviewer }) {
  const { gold_right, gold_seen, items_coherent, items_seen } = reviewer;
  return (
    <>
      <dl className="cards">
        <Figure
          name={say.account.stake}
          value={ether(reviewer.stake)}
          note={say.reviewer.weight(reviewer.tier, reviewer.weight)}
        />
        <Figure
          name={say.reviewer.gold}
          value={share(gold_right, gold_seen)}
          note={say.account.gold(gold_right, gold_seen)}
        />
        <Figure
          name={say.reviewer.coherent}
          value={share(items_coherent, items_seen)}
          note={say.account.coherent(items_coherent, items_seen)}
        />
        <Figure
          name={say.account.earned}
          value={ether(reviewer.earned)}
          note={say.reviewer.lost(ether(reviewer.slashed))}
        />
      </dl>
      <section className="stack">
        <h2>{say.reviewer.estimates}</h2>
        <p className="quiet">{say.reviewer.estimatesHint}</p>
        {reviewer.estimates.length === 0 ? <Empty>{say.reviewer.none}</Empty> : <Estimates all={reviewer.estimates} />}
      </section>
    </>
  );
}

function Estimates({ all }: { all: readonly Estimate[] }) {
  const { dataset, verdicts, onGold, onOutcome, by } = say.reviewer.columns;
  return (
    <div className="scroll-x">
      <table>
        <thead>
          <tr>
            <th scope="col">{dataset}</th>
            {[verdicts, onGold, onOutcome].map((title) => (
              <th key={title} scope="col" className="number">
                {title}
              </th>
            ))}
            <th scope="col">{by}</th>
          </tr>
        </thead>
        <tbody>
          {all.map((one) => (
            <tr key={one.dataset_id}>
              <td>
                <DatasetLink id={one.dataset_id} />
              </td>
              <td className="number">{one.verdicts}</td>
              <td className="number">{interval(one.gold)}</td>
              <td className="number">{interval(one.outcome)}</td>
              <td>{one.aggregator}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function DatasetLink({ id }: { id: string }) {
  const dataset = useQuery(datasetQuery(id));
  return (
    <Link to="/datasets/$datasetId" params={{ datasetId: id }}>
      {dataset.data ? nameOf(dataset.data) : `${id.slice(0, 10)}…`}
    </Link>
  );
}

function share(right: number, seen: number): string {
  return seen === 0 ? "–" : percent(right / seen);
}

function interval({ share: point, low, high, total }: Estimate["gold"]): string {
  return total === 0 ? "–" : `${percent(point)} (${percent(low)} – ${percent(high)})`;
}

function percent(part: number): string {
  return `${Math.round(100 * part)} %`;
}
