import { bitmapHash, isBitmap, packBits, popcount, unpackBits, type Words, wordCount } from "./bitmap";
import { concat, keccak } from "./bytes";
import type { Policy } from "./identity";
import { hasSeat, type Status, seatCount, withSeat } from "./status";

// The tally, one position after the other: the twin of `tally_round_naive` in `sebrus.protocol.tally`.

const MOST_SEATS = 31;
const LEAST_GOLD = 4;
const BPS = 10_000;

/** The decision on a batch so far, over its items; `flags` are empty where the first round to decide had none. */
export interface Decision {
  readonly accepted: Words;
  readonly panelAccepted: Words;
  readonly flags: Words;
}

export function decisionHash({ accepted, panelAccepted, flags }: Decision): Uint8Array {
  return keccak(concat(bitmapHash(accepted), bitmapHash(panelAccepted), bitmapHash(flags)));
}

/** What one seat said, over positions. */
export interface Said {
  readonly seat: number;
  readonly verdicts: Words;
}

/**
 * A round that has voted. `status` is the record's when it was concluded. `revealed` come in the order of the
 * commitments. `question` is over the batch's items, empty where all are in question; `gold` and `answers` are over
 * positions, empty where no screening was opened.
 */
export interface VotedRound {
  readonly status: Status;
  readonly panel: readonly string[];
  readonly revealed: readonly Said[];
  readonly question: Words;
  readonly gold: Words;
  readonly answers: Words;
}

/** What a round leads to; `question` is empty where it was and nothing was decided. */
export interface RoundTally {
  readonly counted: number;
  readonly conclusive: boolean;
  readonly decision: Decision | null;
  readonly question: Words;
  readonly items: number;
}

/** The sizes of the panels that a batch can meet, round after round. */
export function panelSizes(policy: Policy): number[] {
  const { panelSize, escalatedSize, finalSize } = policy;
  if (escalatedSize === 0) return [panelSize];
  return finalSize === 0 ? [panelSize, escalatedSize] : [panelSize, escalatedSize, finalSize];
}

/** The indices of the batch's items that a round asks about. */
export function askedItems(question: Words, itemCount: number): number[] {
  const all = Array.from({ length: itemCount }, (_, item) => item);
  if (question.length === 0) return all;
  const bits = unpackBits(question, itemCount);
  return all.filter((item) => bits[item]);
}

/** The positions that hold items; null where only an unopened screening knows them. */
export function itemPlaces(round: VotedRound): number[] | null {
  const { positions, items } = round.status;
  if (round.gold.length === 0 && positions !== items) return null;
  const gold = round.gold.length > 0 ? unpackBits(round.gold, positions) : [];
  return Array.from({ length: positions }, (_, place) => place).filter((place) => !gold[place]);
}

/** @throws RangeError where the bitmaps do not fit the batch's items, the round's positions and each other. */
export function checkRound(round: VotedRound, itemCount: number): void {
  const { positions, items, committed, revealed, seats } = round.status;
  const mask = round.revealed.reduce((all, { seat }) => withSeat(all, seat), 0);
  if (round.revealed.length > MOST_SEATS) throw new RangeError(`A round counts at most ${MOST_SEATS} seats`);
  if (mask !== revealed || seatCount(mask) !== round.revealed.length) {
    throw new RangeError("The seats of the verdicts are not those that the status says have revealed");
  }
  if (round.revealed.some(({ seat }) => !hasSeat(committed, seat)) || committed >= 2 ** seats) {
    throw new RangeError("Only seats commit, and only who committed reveals");
  }
  for (const { verdicts } of round.revealed) needBitmap(verdicts, positions);
  if (round.question.length > 0) needBitmap(round.question, itemCount);
  const asked = askedItems(round.question, itemCount).length;
  if (asked !== items) throw new RangeError(`${asked} items are in question, but the status says ${items}`);
  if (round.gold.length > 0 || round.answers.length > 0) checkGold(round);
}

function checkGold({ status: { positions, items }, gold, answers }: VotedRound): void {
  needBitmap(gold, positions);
  needBitmap(answers, positions);
  if (answers.some((answer, at) => (answer & ~(gold[at] ?? 0n)) !== 0n)) throw new RangeError("Only gold has answers");
  if (popcount(gold) !== positions - items) {
    throw new RangeError(`${popcount(gold)} gold pictures do not fit ${items} items in ${positions} positions`);
  }
}

function needBitmap(words: Words, count: number): void {
  if (!isBitmap(words, count)) throw new RangeError(`The words are no bitmap over ${count} places`);
}

/**
 * Tallies a round. `screened` says whether the detector committed a screening, opened or not; `flags` are those of the
 * opened screening and count only where nothing is decided yet.
 */
export function tallyRound(
  policy: Policy,
  itemCount: number,
  round: VotedRound,
  previous: Decision | null,
  screened: boolean,
  flags: Words,
): RoundTally {
  checkRound(round, itemCount);
  const { status, gold } = round;
  const counted = round.revealed.filter((said) => !isStruck(policy, round, said));
  const mask = counted.reduce((all, { seat }) => withSeat(all, seat), 0);
  const places = itemPlaces(round);
  const decides = counted.length >= policy.quorum && 2 * counted.length > status.seats;
  if (places === null || (screened && gold.length === 0) || !decides) {
    return { counted: mask, conclusive: false, decision: previous, question: round.question, items: status.items };
  }
  const before = previous ?? nothing(round, flags, itemCount);
  const ballots = counted.map(({ verdicts }) => unpackBits(verdicts, status.positions));
  const outcome = outcomeOf(policy, itemCount, before, ballots, askedItems(round.question, itemCount), places);
  return { counted: mask, conclusive: true, ...outcome };
}

function outcomeOf(
  policy: Policy,
  itemCount: number,
  before: Decision,
  ballots: readonly boolean[][],
  asked: readonly number[],
  places: readonly number[],
): Pick<RoundTally, "decision" | "question" | "items"> {
  const flagged = before.flags.length > 0 ? unpackBits(before.flags, itemCount) : [];
  const accepted = unpackBits(before.accepted, itemCount);
  const panel = unpackBits(before.panelAccepted, itemCount);
  const left = new Array<boolean>(itemCount).fill(false);
  asked.forEach((item, at) => {
    const votes = ballots.filter((ballot) => ballot[places[at] ?? -1]).length;
    const lead = 2 * votes - ballots.length;
    const flag = flagged[item] ?? false;
    panel[item] = lead > 0;
    accepted[item] = lead > (flag ? policy.detectorVotes : 0);
    left[item] = (Math.abs(lead) <= 1 && (lead > 0 || !flag)) || panel[item] !== accepted[item];
  });
  return {
    decision: { accepted: packBits(accepted), panelAccepted: packBits(panel), flags: before.flags },
    question: packBits(left),
    items: left.filter(Boolean).length,
  };
}

function nothing(round: VotedRound, flags: Words, itemCount: number): Decision {
  const zeros = new Array<bigint>(wordCount(itemCount)).fill(0n);
  if (round.gold.length === 0) return { accepted: zeros, panelAccepted: zeros, flags: [] };
  needBitmap(flags, itemCount);
  return { accepted: zeros, panelAccepted: zeros, flags };
}

function isStruck(policy: Policy, round: VotedRound, { verdicts }: Said): boolean {
  const seen = popcount(round.gold);
  if (seen < LEAST_GOLD) return false;
  const right = round.gold.map((gold, at) => gold & ~((verdicts[at] ?? 0n) ^ (round.answers[at] ?? 0n)));
  return popcount(right) * BPS < seen * policy.goldPassBps;
}
