import { sentence } from "../api/http";
import type { Publication, ReleaseFile } from "../api/queries";
import { say } from "../strings";
import { type Report, STEPS, type Step } from "../verify/steps";
import { sizeOf, totalOf } from "./Files";
import { NodeField } from "./NodeField";
import { type Running, useNode, useVerification } from "./verification";

/** Checks a release in this browser, step by step, before the reader's eyes. */
export function Verify({
  release,
  files,
  rpcUrl,
}: {
  release: Publication;
  files: readonly ReleaseFile[];
  rpcUrl: string | null;
}) {
  const total = totalOf(files);
  const node = useNode(rpcUrl);
  const { steps, running, report, error, start, stop } = useVerification(release, total);
  const { choice } = node;
  return (
    <>
      <p>{say.release.verify.lead}</p>
      <NodeField node={node} rpcUrl={rpcUrl} disabled={running !== null} />
      <div className="row">
        <button
          type="button"
          className="button main"
          disabled={choice === null || running !== null}
          onClick={() => choice && start(choice)}
        >
          {say.release.verify.start(sizeOf(total))}
        </button>
        {running && (
          <button type="button" className="button" onClick={stop}>
            {say.release.verify.stop}
          </button>
        )}
      </div>
      {(running !== null || steps.length > 0) && <Steps steps={steps} running={running} />}
      <Outcome report={report} error={error} />
    </>
  );
}

function Steps({ steps, running }: { steps: readonly Step[]; running: Running | null }) {
  const known = new Map(steps.map((step) => [step.name, step]));
  return (
    <ol className="steps" aria-label={say.release.verify.title}>
      {STEPS.map((name) => {
        const step = known.get(name);
        const now = running?.name === name && !step;
        const state = step ? (step.holds ? "held" : "broken") : now ? "running" : "waiting";
        return (
          <li key={name} data-state={state} aria-current={now ? "step" : undefined}>
            <span className="step-mark" aria-hidden="true">
              {{ held: "✓", broken: "✗", running: "…", waiting: "○" }[state]}
            </span>
            <span className="hidden-but-read">{say.release.verify.states[state]}: </span>
            <span>
              <strong>{say.release.verify.steps[name] ?? name}</strong> <code className="quiet">{name}</code>
              {step && <span className="step-words">{step.sentence}.</span>}
              {now && running.all > 0 && (
                <span className="row">
                  <progress value={running.done} max={running.all} aria-label={name} />
                  <span className="quiet">{say.release.verify.progress(name, running.done, running.all)}</span>
                </span>
              )}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function Outcome({ report, error }: { report: Report | null; error: unknown }) {
  if (error !== null) {
    return (
      <p className="note bad" role="alert">
        {sentence(error)}
      </p>
    );
  }
  if (!report) return null;
  const broken = report.steps.find((step) => !step.holds);
  return (
    <>
      {broken ? (
        <p className="note bad" role="alert">
          {say.release.verify.broken(broken.name, broken.sentence)}
        </p>
      ) : (
        <p className="note good" role="status">
          {say.release.verify.holds}
        </p>
      )}
      {report.notes.length > 0 && (
        <ul className="quiet notes" aria-label={say.release.verify.notes}>
          {report.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </>
  );
}
