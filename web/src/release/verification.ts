import { useEffect, useRef, useState } from "react";
import { releaseUrl } from "../api/http";
import type { Publication } from "../api/queries";
import type { Report, Step, StepName } from "../verify/steps";
import { type NodeChoice, startVerifying, type Verifying } from "../verify/verifying";
import { providerInUse, useWallet } from "../wallet/store";

const KEPT = "sebrus-node-url";

/** Whose node is asked: one that the reader names, the wallet's, the one that the server names. */
export type Source = "own" | "wallet" | "server";

/** The step that runs, and how far it is; `all` is zero where that is not known. */
export interface Running {
  readonly name: StepName;
  readonly done: number;
  readonly all: number;
}

/** A verification of a release, from the reader's click on. */
export function useVerification(release: Publication, total: number) {
  const [steps, setSteps] = useState<readonly Step[]>([]);
  const [running, setRunning] = useState<Running | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const [error, setError] = useState<unknown>(null);
  const work = useRef<Verifying | null>(null);
  useEffect(() => () => work.current?.stop(), []);
  const start = (node: NodeChoice) => {
    setSteps([]);
    setReport(null);
    setError(null);
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
  return { steps, running, report, error, start, stop };
}

/** Which node is asked: the reader's own if one was named before, else the wallet's, else the one the server names. */
export function useNode(rpcUrl: string | null) {
  const { announced } = useWallet();
  const [url, setUrl] = useState(() => localStorage.getItem(KEPT) ?? "");
  const [chosen, choose] = useState<Source | null>(null);
  const inUse = providerInUse();
  const provider = inUse ?? announced[0]?.provider;
  const source: Source = chosen ?? (url ? "own" : inUse ? "wallet" : rpcUrl ? "server" : "own");
  let choice: NodeChoice | null = null;
  if (source === "own" && /^https?:\/\/.+/.test(url)) choice = { kind: "url", url };
  if (source === "wallet" && provider) choice = { kind: "wallet", provider };
  if (source === "server" && rpcUrl) choice = { kind: "url", url: rpcUrl };
  const name = (typed: string) => {
    setUrl(typed.trim());
    localStorage.setItem(KEPT, typed.trim());
  };
  return { source, choose, url, name, choice, hasWallet: provider !== undefined };
}
