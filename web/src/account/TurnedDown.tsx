import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { meQuery, type TurnedDown as One } from "../api/queries";
import { say } from "../strings";
import { asSignedIn } from "../wallet/session";

/** What the account signed and the contract did not take, with the reason; nothing where there is none. */
export function TurnedDown({ account }: { account: string }) {
  const me = useQuery(meQuery(account, asSignedIn));
  const all = me.data?.turned_down ?? [];
  if (all.length === 0) return null;
  return (
    <section className="stack">
      <h2>{say.account.turnedDown.title}</h2>
      <p className="quiet">{say.account.turnedDown.hint}</p>
      <ul>
        {all.map((one) => (
          <li key={`${one.kind} ${one.batch_id} ${one.round} ${one.nonce}`}>
            <What one={one} />: {one.reason}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What it was, leading to its batch where it was about one. */
function What({ one }: { one: One }) {
  const kind = say.account.turnedDown.kinds[one.kind];
  if (one.batch_id === null) return kind;
  return (
    <Link to="/batches/$batchId" params={{ batchId: one.batch_id }}>
      {kind} <code>{one.batch_id.slice(0, 12)}…</code>
    </Link>
  );
}
