import type { Batch } from "../api/queries";
import { isOver } from "../api/queries";

/** What a contributor's batches may still bring. Amounts in gwei. */
export interface Earnings {
  /** Rewards of decisions that are held, the next to be paid first. */
  readonly held: readonly { readonly batch: Batch; readonly reward: number; readonly due: number }[];
  /** Their sum. */
  readonly coming: number;
  /** Staked in batches that are not over. */
  readonly staked: number;
}

/** The earnings of some batches; `rewardOf` gives what an accepted image of a dataset earns, 0 while that is not known. */
export function earningsOf(batches: readonly Batch[], rewardOf: (datasetId: string) => number): Earnings {
  const running = batches.filter((batch) => !isOver(batch.phase));
  const held = running
    .filter((batch) => batch.phase === "Decided" && batch.accepted)
    .map((batch) => ({
      batch,
      reward: countBits(batch.accepted ?? []) * rewardOf(batch.dataset_id),
      due: batch.deadline,
    }))
    .sort((one, other) => one.due - other.due);
  return {
    held,
    coming: held.reduce((sum, { reward }) => sum + reward, 0),
    staked: running.reduce((sum, { stake }) => sum + stake, 0),
  };
}

function countBits(words: readonly string[]): number {
  return words.reduce((sum, word) => sum + [...BigInt(word).toString(2)].filter((bit) => bit === "1").length, 0);
}
