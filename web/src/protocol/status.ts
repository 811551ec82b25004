/** The fields of a status word with their widths in bits, from the least significant (`sebrus.protocol.status`). */
const STATUS_BITS = [
  ["phase", 8],
  ["round", 8],
  ["seats", 8],
  ["committed", 32],
  ["revealed", 32],
  ["entropyBlock", 48],
  ["deadline", 40],
  ["revealDeadline", 40],
  ["positions", 16],
  ["items", 16],
] as const;

export const PHASES = ["None", "Screening", "Drawing", "Voting", "Decided", "Settled", "Voided"] as const;
export type Phase = (typeof PHASES)[number];

/** Where a batch stands. Deadlines in seconds; `committed` and `revealed` are masks with bit `j` for seat `j`. */
export type Status = Readonly<Record<(typeof STATUS_BITS)[number][0], number>>;

const NOTHING: Status = {
  phase: 0,
  round: 0,
  seats: 0,
  committed: 0,
  revealed: 0,
  entropyBlock: 0,
  deadline: 0,
  revealDeadline: 0,
  positions: 0,
  items: 0,
};

/** A status in a phase; what is not named is zero. */
export function statusOf(phase: Phase, fields: Partial<Omit<Status, "phase">>): Status {
  return { ...NOTHING, ...fields, phase: PHASES.indexOf(phase) };
}

/** @throws RangeError where a field does not fit its bits. */
export function packStatus(status: Status): bigint {
  let word = 0n;
  let shift = 0n;
  for (const [name, bits] of STATUS_BITS) {
    const value = status[name];
    if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** bits) {
      throw new RangeError(`The status's ${name} is ${value}; it needs a whole number of ${bits} bits`);
    }
    word |= BigInt(value) << shift;
    shift += BigInt(bits);
  }
  return word;
}

export function unpackStatus(word: bigint): Status {
  const fields: Record<string, number> = {};
  let rest = word;
  for (const [name, bits] of STATUS_BITS) {
    fields[name] = Number(rest & ((1n << BigInt(bits)) - 1n));
    rest >>= BigInt(bits);
  }
  return fields as Status;
}

/** Whether a mask has a seat. Masks have up to 32 bits, more than the operators of numbers hold. */
export function hasSeat(mask: number, seat: number): boolean {
  return Math.floor(mask / 2 ** seat) % 2 === 1;
}

/** A mask with one more seat. */
export function withSeat(mask: number, seat: number): number {
  return hasSeat(mask, seat) ? mask : mask + 2 ** seat;
}

export function seatCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
