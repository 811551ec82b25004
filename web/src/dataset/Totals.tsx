import { useQuery } from "@tanstack/react-query";
import { type Dataset, type Figures, figuresQuery } from "../api/queries";
import { ether } from "../money/amounts";
import { say } from "../strings";
import { Await } from "../ui/basics";
import { Figure } from "../ui/Figure";

/** How far a dataset is, in all. */
export function Totals({ dataset }: { dataset: Dataset }) {
  const figures = useQuery(figuresQuery(dataset.id));
  return <Await query={figures}>{(all) => <Cards dataset={dataset} figures={all} />}</Await>;
}

function Cards({ dataset, figures }: { dataset: Dataset; figures: Figures }) {
  const { accepted, rejected, held, undecided, voided, batches } = figures;
  const running = Object.entries(batches).reduce(
    (all, [phase, count]) => (phase === "Settled" || phase === "Voided" ? all : all + count),
    0,
  );
  return (
    <dl className="cards">
      <Figure
        name={say.dataset.gallery}
        value={accepted.toLocaleString()}
        note={say.dataset.progress(accepted, accepted + rejected)}
      />
      <Figure
        name={say.dataset.waiting}
        value={(held + undecided).toLocaleString()}
        note={say.dataset.waitingNote(held, undecided, voided)}
      />
      <Figure
        name={say.dataset.board}
        value={figures.contributors.toLocaleString()}
        note={say.dataset.runningNote(running)}
      />
      <Figure
        name={say.datasets.bounty}
        value={ether(dataset.bounty)}
        note={say.dataset.paidNote(ether(figures.rewards), ether(figures.stakes_kept))}
      />
    </dl>
  );
}
