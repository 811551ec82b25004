import { useInfiniteQuery } from "@tanstack/react-query";
import { boardQuery, type ContributorFigures, type Dataset } from "../api/queries";
import { ether } from "../money/amounts";
import { say } from "../strings";
import { Await, Empty, More } from "../ui/basics";
import { sameAccount, shortAddress } from "../wallet/store";

export interface BoardProps {
  readonly dataset: Dataset;
  readonly chosen: string | undefined;
  readonly choose: (contributor: string | undefined) => void;
}

/** Who contributes how much, and how much of it was accepted, best first; a line filters the images. */
export function Board({ dataset, chosen, choose }: BoardProps) {
  const board = useInfiniteQuery(boardQuery(dataset.id));
  return (
    <section className="stack">
      <h2>{say.dataset.board}</h2>
      <Await query={board}>
        {({ pages }) => {
          const lines = pages.flatMap((page) => page.results);
          if (lines.length === 0) return <Empty>{say.empty.batches}</Empty>;
          return (
            <div className="scroll-x">
              <table>
                <Head />
                <tbody>
                  {lines.map((line, place) => (
                    <Line key={line.contributor} line={line} place={place + 1} chosen={chosen} choose={choose} />
                  ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </Await>
      <More query={board} />
    </section>
  );
}

function Head() {
  const { place, contributor, batches, running, accepted, share } = say.dataset;
  return (
    <thead>
      <tr>
        <th scope="col" className="number">
          {place}
        </th>
        <th scope="col">{contributor}</th>
        {[batches, running, accepted, share, say.account.earned, say.account.slashed].map((title) => (
          <th key={title} scope="col" className="number">
            {title}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Line({
  line,
  place,
  chosen,
  choose,
}: { line: ContributorFigures; place: number } & Pick<BoardProps, "chosen" | "choose">) {
  const pressed = sameAccount(chosen, line.contributor);
  const share = line.items === 0 ? "–" : `${Math.round((100 * line.accepted) / line.items)} %`;
  return (
    <tr>
      <td className="number">{place}</td>
      <td>
        <button
          type="button"
          className="button"
          title={line.contributor}
          aria-pressed={pressed}
          onClick={() => choose(pressed ? undefined : line.contributor)}
        >
          {shortAddress(line.contributor)}
        </button>
      </td>
      <td className="number">{line.batches}</td>
      <td className="number">{line.running}</td>
      <td className="number">{line.accepted}</td>
      <td className="number">{share}</td>
      <td className="number">{ether(line.rewards)}</td>
      <td className="number">{ether(line.stakes_kept)}</td>
    </tr>
  );
}
