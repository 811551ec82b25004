import { getAddress } from "viem";
import type { Hex } from "../protocol/bytes";
import { splitResults, unpackSeats } from "../protocol/flat";
import type { Policy } from "../protocol/identity";
import {
  type DetectorRecord,
  drawWeight,
  flagsJudged,
  judged,
  NEW_DETECTOR,
  NEW_REVIEWER,
  type ReviewerRecord,
  tierOf,
} from "../protocol/reputation";
import { type Judgement, judgeRound } from "../protocol/settlement";
import { hasSeat } from "../protocol/status";
import type { VotedRound } from "../protocol/tally";
import type { ChainEvent, EventOf, Position } from "./events";
import { arithmetic, need, short } from "./failure";
import type { History } from "./history";
import type { Replay } from "./replay";
import { Weights } from "./weights";

const AMOUNT_BITS = 64n;

/** An account's money in gwei, and its record as a reviewer. */
export interface Account {
  free: bigint;
  stake: bigint;
  locked: bigint;
  record: ReviewerRecord;
}

/** What a seat that committed came to. */
interface SeatResult {
  readonly reviewer: string;
  readonly payout: bigint;
  readonly slash: bigint;
  /** Null where it did not reveal. */
  readonly judgement: Judgement | null;
}

/** Every account and record of the contract, replayed from the events of all batches. */
export class Ledger {
  readonly weights = new Weights();
  readonly #accounts = new Map<string, Account>();
  readonly #detectors = new Map<string, DetectorRecord>();
  readonly #datasetOf = new Map<string, Hex>();
  readonly #history: History;
  readonly #minStake: bigint;

  /** @throws StepFailed where the events contradict each other. */
  constructor(history: History, minStake: bigint) {
    this.#history = history;
    this.#minStake = minStake;
    for (const event of history.events) this.#play(event);
  }

  account(address: string): Account {
    const known = this.#accounts.get(address) ?? { free: 0n, stake: 0n, locked: 0n, record: NEW_REVIEWER };
    this.#accounts.set(address, known);
    return known;
  }

  detector(datasetId: string): DetectorRecord {
    return this.#detectors.get(datasetId) ?? NEW_DETECTOR;
  }

  #play(event: ChainEvent): void {
    switch (event.name) {
      case "Staked":
      case "Unstaked":
        this.#moveStake(event);
        break;
      case "Deposited":
        this.#credit(event.args.account, event.args.amount, event.at);
        break;
      case "Withdrawn":
        this.#credit(event.args.account, -event.args.amount, event.at);
        break;
      case "PaidOut":
        for (const word of event.args.payments) this.#payOut(word, event.at);
        break;
      case "DatasetClosedByOwner":
        this.#credit(this.#history.dataset(event.args.datasetId).owner, event.args.returned, event.at);
        break;
      default:
        if ("batchId" in event.args) this.#playBatch(event, event.args.batchId);
    }
  }

  #playBatch(event: ChainEvent, batchId: Hex): void {
    if (event.name === "Submitted") {
      this.#datasetOf.set(batchId, event.args.datasetId);
      this.#credit(event.args.contributor, -event.args.stake, event.at);
    }
    const datasetId = this.#datasetOf.get(batchId);
    need(datasetId !== undefined, `batch ${short(batchId)} was never submitted`);
    if (event.name === "Appealed") this.#credit(event.args.appellant, -event.args.bond, event.at);
    else if (event.name === "AppealSettled") this.#credit(event.args.appellant, event.args.amount, event.at);
    else if (event.name === "Committed") this.#lock(event, this.#history.dataset(datasetId).policy);
    else if (event.name === "Concluded") this.#countUnopened(event, datasetId);
    else if (event.name === "Settled") this.#settle(event, datasetId);
  }

  // ---------------------------------------------------------------- money

  #credit(account: string, amount: bigint, at: Position): void {
    const found = this.account(account);
    found.free += amount;
    need(found.free >= 0n, `${account} spent more than it had, in block ${at.block}`);
  }

  #payOut(word: bigint, at: Position): void {
    const hex = (word >> AMOUNT_BITS).toString(16).padStart(40, "0");
    this.#credit(getAddress(`0x${hex}`), -(word & ((1n << AMOUNT_BITS) - 1n)), at);
  }

  #moveStake(event: EventOf<"Staked"> | EventOf<"Unstaked">): void {
    const { reviewer, amount, stake } = event.args;
    const moved = event.name === "Staked" ? amount : -amount;
    const account = this.account(reviewer);
    account.stake += moved;
    this.#credit(reviewer, -moved, event.at);
    const follows = account.stake === stake && account.stake >= account.locked;
    need(follows, `the stake of ${reviewer} does not follow from what was staked, unstaked and slashed`);
    if (event.name === "Staked") this.weights.seat(reviewer, event.args.index);
    const fits = this.#weigh(reviewer, event.at);
    need(fits || event.name === "Unstaked", `${reviewer} staked more than the stake tree holds`);
  }

  #weigh(reviewer: string, at: Position): boolean {
    const { stake, record } = this.account(reviewer);
    return this.weights.weigh(reviewer, drawWeight(stake, tierOf(record), this.#minStake), at);
  }

  #lock(event: EventOf<"Committed">, policy: Policy): void {
    const { batchId, round, seats, commitments } = event.args;
    const panel = this.#history.batch(batchId).replay.rounds.find((one) => one.number === round)?.panel ?? [];
    for (const seat of unpackSeats(seats, commitments.length)) {
      const reviewer = panel[seat] ?? "";
      const account = this.account(reviewer);
      account.locked += BigInt(policy.seatStake);
      need(account.locked <= account.stake, `${reviewer} committed with more than its stake`);
    }
  }

  // ---------------------------------------------------------------- the end of rounds and batches

  #countUnopened(event: EventOf<"Concluded">, datasetId: Hex): void {
    const { rounds } = this.#history.batch(event.args.batchId).replay;
    const unopened = rounds.some((one) => one.concluded === event && one.screened && !one.opened);
    if (!unopened) return;
    const record = this.detector(datasetId);
    this.#detectors.set(datasetId, { ...record, unopened: record.unopened + 1 });
  }

  #settle(event: EventOf<"Settled">, datasetId: Hex): void {
    const { replay } = this.#history.batch(event.args.batchId);
    const { stakeReturned, reward } = event.args;
    this.#credit(replay.submitted?.args.contributor ?? "", stakeReturned + reward, event.at);
    const { policy } = this.#history.dataset(datasetId);
    for (const result of seatResults(replay, event)) this.#closeSeat(result, policy, event.at);
    const { decision, itemCount } = replay;
    if (decision) this.#detectors.set(datasetId, flagsJudged(this.detector(datasetId), itemCount, decision));
  }

  #closeSeat({ reviewer, payout, slash, judgement }: SeatResult, policy: Policy, at: Position): void {
    const account = this.account(reviewer);
    const tier = tierOf(account.record);
    account.free += payout;
    account.locked -= BigInt(policy.seatStake);
    account.stake -= slash;
    const covered = account.stake >= account.locked && account.locked >= 0n;
    need(covered, `${reviewer} was slashed ${slash} gwei, more than was locked`);
    if (judgement) {
      account.record = arithmetic(`the record of ${reviewer}`, () => judged(account.record, judgement));
    }
    if (slash > 0n || tierOf(account.record) !== tier) this.#weigh(reviewer, at);
  }
}

/** What every committed seat of a batch came to: round after round, the silent ones last, as the contract closes them. */
function seatResults(replay: Replay, settled: EventOf<"Settled">): SeatResult[] {
  const rounds = replay.concluded.map((round) => round.voted());
  const { payouts, slashes } = splitResults(settled.args.results);
  const seats = rounds.reduce((sum, { panel }) => sum + panel.length, 0);
  need(payouts.length === seats, `${replay.name} settled ${payouts.length} seats, but ${seats} sat in its rounds`);
  let first = 0;
  return rounds.flatMap((round) => {
    const start = first;
    first += round.panel.length;
    return closed(replay, round).map(({ seat, judgement }) => ({
      reviewer: round.panel[seat] ?? "",
      payout: payouts[start + seat] ?? 0n,
      slash: slashes[start + seat] ?? 0n,
      judgement,
    }));
  });
}

/** The committed seats of a round in the contract's order, with their judgements where they revealed. */
function closed(replay: Replay, round: VotedRound): { seat: number; judgement: Judgement | null }[] {
  const where = `${replay.name}, round ${round.status.round}`;
  const judgements = arithmetic(where, () => judgeRound(round, replay.itemCount, replay.decision));
  const { committed, revealed, seats } = round.status;
  const spoke = round.revealed.map(({ seat }, at) => ({ seat, judgement: judgements[at] ?? null }));
  const silent = Array.from({ length: seats }, (_, seat) => seat).filter(
    (seat) => hasSeat(committed, seat) && !hasSeat(revealed, seat),
  );
  return [...spoke, ...silent.map((seat) => ({ seat, judgement: null }))];
}
