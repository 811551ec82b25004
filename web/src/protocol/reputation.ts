import { popcount } from "./bitmap";
import type { Judgement } from "./settlement";
import type { Decision } from "./tally";

// What the contract keeps of reviewers' and detectors' work, and what it lets a stake weigh: the twin of
// `sebrus.protocol.reputation`.

const GOLD_BITS = 14;
const ITEM_BITS = 16;
const PROVEN_GOLD = 16; // gold pictures before which nobody is judged by them
const FULL_TIER = 4;
const WEIGHT_UNITS = 16n;

/** A reviewer's counters: gold seen and judged right, items judged and judged like the final decision. */
export interface ReviewerRecord {
  readonly goldSeen: number;
  readonly goldRight: number;
  readonly itemsSeen: number;
  readonly itemsCoherent: number;
}

export const NEW_REVIEWER: ReviewerRecord = { goldSeen: 0, goldRight: 0, itemsSeen: 0, itemsCoherent: 0 };

/** The record after one more seat; what was long ago fades. */
export function judged(record: ReviewerRecord, more: ReviewerRecord | Judgement): ReviewerRecord {
  const [goldSeen, goldRight] = faded(record.goldSeen, record.goldRight, more.goldSeen, GOLD_BITS);
  const [itemsSeen, itemsCoherent] = faded(record.itemsSeen, record.itemsCoherent, more.itemsSeen, ITEM_BITS);
  return {
    goldSeen: goldSeen + more.goldSeen,
    goldRight: goldRight + more.goldRight,
    itemsSeen: itemsSeen + more.itemsSeen,
    itemsCoherent: itemsCoherent + more.itemsCoherent,
  };
}

/** A pair of counters halved together as often as needed so that `seen + more` fits the bits. */
function faded(seen: number, good: number, more: number, bits: number): [number, number] {
  if (more >= 2 ** bits) throw new RangeError(`${more} does not fit a counter of ${bits} bits`);
  let pair: [number, number] = [seen, good];
  while (pair[0] + more >= 2 ** bits) pair = [Math.floor(pair[0] / 2), Math.floor(pair[1] / 2)];
  return pair;
}

/** The weight of a unit of stake in quarters: 2 for the unproven, then 4, 1 or 0 by the share of gold right. */
export function tierOf({ goldSeen, goldRight }: ReviewerRecord): number {
  if (goldSeen < PROVEN_GOLD) return 2;
  if (goldRight * 5 >= goldSeen * 4) return FULL_TIER;
  return goldRight * 5 >= goldSeen * 3 ? 1 : 0;
}

/** What a stake weighs in draws, in quarters of a sixteenth of the least stake (gwei, at least 16). */
export function drawWeight(stake: bigint, tier: number, minStake: bigint): number {
  if (stake < minStake) return 0;
  return Number((stake * BigInt(tier)) / (BigInt(FULL_TIER) * (minStake / WEIGHT_UNITS)));
}

/** A detector's counters in one dataset, over finalized batches that were first decided with its flags. */
export interface DetectorRecord {
  readonly items: number;
  readonly flagged: number;
  readonly upheld: number;
  readonly missed: number;
  readonly unopened: number;
}

export const NEW_DETECTOR: DetectorRecord = { items: 0, flagged: 0, upheld: 0, missed: 0, unopened: 0 };

/** The record after one more finalized batch; one that was decided without flags leaves it as it was. */
export function flagsJudged(record: DetectorRecord, itemCount: number, decision: Decision): DetectorRecord {
  const { flags, panelAccepted } = decision;
  if (flags.length === 0) return record;
  const upheld = popcount(flags.map((flag, at) => flag & ~(panelAccepted[at] ?? 0n)));
  return {
    ...record,
    items: record.items + itemCount,
    flagged: record.flagged + popcount(flags),
    upheld: record.upheld + upheld,
    missed: record.missed + itemCount - popcount(panelAccepted) - upheld,
  };
}
