import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Batch, batchPartQuery, isOver, type Seat } from "../api/queries";
import { ether } from "../money/amounts";
import { say } from "../strings";
import { shortAddress } from "../wallet/store";

/** Who sat in the panels of a batch, and what came of it. */
export function Seats({ batch }: { batch: Batch }) {
  const seats = useQuery(batchPartQuery<Seat[]>(batch.id, "seats"));
  if (!seats.data?.length) return null;
  const { round, reviewer, committed, opened } = say.batch.columns;
  return (
    <section className="stack">
      <h2>{batch.phase === "Decided" || isOver(batch.phase) ? say.batch.seats : say.batch.seatsNow}</h2>
      <div className="scroll-x">
        <table>
          <thead>
            <tr>
              {[round, reviewer, committed, opened].map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
              {[say.account.earned, say.account.slashed].map((title) => (
                <th key={title} scope="col" className="number">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {seats.data.map((seat) => (
              <tr key={`${seat.round} ${seat.seat}`}>
                <td>{seat.round + 1}</td>
                <td className="address">
                  <Link to="/reviewers/$address" params={{ address: seat.reviewer }} title={seat.reviewer}>
                    {shortAddress(seat.reviewer)}
                  </Link>
                </td>
                <td>{seat.commitment ? "✓" : "–"}</td>
                <td>{seat.verdicts ? "✓" : "–"}</td>
                <td className="number">{seat.payout === null ? "" : ether(seat.payout)}</td>
                <td className="number">{seat.slash === null ? "" : ether(seat.slash)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
