import type { Batch } from "../api/queries";
import { ether } from "../money/amounts";
import { say } from "../strings";
import { Empty } from "../ui/basics";
import { shortAddress } from "../wallet/store";

interface Line {
  readonly contributor: string;
  readonly batches: number;
  readonly sent: number;
  readonly accepted: number;
  readonly reward: number;
}

/** Who contributes how much, and how much of it was accepted; a line filters the images. */
export function Board({
  batches,
  chosen,
  choose,
}: {
  batches: readonly Batch[];
  chosen: string | undefined;
  choose: (contributor: string | undefined) => void;
}) {
  if (batches.length === 0) return <Empty>{say.empty.batches}</Empty>;
  return (
    <div className="scroll-x">
      <table>
        <thead>
          <tr>
            <th scope="col">{say.dataset.contributor}</th>
            <th scope="col" className="number">
              {say.dataset.batches}
            </th>
            <th scope="col" className="number">
              {say.datasets.items}
            </th>
            <th scope="col" className="number">
              {say.dataset.accepted}
            </th>
            <th scope="col" className="number">
              {say.account.earned}
            </th>
          </tr>
        </thead>
        <tbody>
          {linesOf(batches).map((line) => (
            <tr key={line.contributor}>
              <td>
                <button
                  type="button"
                  className="button"
                  aria-pressed={chosen === line.contributor}
                  onClick={() => choose(chosen === line.contributor ? undefined : line.contributor)}
                >
                  {shortAddress(line.contributor)}
                </button>
              </td>
              <td className="number">{line.batches}</td>
              <td className="number">{line.sent}</td>
              <td className="number">{line.accepted}</td>
              <td className="number">{ether(line.reward)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function linesOf(batches: readonly Batch[]): Line[] {
  const lines = new Map<string, Line>();
  for (const batch of batches) {
    const line = lines.get(batch.contributor) ?? {
      contributor: batch.contributor,
      batches: 0,
      sent: 0,
      accepted: 0,
      reward: 0,
    };
    lines.set(batch.contributor, {
      ...line,
      batches: line.batches + 1,
      sent: line.sent + batch.item_count,
      accepted: line.accepted + batch.accepted_count,
      reward: line.reward + batch.reward,
    });
  }
  return [...lines.values()].sort((a, b) => b.accepted - a.accepted || b.sent - a.sent);
}
