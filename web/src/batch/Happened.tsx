import { useQuery } from "@tanstack/react-query";
import { stepsQuery } from "../api/queries";
import { say } from "../strings";
import { Await } from "../ui/basics";
import { moment } from "../ui/moment";
import { timeline } from "./timeline";

/** What happened to a batch on chain, as it comes. */
export function Happened({ id }: { id: string }) {
  const steps = useQuery(stepsQuery(id));
  return (
    <section className="stack">
      <h2>{say.batch.timeline}</h2>
      <Await query={steps}>
        {(all) => (
          <ol className="timeline" aria-live="polite" aria-relevant="additions">
            {timeline(all).map((one) => (
              <li key={one.key}>
                <strong>{one.title}</strong> <span>{one.detail}</span>
                <br />
                <small className="quiet">
                  {one.time !== null && (
                    <>
                      <time dateTime={new Date(one.time * 1000).toISOString()}>{moment(one.time)}</time> ·{" "}
                    </>
                  )}
                  {say.batch.block(one.block)} · <code title={one.transaction}>{one.transaction.slice(0, 18)}…</code>
                  {one.gas !== null && <> · {say.batch.gas(one.gas)}</>}
                </small>
              </li>
            ))}
          </ol>
        )}
      </Await>
    </section>
  );
}
