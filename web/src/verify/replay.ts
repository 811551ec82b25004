import { hexToBytes } from "viem";
import { bitmapHash, sameWords, type Words, wordCount } from "../protocol/bitmap";
import type { Hex } from "../protocol/bytes";
import { type Opened, openedBallots, unpackSeats } from "../protocol/flat";
import { BatchRecord, type SeatValue } from "../protocol/record";
import type { OpenAppeal } from "../protocol/settlement";
import { packStatus, unpackStatus } from "../protocol/status";
import { type Decision, decisionHash, type VotedRound } from "../protocol/tally";
import type { ChainEvent, EventOf } from "./events";
import { arithmetic, need, StepFailed } from "./failure";

/** A `Revealed` with its ballots in their order. */
export interface Openings {
  readonly event: EventOf<"Revealed">;
  readonly ballots: readonly Opened[];
}

/**
 * One round as the events tell it: begun by `Submitted` or `Escalated`, ended by `end`. `question` is over the batch's
 * items, empty where all are in question; `before` and `after` are the decision so far at its two ends, `appeals` what it
 * is on.
 */
export class Round {
  screened: EventOf<"Screened"> | undefined;
  skipped: EventOf<"ScreeningSkipped"> | undefined;
  drawn: EventOf<"Drawn"> | undefined;
  opened: EventOf<"ScreeningOpened"> | undefined;
  concluded: EventOf<"Concluded"> | undefined;
  end: EventOf<"Escalated"> | EventOf<"Held"> | EventOf<"Unseated"> | undefined;
  after: Decision | null = null;
  /** The lists of accounts that could not be drawn in it. */
  excluded: readonly (readonly Hex[])[] = [];
  readonly requests: EventOf<"DrawRequested">[] = [];
  readonly commitments = new Map<number, Hex>();
  readonly revealed: Openings[] = [];
  readonly verdicts = new Map<number, Words>();
  readonly settledAppeals: EventOf<"AppealSettled">[] = [];

  constructor(
    public number: number,
    readonly items: number,
    readonly question: Words,
    readonly began: EventOf<"Submitted"> | EventOf<"Escalated">,
    readonly before: Decision | null,
    readonly appeals: readonly OpenAppeal[] = [],
  ) {}

  /** The reviewers in seat order; nobody where none were drawn. */
  get panel(): readonly Hex[] {
    return this.drawn?.args.panel ?? [];
  }

  get opening() {
    return this.opened?.args.opening;
  }

  /** How many pictures its reviewers were shown. */
  get positions(): number {
    return this.screened?.args.positions ?? this.items;
  }

  get conclusive(): boolean {
    return this.concluded?.args.conclusive === true;
  }

  /** The round as it is tallied and paid; it must have concluded. */
  voted(): VotedRound {
    const { concluded, opening, question, panel } = this;
    if (!concluded) throw new StepFailed(`round ${this.number} never concluded`);
    const revealed = [...this.commitments.keys()].flatMap((seat) => {
      const verdicts = this.verdicts.get(seat);
      return verdicts ? [{ seat, verdicts }] : [];
    });
    const { gold, answers } = opening ?? { gold: [], answers: [] };
    return { status: unpackStatus(concluded.args.status), panel, revealed, question, gold, answers };
  }
}

/**
 * The life of one batch, its record after each event. `record` is null before its submission and after its settlement,
 * `final` is the record just before the settlement, `decision` the last one.
 */
export class Replay {
  itemCount = 0;
  record: BatchRecord | null = null;
  final: BatchRecord | null = null;
  decision: Decision | null = null;
  submitted: EventOf<"Submitted"> | undefined;
  settled: EventOf<"Settled"> | undefined;
  readonly rounds: Round[] = [];
  readonly appealed: { readonly round: number; readonly event: EventOf<"Appealed"> }[] = [];
  #open: OpenAppeal[] = [];
  readonly #excluded: (readonly Hex[])[] = [];

  /** Plays the events in the chain's order. @throws StepFailed where one cannot follow the others. */
  constructor(
    readonly name: string,
    events: readonly ChainEvent[],
  ) {
    for (const event of events) {
      arithmetic(`${name}, ${event.name} in block ${event.at.block}`, () => this.#play(event));
    }
  }

  /** The rounds that concluded, in their order. */
  get concluded(): Round[] {
    return this.rounds.filter((round) => round.concluded);
  }

  /** The record of a batch that is neither unknown nor settled. */
  get #present(): BatchRecord {
    if (this.record) return this.record;
    throw new StepFailed(`${this.name}: the chain tells of it before its submission or after its settlement`);
  }

  /** The items under appeal; empty where none is. */
  get #underAppeal(): Words {
    if (this.#open.length === 0) return [];
    const none = new Array<bigint>(wordCount(this.itemCount)).fill(0n);
    return this.#open.reduce((union, { items }) => union.map((word, at) => word | (items[at] ?? 0n)), none);
  }

  #play(event: ChainEvent): void {
    switch (event.name) {
      case "Submitted":
        this.#submit(event);
        break;
      case "Screened":
        this.#screen(event);
        break;
      case "ScreeningSkipped":
        this.#skip(event);
        break;
      case "DrawRequested":
        this.#request(event);
        break;
      case "Drawn":
        this.#round(event).drawn = event;
        this.record = this.#present.drawn(event.args.panel);
        break;
      case "Unseated":
        this.#unseat(event);
        break;
      case "Committed":
        this.#commit(event);
        break;
      case "Revealed":
        this.#reveal(event);
        break;
      case "ScreeningOpened":
        this.#openScreening(event);
        break;
      case "Concluded":
        this.#conclude(event);
        break;
      case "Escalated":
        this.#escalate(event);
        break;
      case "Held":
        this.#endRound(event);
        this.record = this.#present.held(event.args.deadline);
        break;
      case "Appealed":
        this.#appeal(event);
        break;
      case "AppealSettled":
        need(this.rounds.length > 0, `${this.name}: an appeal was settled before there was a round`);
        this.rounds.at(-1)?.settledAppeals.push(event);
        break;
      case "Settled":
        this.#settle(event);
        break;
    }
  }

  // ---------------------------------------------------------------- a round begins

  #submit(event: EventOf<"Submitted">): void {
    need(this.submitted === undefined, `${this.name} was submitted twice`);
    this.submitted = event;
    this.itemCount = event.args.itemCount;
    this.record = BatchRecord.submitted(this.itemCount, event.args.screeningDeadline);
    this.rounds.push(new Round(0, this.itemCount, [], event, null));
  }

  #screen(event: EventOf<"Screened">): void {
    const round = this.#round(event);
    this.#unscreened(round);
    const { commitment, taskRoot, positions, links } = event.args;
    this.record = this.#present.screened(hexToBytes(commitment), hexToBytes(taskRoot), positions, links);
    round.screened = event;
    if (links.length > 0) this.#excluded.push(links);
  }

  #skip(event: EventOf<"ScreeningSkipped">): void {
    this.record = this.#present.skipped(event.args.round);
    const round = this.rounds.at(-1);
    if (!round) throw new StepFailed(`${this.name}: a screening was skipped before there was a round`);
    this.#unscreened(round);
    round.skipped = event;
    round.number = event.args.round;
  }

  #unscreened(round: Round): void {
    need(!round.screened && !round.skipped, `${this.name}: round ${round.number} was screened or skipped twice`);
  }

  #request(event: EventOf<"DrawRequested">): void {
    const round = this.#round(event);
    const ready = round.screened !== undefined || round.skipped !== undefined;
    need(ready, `${this.name}: the draw of round ${round.number} was asked for before its screening`);
    const { seats, entropyBlock, commitDeadline, revealDeadline } = event.args;
    this.record = this.#present.drawRequested(seats, entropyBlock, commitDeadline, revealDeadline);
    round.requests.push(event);
    round.excluded = [...this.#excluded];
  }

  #unseat(event: EventOf<"Unseated">): void {
    const round = this.#round(event);
    this.record = this.#present.unseated();
    round.end = event;
    round.after = round.before;
  }

  // ---------------------------------------------------------------- a round votes

  #commit(event: EventOf<"Committed">): void {
    const round = this.#round(event);
    const { seats, commitments } = event.args;
    const order = unpackSeats(seats, commitments.length);
    const ballots = commitments.map((commitment, at): [number, Hex] => [order[at] ?? 0, commitment]);
    this.record = this.#present.committed(ballots.map(([seat, one]): SeatValue => [seat, hexToBytes(one)]));
    for (const [seat, commitment] of ballots) round.commitments.set(seat, commitment);
  }

  #reveal(event: EventOf<"Revealed">): void {
    const round = this.#round(event);
    const { seats, opened, secrets, verdicts } = event.args;
    const ballots = openedBallots(seats, opened, secrets, verdicts);
    const said = ballots.filter((ballot) => ballot.verdicts.length > 0);
    this.record = this.#present.revealed(said.map((ballot) => ballot.seat));
    round.revealed.push({ event, ballots });
    for (const ballot of said) round.verdicts.set(ballot.seat, ballot.verdicts);
  }

  #openScreening(event: EventOf<"ScreeningOpened">): void {
    const round = this.#round(event);
    const screened = round.screened && !round.opened && this.#present.phase === "Voting";
    need(screened === true, `${this.name}: round ${round.number} opened a screening that nobody committed`);
    round.opened = event;
  }

  #conclude(event: EventOf<"Concluded">): void {
    const round = this.#round(event);
    round.concluded = event;
    this.decision = round.after = decidedBy(event, round);
    const voted = round.voted();
    const votes = voted.revealed.map(({ seat, verdicts }): SeatValue => [seat, bitmapHash(verdicts)]);
    const decision = this.decision ? decisionHash(this.decision) : new Uint8Array(32);
    const shown = voted.gold.length > 0 ? [bitmapHash(voted.gold), bitmapHash(voted.answers)] : [];
    this.record = this.#present.concluded(votes, decision, shown[0], shown[1]);
    const same = packStatus(this.record.status) === event.args.status;
    need(same, `${this.name}: round ${round.number} concluded with another status than its events give`);
    this.#excluded.push(round.panel);
  }

  // ---------------------------------------------------------------- after the round

  #escalate(event: EventOf<"Escalated">): void {
    const { question, screeningDeadline, items } = event.args;
    const record = this.#present;
    if (record.phase === "Decided") {
      const same = sameWords(question, this.#underAppeal);
      need(same, `${this.name}: a round on appeal is on other items than appealed`);
      this.record = record.appealStarted(screeningDeadline);
    } else {
      this.#endRound(event);
      this.record = record.escalated(items, question, screeningDeadline);
    }
    const { round, items: told } = this.record.status;
    const goesOn = event.args.round === round && items === told;
    need(goesOn, `${this.name}: the chain goes on with another round or other items than the record`);
    this.rounds.push(new Round(round, items, question, event, this.decision, this.#open));
    this.#open = [];
  }

  #endRound(event: EventOf<"Escalated"> | EventOf<"Held">): void {
    const last = this.rounds.at(-1);
    need(last?.concluded !== undefined && !last.end, `${this.name}: a round ended without concluding`);
    last.end = event;
  }

  #appeal(event: EventOf<"Appealed">): void {
    const { appellant, items } = event.args;
    this.record = this.#present.appealed(appellant, items, this.#underAppeal);
    this.#open = [...this.#open, { appellant, items }];
    this.appealed.push({ round: this.record.round, event });
  }

  #settle(event: EventOf<"Settled">): void {
    const record = this.#present;
    need(record.atRest, `${this.name} was settled while it was not at rest`);
    this.final = record;
    this.record = null;
    this.settled = event;
  }

  /** The running round, which must be the event's. */
  #round(event: ChainEvent & { readonly args: { readonly round: number } }): Round {
    const last = this.rounds.at(-1);
    const told = event.args.round;
    const running = last !== undefined && this.#present.round === told && last.number === told;
    need(running, `${this.name}: ${event.name} is of round ${told}, which does not run`);
    return last;
  }
}

/** The decision that a conclusion tells of; its flags are those of the first round to decide. */
function decidedBy(event: EventOf<"Concluded">, round: Round): Decision | null {
  const { accepted, panelAccepted } = event.args;
  if (accepted.length === 0) return null;
  return { accepted, panelAccepted, flags: round.before ? round.before.flags : (round.opening?.flags ?? []) };
}
