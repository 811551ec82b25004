import { keccak256 } from "viem";
import { verifyAccounts } from "./accounts";
import { verifyAudit } from "./audit";
import { type ReleaseFiles, readPresent } from "./contents";
import { type ChainEvent, decodeLog, TOPICS } from "./events";
import type { Evidence } from "./evidence";
import { BadInput, StepFailed } from "./failure";
import { History } from "./history";
import { verifyItems, verifyManifest } from "./items";
import { MANIFEST, type Manifest, readManifest } from "./manifest";
import { verifyAppeals, verifyPayouts } from "./money";
import { type Node, Rpc } from "./node";
import { verifyPanel } from "./panel";
import { verifyBatches, verifyFiles, verifyIdentity } from "./provenance";
import { verifyRecord, verifySeals } from "./record";
import { verifyScreening, verifyTasks } from "./screening";
import { type Listener, type Report, STEPS, type Step, type StepName } from "./steps";
import { verifyBallots, verifyTally } from "./voting";

type Verify = (evidence: Evidence) => string | Promise<string>;

const RUN: Readonly<Record<StepName, Verify>> = {
  files: verifyFiles,
  identity: verifyIdentity,
  batches: verifyBatches,
  record: verifyRecord,
  screening: verifyScreening,
  tasks: verifyTasks,
  ballots: verifyBallots,
  tally: verifyTally,
  appeals: verifyAppeals,
  payouts: verifyPayouts,
  accounts: verifyAccounts,
  panel: verifyPanel,
  seal: verifySeals,
  items: verifyItems,
  manifest: verifyManifest,
  audit: verifyAudit,
};

/**
 * Recomputes what a release says from its files and the chain's events, as `sebrus.verify` does.
 * @throws BadInput where this is no release, or its chain cannot be read.
 */
export async function verifyRelease(files: ReleaseFiles, node: Node, listener: Listener): Promise<Report> {
  const steps: Step[] = [];
  const notes: string[] = [];
  let running: StepName = "files";
  const ended = (step: Step) => {
    steps.push(step);
    listener.ended(step);
  };
  listener.begun(running);
  try {
    const manifest = await readManifest(await readPresent(files, MANIFEST));
    const rpc = new Rpc(node);
    const history = await readChain(rpc, manifest, notes);
    const progress = (done: number, all: number) => listener.progress(running, done, all);
    const evidence: Evidence = { files, manifest, rpc, history, batches: [], ledger: null, notes, progress };
    for (const name of STEPS) {
      running = name;
      listener.begun(name);
      ended({ name, holds: true, sentence: await RUN[name](evidence) });
    }
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    ended({ name: running, holds: false, sentence: error.message });
  }
  return { steps, notes };
}

async function readChain(rpc: Rpc, manifest: Manifest, notes: string[]): Promise<History> {
  const { contract } = manifest;
  const chainId = await rpc.chainId();
  if (chainId !== manifest.chainId) {
    throw new BadInput(`The node is on chain ${chainId}, the release is on chain ${manifest.chainId}.`);
  }
  const code = await rpc.code(contract);
  if (code === "0x") throw new BadInput(`There is no contract at ${contract} on chain ${chainId}.`);
  notes.push(`The contract at ${contract} has code with keccak-256 ${keccak256(code)}.`);
  const events: ChainEvent[] = [];
  const topics = [...TOPICS.values()];
  const head = await rpc.head();
  for await (const logs of rpc.logs(contract, topics, manifest.deployedBlock, head)) {
    for (const log of logs) {
      const event = decodeLog(log);
      if (event) events.push(event);
    }
  }
  return new History(events, head);
}
