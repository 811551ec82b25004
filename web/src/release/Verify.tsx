import { useEffect, useId, useRef, useState } from "react";
import { releaseUrl, sentence } from "../api/http";
import type { Publication, ReleaseFile } from "../api/queries";
import { say } from "../strings";
import { type Report, STEPS, type Step } from "../verify/steps";
import { type NodeChoice, startVerifying, type Verifying } from "../verify/verifying";
import { providerInUse, useWallet } from "../wallet/store";
import { sizeOf, totalOf } from "./Files";

const KEPT = "sebrus-node-url";
type Source = "own" | "wallet" | "server";

interface Running {
  readonly name: string;
  readonly done: number;
  readonly all: number;
}

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
  const [source, setSource, url, setUrl, choice] = useNode(rpcUrl);
  const [steps, setSteps] = useState<readonly Step[]>([]);
  const [running, setRunning] = useState<Running | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const [error, setError] = useState<unknown>(null);
  const work = useRef<Verifying | null>(null);
  useEffect(() => () => work.current?.stop(), []);
  const total = totalOf(files);
  const start = (node: NodeChoice) => {
    setSteps([]);
    setReport(null);
    setError(null);
    if (node.kind === "url" && source === "own") localStorage.setItem(KEPT, node.url);
    work.current = startVerifying(releaseUrl(release.dataset_id, release.version), total, node, {
      begun: (name) => setRunning({ name, done: 0, all: 0 }),
      progress: (name, done, all) => setRunning({ name, done, all }),
      ended: (step) => setSteps((before) => [...before, step]),
    });
    work.current.done
      .then(setReport)
      .catch(setError)
      .finally(() => setRunning(null));
  };
  const stop = () => {
    work.current?.stop();
    setRunning(null);
  };
  const started = running !== null || steps.length > 0;
  return (
    <>
      <p>{say.release.verify.lead}</p>
      <NodeField
        source={source}
        choose={setSource}
        url={url}
        setUrl={setUrl}
        rpcUrl={rpcUrl}
        disabled={running !== null}
      />
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
      {started && <Steps steps={steps} running={running} />}
      <Outcome report={report} error={error} />
    </>
  );
}

/** Which node is asked: the reader's own if one was named before, else the wallet's, else the one the server names. */
function useNode(rpcUrl: string | null) {
  const { announced } = useWallet();
  const [url, setUrl] = useState(() => localStorage.getItem(KEPT) ?? "");
  const [chosen, setChosen] = useState<Source | null>(null);
  const provider = providerInUse() ?? announced[0]?.provider;
  const source: Source = chosen ?? (url ? "own" : providerInUse() ? "wallet" : rpcUrl ? "server" : "own");
  let choice: NodeChoice | null = null;
  if (source === "own" && /^https?:\/\/.+/.test(url)) choice = { kind: "url", url };
  if (source === "wallet" && provider) choice = { kind: "wallet", provider };
  if (source === "server" && rpcUrl) choice = { kind: "url", url: rpcUrl };
  return [source, setChosen, url, setUrl, choice] as const;
}

function NodeField({
  source,
  choose,
  url,
  setUrl,
  rpcUrl,
  disabled,
}: {
  source: Source;
  choose: (source: Source) => void;
  url: string;
  setUrl: (url: string) => void;
  rpcUrl: string | null;
  disabled: boolean;
}) {
  const { announced } = useWallet();
  const field = useId();
  const words = say.release.verify;
  const options: readonly (readonly [Source, string, boolean])[] = [
    ["own", words.own, true],
    ["wallet", words.wallet, announced.length > 0],
    ["server", words.server(rpcUrl ?? ""), rpcUrl !== null],
  ];
  return (
    <fieldset className="card" disabled={disabled}>
      <legend>{words.node}</legend>
      {options.map(
        ([value, label, there]) =>
          there && (
            <label key={value} className="row">
              <input type="radio" name={`${field}-source`} checked={source === value} onChange={() => choose(value)} />
              <span>{label}</span>
            </label>
          ),
      )}
      {source === "own" && (
        <div className="field">
          <label htmlFor={field}>{words.url}</label>
          <input
            id={field}
            type="url"
            value={url}
            placeholder="https://"
            onChange={({ target }) => setUrl(target.value.trim())}
          />
        </div>
      )}
      <p className="quiet">{words.trust[source]}</p>
    </fieldset>
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
