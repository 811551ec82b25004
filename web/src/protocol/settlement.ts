import { popcount, unpackBits, type Words } from "./bitmap";
import type { Policy } from "./identity";
import { hasSeat } from "./status";
import { askedItems, checkRound, type Decision, itemPlaces, panelSizes, type VotedRound } from "./tally";

// Who is paid and who loses what, in gwei, rounding down: the twin of `sebrus.protocol.settlement`, `.judgement` and
// `.appeal`. Products of amounts and counts leave the exact range of numbers, so money is counted in bigints.

const BPS = 10_000n;

/** The money of a finalized batch; `payouts` and `slashes` are per seat, round after round. */
export interface Settlement {
  readonly payouts: bigint[];
  readonly slashes: bigint[];
  readonly stakeReturned: bigint;
  readonly reward: bigint;
  readonly bountyReturned: bigint;
}

export function batchStake(policy: Policy, itemCount: number): bigint {
  return BigInt(itemCount) * BigInt(policy.itemStake);
}

/** @throws RangeError when the policy has no such round. */
export function roundReserve(policy: Policy, round: number, items: number): bigint {
  const size = panelSizes(policy)[round];
  if (size === undefined) throw new RangeError(`The policy has no round ${round}`);
  return BigInt(items) * BigInt(size) * BigInt(policy.reviewFee);
}

/** What a submission reserves of the bounty. */
export function batchReserve(policy: Policy, itemCount: number): bigint {
  return BigInt(itemCount) * BigInt(policy.itemReward) + roundReserve(policy, 0, itemCount);
}

export function rejectedSlash(policy: Policy, items: number): bigint {
  return (BigInt(items) * BigInt(policy.itemStake) * BigInt(policy.rejectedSlashBps)) / BPS;
}

/** Youden's J as numerator and positive denominator (Youden, "Index for rating diagnostic tests", Cancer 3:32, 1950). */
export function youden(toAccept: number, accepted: number, toReject: number, rejected: number): [bigint, bigint] {
  if (toAccept > 0 && toReject > 0) {
    const scale = BigInt(toAccept) * BigInt(toReject);
    return [BigInt(accepted) * BigInt(toReject) + BigInt(rejected) * BigInt(toAccept) - scale, scale];
  }
  if (toAccept > 0 || toReject > 0) return [BigInt(accepted + rejected), BigInt(toAccept + toReject)];
  return [1n, 1n];
}

/** One reviewer's verdicts counted against what is known in the end. */
export interface Judgement {
  readonly youden: readonly [gain: bigint, scale: bigint];
  readonly goldSeen: number;
  readonly goldRight: number;
  readonly itemsSeen: number;
  readonly itemsCoherent: number;
}

/** What is known of one position in the end: what should have been said, and whether it is gold. */
interface Known {
  readonly place: number;
  readonly truth: boolean;
  readonly gold: boolean;
}

/**
 * What is known of a round's positions in the end: the items by the final decision (null: the batch is void), and the
 * gold, but for what more than half of the revealed seats contradict: it may be false, so it judges nobody.
 */
function referenceOf(round: VotedRound, itemCount: number, decision: Decision | null): Known[] {
  const { positions } = round.status;
  const said = round.revealed.map(({ verdicts }) => unpackBits(verdicts, positions));
  const answers = round.gold.length > 0 ? unpackBits(round.answers, positions) : [];
  const gold = round.gold.length > 0 ? unpackBits(round.gold, positions) : [];
  const known = gold.flatMap((isGold, place): Known[] => {
    const truth = answers[place] ?? false;
    const against = said.filter((verdicts) => verdicts[place] !== truth).length;
    return isGold && 2 * against <= said.length ? [{ place, truth, gold: true }] : [];
  });
  const places = itemPlaces(round);
  if (places === null || decision === null) return known;
  const panel = unpackBits(decision.panelAccepted, itemCount);
  const items = askedItems(round.question, itemCount).map((item, at): Known => {
    return { place: places[at] ?? -1, truth: panel[item] ?? false, gold: false };
  });
  return [...known, ...items];
}

/** The judgement of every revealed seat, in the order of `revealed`. @throws RangeError where the bitmaps do not fit. */
export function judgeRound(round: VotedRound, itemCount: number, decision: Decision | null): Judgement[] {
  checkRound(round, itemCount);
  const reference = referenceOf(round, itemCount, decision);
  return round.revealed.map(({ verdicts }) => {
    const said = unpackBits(verdicts, round.status.positions);
    const right = reference.filter(({ place, truth }) => said[place] === truth);
    const count = (list: readonly Known[], truth: boolean) => list.filter((one) => one.truth === truth).length;
    const golden = (list: readonly Known[]) => list.filter((one) => one.gold).length;
    return {
      youden: youden(count(reference, true), count(right, true), count(reference, false), count(right, false)),
      goldSeen: golden(reference),
      goldRight: golden(right),
      itemsSeen: reference.length - golden(reference),
      itemsCoherent: right.length - golden(right),
    };
  });
}

function seatResult(policy: Policy, items: number, { youden: [gain, scale] }: Judgement): [bigint, bigint] {
  const fee = BigInt(items) * BigInt(policy.reviewFee);
  if (gain >= 0n) return [(fee * gain) / scale, 0n];
  const loss = (fee * -gain * BigInt(policy.incoherentSlashBps)) / (scale * BPS);
  return [0n, least(loss, BigInt(policy.seatStake))];
}

/** Math.min takes no bigints. */
function least(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

function settleRound(policy: Policy, itemCount: number, round: VotedRound, decision: Decision): [bigint, bigint][] {
  const judged = judgeRound(round, itemCount, decision);
  const silent = (BigInt(policy.seatStake) * BigInt(policy.silentSlashBps)) / BPS;
  return Array.from({ length: round.status.seats }, (_, seat): [bigint, bigint] => {
    const own = judged[round.revealed.findIndex((said) => said.seat === seat)];
    if (own) return seatResult(policy, round.status.items, own);
    return [0n, hasSeat(round.status.committed, seat) ? silent : 0n];
  });
}

/** The settlement of a decided batch: all its concluded rounds, measured against the final decision. */
export function settleBatch(
  policy: Policy,
  itemCount: number,
  rounds: readonly VotedRound[],
  decision: Decision,
): Settlement {
  const results = rounds.flatMap((round) => settleRound(policy, itemCount, round, decision));
  const payouts = results.map(([payout]) => payout);
  const slashes = results.map(([, slash]) => slash);
  const stake = batchStake(policy, itemCount) - rejectedSlash(policy, itemCount - popcount(decision.panelAccepted));
  const reward = BigInt(popcount(decision.accepted)) * BigInt(policy.itemReward);
  const pot = rounds.reduce(
    (sum, { status }) => sum + roundReserve(policy, status.round, status.items),
    batchStake(policy, itemCount) + BigInt(itemCount) * BigInt(policy.itemReward),
  );
  const left = pot - stake - reward - total(payouts);
  return { payouts, slashes, stakeReturned: stake, reward, bountyReturned: left + total(slashes) };
}

export function total(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

/** An appeal that waits for its round; `items` is a bitmap over the batch's items. */
export interface OpenAppeal {
  readonly appellant: string;
  readonly items: Words;
}

/** What an appellant gets, and what of it comes from the bounty. */
export interface AppealSettlement {
  readonly appellant: string;
  readonly amount: bigint;
  readonly fromBounty: bigint;
}

/** What each appellant gets when a round concludes; `after` is null where it decided nothing. */
export function settleAppeals(
  policy: Policy,
  round: number,
  appeals: readonly OpenAppeal[],
  before: Decision | null,
  after: Decision | null,
  bounty: bigint,
): AppealSettlement[] {
  let left = bounty;
  return appeals.map(({ appellant, items }) => {
    const due = after ? appealDue(policy, round, items, before, after) : roundReserve(policy, round, popcount(items));
    const amount = least(due, left);
    left -= amount;
    return { appellant, amount, fromBounty: amount };
  });
}

function appealDue(policy: Policy, round: number, items: Words, before: Decision | null, after: Decision): bigint {
  const was = (at: number) => before?.accepted[at] ?? 0n;
  const changed = items.map((mine, at) => mine & (was(at) ^ (after.accepted[at] ?? 0n)));
  const refused = items.map((mine, at) => mine & was(at) & ~(after.panelAccepted[at] ?? 0n));
  return roundReserve(policy, round, popcount(changed)) + rejectedSlash(policy, popcount(refused));
}

/** What each appellant gets when nobody could be seated: the bond. */
export function returnBonds(policy: Policy, round: number, appeals: readonly OpenAppeal[]): AppealSettlement[] {
  return appeals.map(({ appellant, items }) => {
    return { appellant, amount: roundReserve(policy, round, popcount(items)), fromBounty: 0n };
  });
}
