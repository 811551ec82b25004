import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { post, remove, type Schemas } from "../api/http";
import { keysQuery } from "../api/queries";
import { say } from "../strings";
import { Action, Await, Empty } from "../ui/basics";
import { CopyButton } from "../ui/CopyButton";
import { moment } from "../ui/moment";
import { asSignedIn } from "../wallet/session";

const SCOPES = ["read", "contribute", "review", "money"] as const;
const DAYS = [7, 30, 90, 365] as const;
const DAY = 86_400;

/** The keys that stand for the account in its programs: made, listed, revoked. */
export function Keys({ account }: { account: string }) {
  const keys = useQuery(keysQuery(account, asSignedIn));
  const queries = useQueryClient();
  const renew = () => queries.invalidateQueries({ queryKey: ["keys", account] });
  const revoke = async (id: string) => {
    await asSignedIn(remove(`/keys/${id}`));
    await renew();
  };
  return (
    <section className="stack">
      <h2>{say.keys.title}</h2>
      <p className="quiet">{say.keys.hint}</p>
      <Await query={keys}>
        {(all) =>
          all.length === 0 ? (
            <Empty>{say.keys.none}</Empty>
          ) : (
            <ul className="stack" style={{ padding: 0, listStyle: "none" }}>
              {all.map((key) => (
                <li key={key.id} className="row spread">
                  <span>
                    <strong>{key.name}</strong> {key.scopes.map((scope) => say.keys.scopes[scope] ?? scope).join(", ")}
                    <br />
                    <small className="quiet">
                      {say.keys.times(moment(key.expires), key.last_used === null ? null : moment(key.last_used))}
                    </small>
                  </span>
                  <Action className="button danger" act={() => revoke(key.id)}>
                    {say.keys.revoke}
                  </Action>
                </li>
              ))}
            </ul>
          )
        }
      </Await>
      <NewKey made={renew} />
    </section>
  );
}

function NewKey({ made }: { made: () => Promise<void> }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly string[]>(["read"]);
  const [days, setDays] = useState<number>(DAYS[1]);
  const [key, setKey] = useState<string | null>(null);
  const ids = useId();
  const make = async () => {
    const expires = Math.floor(Date.now() / 1000) + days * DAY - 60;
    const answer = await asSignedIn(post<Schemas["NewKeyOut"]>("/keys", { name, scopes, expires }));
    setKey(answer.key);
    setName("");
    await made();
  };
  const turn = (scope: string) =>
    setScopes((now) => (now.includes(scope) ? now.filter((one) => one !== scope) : [...now, scope]));
  return (
    <details>
      <summary>{say.keys.make}</summary>
      <form className="card" onSubmit={(event: FormEvent) => event.preventDefault()}>
        <div className="field">
          <label htmlFor={`${ids}name`}>{say.keys.name}</label>
          <input id={`${ids}name`} value={name} maxLength={100} onChange={({ target }) => setName(target.value)} />
        </div>
        <fieldset className="row">
          <legend>{say.keys.may}</legend>
          {SCOPES.map((scope) => (
            <label key={scope}>
              <input type="checkbox" checked={scopes.includes(scope)} onChange={() => turn(scope)} />{" "}
              {say.keys.scopes[scope]}
            </label>
          ))}
        </fieldset>
        <div className="field">
          <label htmlFor={`${ids}days`}>{say.keys.lasts}</label>
          <select id={`${ids}days`} value={days} onChange={({ target }) => setDays(Number(target.value))}>
            {DAYS.map((one) => (
              <option key={one} value={one}>
                {say.keys.days(one)}
              </option>
            ))}
          </select>
        </div>
        <Action disabled={name.trim() === "" || scopes.length === 0} act={make}>
          {say.keys.make}
        </Action>
        {key && (
          <div className="note" role="status">
            <p>{say.keys.once}</p>
            <code>{key}</code> <CopyButton text={key} />
          </div>
        )}
      </form>
    </details>
  );
}
