import { popcount } from "../protocol/bitmap";
import { splitResults } from "../protocol/flat";
import type { Policy } from "../protocol/identity";
import {
  batchReserve,
  batchStake,
  returnBonds,
  roundReserve,
  settleAppeals,
  settleBatch,
  total,
} from "../protocol/settlement";
import { decided, type Evidence } from "./evidence";
import { arithmetic, need, StepFailed } from "./failure";
import type { Replay, Round } from "./replay";

/** Step appeals: appellants put up the bond of the next round, and got back what that round owed them. */
export function verifyAppeals(evidence: Evidence): string {
  const { policy } = evidence.manifest.dataset;
  let appeals = 0;
  let returned = 0n;
  for (const { replay } of decided(evidence)) {
    for (const { round, event } of replay.appealed) {
      const { appellant, bond, items } = event.args;
      const where = `${replay.name}, appeal against round ${round}`;
      const due = arithmetic(where, () => roundReserve(policy, round + 1, popcount(items)));
      need(bond === due, `${replay.name}: ${appellant} put up ${bond} gwei, not ${due}`);
      appeals++;
    }
    for (const round of replay.rounds) {
      returned += checkSettled(evidence, replay, round);
      checkReturned(policy, replay, round);
    }
  }
  return `${appeals} appeals put up their bonds and got ${returned} gwei back`;
}

/** The appeals that a round was on are settled as it decided; returns what they got, in gwei. */
function checkSettled({ manifest, history }: Evidence, replay: Replay, round: Round): bigint {
  const { policy } = manifest.dataset;
  const where = `${replay.name}, round ${round.number}`;
  const [first] = round.settledAppeals;
  const due = arithmetic(where, () => {
    if (!round.concluded) return returnBonds(policy, round.number, round.appeals);
    const bounty = first ? history.bounties.before(manifest.datasetId, first.at) : 0n;
    const after = round.conclusive ? round.after : null;
    return settleAppeals(policy, round.number, round.appeals, round.before, after, bounty);
  });
  const told = round.settledAppeals.map(({ args }) => `${args.appellant} ${args.amount} ${args.fromBounty}`);
  const owed = due.map((one) => `${one.appellant} ${one.amount} ${one.fromBounty}`);
  need(told.join() === owed.join(), `${where}: appellants got something else than the round owes them`);
  return total(due.map((one) => one.amount));
}

/** A round on appeal takes nothing of the bounty; one that nobody could sit in gives back what it took. */
function checkReturned(policy: Policy, replay: Replay, round: Round): void {
  const where = `${replay.name}, round ${round.number}`;
  const onAppeal = round.appeals.length > 0;
  if (onAppeal) {
    need(round.began.args.reserve === 0n, `${where}: a round on appeal was paid from the bounty`);
    const whole = round.before !== null || round.items === replay.itemCount;
    need(whole, `${where}: where nothing was decided the appeal leaves items out`);
  }
  if (round.end?.name !== "Unseated") return;
  const { returned } = round.end.args;
  const due = arithmetic(where, () => (onAppeal ? 0n : roundReserve(policy, round.number, round.items)));
  need(returned === due, `${where}: the bounty got ${returned} gwei back, not ${due}`);
}

/** Step payouts: fees by Youden's J, rewards, slashes, returned stakes and bounty are what the policy makes of the votes. */
export function verifyPayouts(evidence: Evidence): string {
  const { policy } = evidence.manifest.dataset;
  let paid = 0n;
  for (const { replay } of decided(evidence)) {
    const { name, submitted, settled, decision, itemCount } = replay;
    if (!submitted || !settled || !decision) throw new StepFailed(`${name} did not end with its settlement`);
    const { stake, reserve } = submitted.args;
    const locked = stake === batchStake(policy, itemCount) && reserve === batchReserve(policy, itemCount);
    need(locked, `${name} locked other amounts at submission`);
    const rounds = replay.concluded.map((round) => round.voted());
    const money = arithmetic(name, () => settleBatch(policy, itemCount, rounds, decision));
    const { payouts, slashes } = splitResults(settled.args.results);
    const compared: [words: string, same: boolean][] = [
      ["the payouts", payouts.join() === money.payouts.join()],
      ["the slashes", slashes.join() === money.slashes.join()],
      ["the stake returned", settled.args.stakeReturned === money.stakeReturned],
      ["the reward", settled.args.reward === money.reward],
      ["what the bounty got back", settled.args.bountyReturned === money.bountyReturned],
    ];
    for (const [words, same] of compared) {
      need(same, `${name}: ${words} on the chain differ from what the policy gives`);
    }
    paid += money.reward + total(money.payouts);
  }
  return `${paid} gwei of fees and rewards, and all slashes, are as the policy says`;
}
