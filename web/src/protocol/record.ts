import { bytesToHex } from "viem";
import { bitmapHash, popcount, type Words } from "./bitmap";
import { addressWord, concat, type Hex, keccak, uintWord } from "./bytes";
import { panelHash, screeningWord } from "./identity";
import { hasSeat, PHASES, type Phase, packStatus, type Status, seatCount, statusOf, withSeat } from "./status";

// How a batch's record follows from its events, and what the contract keeps of it: the twin of `sebrus.protocol.record`.

const ZERO = new Uint8Array(32);

/** `(seat, value)`: the value is a commitment in the digest of ballots, the hash of verdicts in that of votes. */
export type SeatValue = readonly [seat: number, value: Uint8Array];

export function runningDigest(entries: readonly SeatValue[], start: Uint8Array = ZERO): Uint8Array {
  return entries.reduce((digest, [seat, value]) => keccak(concat(digest, uintWord(seat), value)), start);
}

export function extendExcluded(digest: Uint8Array, listHash: Uint8Array): Uint8Array {
  return keccak(concat(digest, listHash));
}

export function extendAppeals(digest: Uint8Array, appellant: string, items: Words): Uint8Array {
  return keccak(concat(digest, addressWord(appellant), bitmapHash(items)));
}

/** The hash of the items in question; zero where every item is. */
export function questionHash(question: Words): Uint8Array {
  return question.length > 0 ? bitmapHash(question) : ZERO;
}

/** What `history` keeps of a concluded round; hashes are zero where there is nothing. */
export function roundDigest(
  status: bigint,
  panel: Uint8Array,
  votes: Uint8Array,
  question: Uint8Array,
  gold: Uint8Array,
  answers: Uint8Array,
): Uint8Array {
  return keccak(concat(uintWord(status), panel, votes, question, gold, answers));
}

/** What a finalized batch is sealed with: its accepted bitmap. */
export function finalSeal(accepted: Words): Hex {
  return sealed(bitmapHash(accepted), "Settled");
}

function sealed(hash: Uint8Array, phase: Phase): Hex {
  const seal = hash.slice();
  seal[31] = PHASES.indexOf(phase);
  return bytesToHex(seal);
}

interface Hashes {
  readonly screening: Uint8Array;
  readonly panel: Uint8Array;
  readonly ballots: Uint8Array;
  readonly question: Uint8Array;
  readonly decision: Uint8Array;
  readonly excluded: Uint8Array;
  readonly appeals: Uint8Array;
  readonly history: Uint8Array;
}

const NOTHING: Hashes = {
  screening: ZERO,
  panel: ZERO,
  ballots: ZERO,
  question: ZERO,
  decision: ZERO,
  excluded: ZERO,
  appeals: ZERO,
  history: ZERO,
};
const OF_THE_ROUND = { screening: ZERO, panel: ZERO, ballots: ZERO };

/** Where a batch stands; the methods named like events give the next record, and throw RangeError where none can follow. */
export class BatchRecord {
  constructor(
    readonly status: Status,
    readonly hashes: Hashes = NOTHING,
  ) {}

  static submitted(itemCount: number, screeningDeadline: number): BatchRecord {
    return new BatchRecord(statusOf("Screening", { deadline: screeningDeadline, items: itemCount }));
  }

  get phase(): Phase {
    return PHASES[this.status.phase] ?? "None";
  }

  get round(): number {
    return this.status.round;
  }

  get words(): Uint8Array[] {
    return [uintWord(packStatus(this.status)), ...Object.values(this.hashes)];
  }

  seal(): Hex {
    return sealed(keccak(concat(...this.words)), this.phase);
  }

  // ---------------------------------------------------------------- a round begins

  screened(commitment: Uint8Array, taskRoot: Uint8Array, positions: number, links: readonly string[]): BatchRecord {
    this.#need("Screening");
    if (positions < this.status.items) {
      throw new RangeError(`${positions} positions cannot show ${this.status.items} items`);
    }
    const { excluded } = this.hashes;
    return this.#next(
      { positions },
      {
        screening: screeningWord(commitment, taskRoot),
        excluded: links.length > 0 ? extendExcluded(excluded, panelHash(links)) : excluded,
      },
    );
  }

  skipped(round: number): BatchRecord {
    this.#need("Screening");
    if (round !== this.round && !(this.round === 0 && round === 1)) {
      throw new RangeError(`Round ${this.round} cannot go on as round ${round}`);
    }
    return this.#next({ round, positions: this.status.items });
  }

  drawRequested(seats: number, entropyBlock: number, deadline: number, revealDeadline: number): BatchRecord {
    this.#need("Screening", "Drawing");
    const { round, positions, items } = this.status;
    const fields = { round, seats, entropyBlock, deadline, revealDeadline, positions, items };
    return new BatchRecord(statusOf("Drawing", fields), this.hashes);
  }

  drawn(panel: readonly string[]): BatchRecord {
    this.#need("Drawing");
    return this.#next({ phase: PHASES.indexOf("Voting"), seats: panel.length }, { panel: panelHash(panel) });
  }

  unseated(): BatchRecord {
    this.#need("Drawing");
    return this.#resting(0);
  }

  // ---------------------------------------------------------------- a round votes

  committed(ballots: readonly SeatValue[]): BatchRecord {
    this.#need("Voting");
    let { committed } = this.status;
    for (const [seat] of ballots) {
      if (seat >= this.status.seats) throw new RangeError(`There is no seat ${seat}`);
      if (hasSeat(committed, seat)) throw new RangeError(`Seat ${seat} has committed already`);
      committed = withSeat(committed, seat);
    }
    return this.#next({ committed }, { ballots: runningDigest(ballots, this.hashes.ballots) });
  }

  revealed(seats: readonly number[]): BatchRecord {
    this.#need("Voting");
    let { revealed } = this.status;
    for (const seat of seats) {
      if (!hasSeat(this.status.committed, seat)) throw new RangeError(`Seat ${seat} has not committed`);
      revealed = withSeat(revealed, seat);
    }
    return this.#next({ revealed });
  }

  /** `votes` are all openings of the round in the order of their commitments, `decision` the one from now on. */
  concluded(
    votes: readonly SeatValue[],
    decision: Uint8Array,
    gold: Uint8Array = ZERO,
    answers: Uint8Array = ZERO,
  ): BatchRecord {
    const record = this.revealed(votes.map(([seat]) => seat));
    if (seatCount(record.status.revealed) !== votes.length) {
      throw new RangeError("Every revealed seat brings its vote, and brings it once");
    }
    const { panel, question, excluded, history } = this.hashes;
    const digest = roundDigest(packStatus(record.status), panel, runningDigest(votes), question, gold, answers);
    return record.#next(
      {},
      { decision, excluded: extendExcluded(excluded, panel), history: keccak(concat(history, digest)) },
    );
  }

  // ---------------------------------------------------------------- after the round

  escalated(items: number, question: Words, deadline: number): BatchRecord {
    this.#need("Voting");
    if (this.#underAppeal) throw new RangeError("A round on appeal is followed by another only on appeal");
    return this.#nextRound(items, questionHash(question), deadline);
  }

  held(deadline: number): BatchRecord {
    this.#need("Voting");
    return this.#resting(deadline);
  }

  /** `under` are the items that earlier appeals named, empty for the first. */
  appealed(appellant: string, items: Words, under: Words = []): BatchRecord {
    this.#need("Decided");
    if (!same(questionHash(under), this.hashes.question)) {
      throw new RangeError("These are not the items under appeal so far");
    }
    if (popcount(items) === 0 || items.some((word, place) => (word & (under[place] ?? 0n)) !== 0n)) {
      throw new RangeError("An appeal names at least one item, and none that is under appeal already");
    }
    const union = items.map((word, place) => word | (under[place] ?? 0n));
    return this.#next(
      { items: popcount(union) },
      { question: bitmapHash(union), appeals: extendAppeals(this.hashes.appeals, appellant, items) },
    );
  }

  appealStarted(deadline: number): BatchRecord {
    this.#need("Decided");
    if (!this.#underAppeal) throw new RangeError("Nothing is under appeal");
    return this.#nextRound(this.status.items, this.hashes.question, deadline);
  }

  /** Whether it is decided and nobody appeals: only then it can be settled. */
  get atRest(): boolean {
    return this.phase === "Decided" && !this.#underAppeal;
  }

  // ---------------------------------------------------------------- parts

  get #underAppeal(): boolean {
    return !same(this.hashes.appeals, ZERO);
  }

  #next(status: Partial<Status>, hashes: Partial<Hashes> = {}): BatchRecord {
    return new BatchRecord({ ...this.status, ...status }, { ...this.hashes, ...hashes });
  }

  #need(...phases: readonly Phase[]): void {
    if (!phases.includes(this.phase)) throw new RangeError(`The batch is ${this.phase}: this cannot happen now`);
  }

  #resting(deadline: number): BatchRecord {
    const hashes = { ...this.hashes, ...OF_THE_ROUND, question: ZERO, appeals: ZERO };
    return new BatchRecord(statusOf("Decided", { round: this.round, deadline }), hashes);
  }

  #nextRound(items: number, question: Uint8Array, deadline: number): BatchRecord {
    const hashes = { ...this.hashes, ...OF_THE_ROUND, question };
    return new BatchRecord(statusOf("Screening", { round: this.round + 1, deadline, items }), hashes);
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, place) => byte === b[place]);
}
