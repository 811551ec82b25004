import { useActivity } from "../activity/activity";
import { say } from "../strings";
import { Empty } from "../ui/basics";

const KINDS = { sending: "warn", taken: "warn", confirmed: "good", failed: "bad" } as const;

/** Everything signed in this browser, and what became of it. */
export function ActivityPage() {
  const all = useActivity();
  return (
    <>
      <h1>{say.activity.title}</h1>
      {all.length === 0 ? (
        <Empty>{say.empty.activity}</Empty>
      ) : (
        <ul className="stack" style={{ padding: 0, listStyle: "none" }}>
          {all.map((one) => (
            <li key={one.id} className="card">
              <div className="row spread">
                <strong>{one.title}</strong>
                <span className={`pill ${KINDS[one.state]}`}>{say.activity.states[one.state]}</span>
              </div>
              {one.reason && <p>{one.reason}</p>}
              <div className="row">
                <time className="quiet" dateTime={new Date(one.at).toISOString()}>
                  {new Date(one.at).toLocaleString()}
                </time>
                {one.link && <a href={one.link}>{say.activity.look}</a>}
              </div>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
