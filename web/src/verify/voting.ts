import { bytesToHex, hashTypedData } from "viem";
import { bitmapHash, isBitmap, popcount, sameWords } from "../protocol/bitmap";
import { panelHash } from "../protocol/identity";
import { MESSAGES, typedDomain } from "../protocol/messages";
import { roundReserve } from "../protocol/settlement";
import { type Decision, panelSizes, type RoundTally, tallyRound } from "../protocol/tally";
import type { BatchFile } from "./contents";
import { decided, domainOf, type Evidence, rounds } from "./evidence";
import { arithmetic, need, StepFailed } from "./failure";
import type { Openings, Replay, Round } from "./replay";
import { shownWord } from "./screening";

const MOST_SEATS = 31;

/** Step ballots: only seated reviewers voted, once each, and every opening opens its commitment. */
export function verifyBallots(evidence: Evidence): string {
  let opened = 0;
  for (const { batch, round, where } of rounds(evidence)) {
    need(round.panel.length <= MOST_SEATS, `${where}: the panel has more than ${MOST_SEATS} seats`);
    need(new Set(round.panel).size === round.panel.length, `${where}: a reviewer holds two seats`);
    for (const openings of round.revealed) checkOpenings(evidence, batch, round, openings, where);
    opened += round.verdicts.size;
  }
  return `${opened} openings open the commitments of seated reviewers`;
}

/** Each ballot that a `Revealed` tells of is the commitment made for its seat, alone or opened. */
function checkOpenings(evidence: Evidence, batch: BatchFile, round: Round, { ballots }: Openings, where: string): void {
  const order = ballots.map((ballot) => ballot.seat).join();
  const same = order === [...round.commitments.keys()].join();
  need(same, `${where}: the openings are not in the order of the commitments`);
  const domain = typedDomain(domainOf(evidence));
  const types = { Ballot: [...MESSAGES.Ballot] };
  const screening = shownWord(round);
  const panel = bytesToHex(panelHash(round.panel));
  for (const { seat, secret, verdicts } of ballots) {
    let commitment = secret;
    const reviewer = round.panel[seat];
    if (verdicts.length > 0 && reviewer !== undefined) {
      const fits = isBitmap(verdicts, round.positions);
      need(fits, `${where}: the verdicts of seat ${seat} are no bitmap over ${round.positions} positions`);
      const { batchId } = batch;
      const verdictsHash = bytesToHex(bitmapHash(verdicts));
      const message = {
        batchId,
        round: round.number,
        screening,
        panelHash: panel,
        reviewer,
        verdictsHash,
        salt: secret,
      };
      commitment = hashTypedData({ domain, types, primaryType: "Ballot", message });
    }
    const opens = round.commitments.get(seat) === commitment;
    need(opens, `${where}: the opening of seat ${seat} does not open its commitment`);
  }
}

/** Step tally: every round's outcome and what followed, and what is accepted in the end, follow from votes and flags. */
export function verifyTally(evidence: Evidence): string {
  let accepted = 0;
  let concluded = 0;
  decided(evidence).forEach(({ batch, replay }, at) => {
    for (const round of replay.rounds) {
      checkSkip(evidence, replay, round);
      if (!round.concluded) continue;
      checkNext(evidence, replay, round, checkOutcome(evidence, replay, round));
      concluded++;
    }
    accepted += checkDecision(batch, replay, evidence.manifest.batches[at]?.acceptedCount ?? -1);
  });
  return `${concluded} rounds decided what their votes and flags say: ${accepted} items are accepted`;
}

/** Tallies a round and compares it with what the chain concluded. */
function checkOutcome({ manifest }: Evidence, replay: Replay, round: Round): RoundTally {
  const where = `${replay.name}, round ${round.number}`;
  const told = round.concluded?.args;
  const { policy } = manifest.dataset;
  const flags = round.opening?.flags ?? [];
  const tally = arithmetic(where, () =>
    tallyRound(policy, replay.itemCount, round.voted(), round.before, round.screened !== undefined, flags),
  );
  need(told?.counted === tally.counted, `${where}: the chain counted other seats than the gold passes`);
  need(told.conclusive === tally.conclusive, `${where}: the chain says otherwise whether the round decided`);
  const same = isSame(round.after, tally.decision);
  need(same, `${where}: the chain decided otherwise than the votes and flags say`);
  return tally;
}

/** After the round comes a larger panel if there is something to ask, somebody to ask, and money; a hold if not. */
function checkNext({ manifest, history }: Evidence, replay: Replay, round: Round, tally: RoundTally): void {
  const where = `${replay.name}, round ${round.number}`;
  const { policy } = manifest.dataset;
  const { end } = round;
  need(end !== undefined, `${where}: nothing followed the conclusion`);
  const further = round.number + 1 < panelSizes(policy).length;
  const goesOn = further && tally.items > 0 && round.appeals.length === 0;
  const fees = goesOn ? roundReserve(policy, round.number + 1, tally.items) : 0n;
  if (goesOn && fees <= history.bounties.before(manifest.datasetId, end.at)) {
    const larger =
      end.name === "Escalated" &&
      end.args.items === tally.items &&
      end.args.reserve === fees &&
      sameWords(end.args.question, tally.question);
    need(larger, `${where}: a larger panel should have looked at ${tally.items} items in question`);
    return;
  }
  need(end.name === "Held", `${where}: another round followed although none can`);
  const held = further && policy.holdWindow > 0;
  need(end.args.deadline > 0 === held, `${where}: the decision is held against the policy`);
}

/** A first round without screening is the larger one, if there is one and the bounty covers the difference. */
function checkSkip({ manifest, history }: Evidence, replay: Replay, round: Round): void {
  const { skipped } = round;
  if (!skipped) return;
  const { policy } = manifest.dataset;
  let number = round.number;
  let reserve = 0n;
  if (round === replay.rounds[0]) {
    number = 0;
    if (policy.escalatedSize > 0) {
      const more = roundReserve(policy, 1, round.items) - roundReserve(policy, 0, round.items);
      if (more <= history.bounties.before(manifest.datasetId, skipped.at)) [number, reserve] = [1, more];
    }
  }
  const same = skipped.args.round === number && skipped.args.reserve === reserve;
  need(same, `${replay.name}: the round without screening should have gone on as round ${number}`);
}

/** The settlement and the files have the last decision; returns how many items it accepts. */
function checkDecision(batch: BatchFile, replay: Replay, listed: number): number {
  const { name, decision, settled } = replay;
  if (!decision || !settled) throw new StepFailed(`${name} was settled without a decision`);
  const count = popcount(decision.accepted);
  need(settled.args.acceptedCount === count, `${name}: the chain settled another number of accepted items`);
  need(sameWords(batch.accepted, decision.accepted), `${name}: batches.jsonl accepts other items`);
  const panel = sameWords(batch.panelAccepted, decision.panelAccepted);
  need(panel, `${name}: batches.jsonl has the panel accept other items`);
  need(sameWords(batch.flags, decision.flags), `${name}: batches.jsonl has other items flagged`);
  need(listed === popcount(batch.accepted), "the manifest counts other accepted items");
  return count;
}

function isSame(a: Decision | null, b: Decision | null): boolean {
  if (!a || !b) return a === b;
  return (
    sameWords(a.accepted, b.accepted) && sameWords(a.panelAccepted, b.panelAccepted) && sameWords(a.flags, b.flags)
  );
}
