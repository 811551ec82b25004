import { useQuery, useQueryClient } from "@tanstack/react-query";
import { remove } from "../api/http";
import { sessionsQuery } from "../api/queries";
import { say } from "../strings";
import { Action, Await } from "../ui/basics";
import { moment } from "../ui/moment";
import { asSignedIn, forgetSession, type Session, signOut } from "../wallet/session";
import { browserName } from "./agents";

/** Where the account is signed in, each with a way to end it. */
export function Sessions({ account }: { account: string }) {
  const sessions = useQuery(sessionsQuery(account, asSignedIn));
  const queries = useQueryClient();
  const end = async (one: Session) => {
    if (one.current) return signOut();
    await asSignedIn(remove(`/sessions/${one.id}`));
    await queries.invalidateQueries({ queryKey: ["sessions", account] });
  };
  const endAll = async () => {
    await asSignedIn(remove("/sessions"));
    forgetSession();
  };
  return (
    <section className="stack">
      <h2>{say.session.title}</h2>
      <Await query={sessions}>
        {(all) => (
          <>
            <ul className="stack" style={{ padding: 0, listStyle: "none" }}>
              {all.map((one) => (
                <li key={one.id} className="row spread">
                  <span>
                    <span title={one.agent}>{nameOf(one.agent)}</span>{" "}
                    {one.current && <span className="pill good">{say.session.here}</span>}
                    <br />
                    <small className="quiet">{say.session.times(moment(one.created), moment(one.expires))}</small>
                  </span>
                  <Action className="button" act={() => end(one)}>
                    {one.current ? say.wallet.leave : say.session.end}
                  </Action>
                </li>
              ))}
            </ul>
            {all.length > 1 && (
              <Action className="button danger" act={endAll}>
                {say.session.endAll}
              </Action>
            )}
          </>
        )}
      </Await>
    </section>
  );
}

function nameOf(agent: string): string {
  const known = browserName(agent);
  return known ? say.session.on(known.browser, known.system) : agent || say.session.unknown;
}
