import type { Domain } from "../protocol/messages";
import type { BatchFile, ReleaseFiles } from "./contents";
import type { History } from "./history";
import type { Ledger } from "./ledger";
import type { Manifest } from "./manifest";
import type { Rpc } from "./node";
import type { Replay, Round } from "./replay";

/** What the steps share: the release at hand, the chain's answers, and what earlier steps established. */
export interface Evidence {
  readonly files: ReleaseFiles;
  readonly manifest: Manifest;
  readonly rpc: Rpc;
  readonly history: History;
  /** Filled by the step that reads batches.jsonl. */
  batches: readonly BatchFile[];
  /** Filled by the step that replays all accounts of the contract. */
  ledger: Ledger | null;
  /** What else a reader should know. */
  readonly notes: string[];
  /** Hears how far the running step is. */
  readonly progress: (done: number, all: number) => void;
}

export function domainOf({ manifest }: Evidence): Domain {
  return { chainId: manifest.chainId, contract: manifest.contract };
}

/** Every batch of the release with its life. */
export function decided({ batches, history }: Evidence): { batch: BatchFile; replay: Replay }[] {
  return batches.map((batch) => ({ batch, replay: history.batch(batch.batchId).replay }));
}

/** Every round of every batch of the release, and how to name it. */
export function rounds(evidence: Evidence): { batch: BatchFile; replay: Replay; round: Round; where: string }[] {
  return decided(evidence).flatMap(({ batch, replay }) =>
    replay.rounds.map((round) => ({ batch, replay, round, where: `${replay.name}, round ${round.number}` })),
  );
}
