import type { Words } from "./bitmap";
import type { Hex } from "./bytes";

// Lists as the contract's events tell them: seats as the bytes of one word, verdicts one after the other.

/** One opening; without verdicts it is a seat that was not opened, and the secret is its commitment. */
export interface Opened {
  readonly seat: number;
  readonly secret: Hex;
  readonly verdicts: Words;
}

/** The first `count` seats of a word, a byte each from the least significant on. */
export function unpackSeats(word: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, at) => Number((word >> BigInt(8 * at)) & 0xffn));
}

/** @throws RangeError where the verdicts are not one bitmap for each seat that is opened. */
export function openedBallots(seats: bigint, mask: bigint, secrets: readonly Hex[], verdicts: Words): Opened[] {
  const isOpened = secrets.map((_, at) => ((mask >> BigInt(at)) & 1n) === 1n);
  const said = splitWords(verdicts, isOpened.filter(Boolean).length);
  const order = unpackSeats(seats, secrets.length);
  return secrets.map((secret, at) => {
    return { seat: order[at] ?? 0, secret, verdicts: isOpened[at] ? (said.shift() ?? []) : [] };
  });
}

function splitWords(words: Words, parts: number): Words[] {
  if (parts === 0 && words.length > 0) throw new RangeError("There are verdicts, but of nobody");
  const length = parts === 0 ? 0 : words.length / parts;
  if (!Number.isInteger(length)) {
    throw new RangeError(`${words.length} words are not ${parts} bitmaps of one length`);
  }
  return Array.from({ length: parts }, (_, at) => words.slice(length * at, length * (at + 1)));
}

/** Payouts and slashes of a settlement, in gwei per seat: above zero it was paid, below it lost. */
export function splitResults(results: readonly bigint[]): { payouts: bigint[]; slashes: bigint[] } {
  return {
    payouts: results.map((result) => (result > 0n ? result : 0n)),
    slashes: results.map((result) => (result < 0n ? -result : 0n)),
  };
}
