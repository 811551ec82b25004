import { concat, type Hex, keccak, uintWord } from "./bytes";

const WORD_BITS = 256;

/** Bits packed into 256-bit words: place `i` is bit `i % 256` of word `i / 256`; the padding is zero. */
export function packBits(bits: readonly boolean[]): bigint[] {
  const words: bigint[] = [];
  for (let start = 0; start < bits.length; start += WORD_BITS) {
    // From the highest bit down, as text: shifting bigints bit by bit is quadratic.
    const word = bits.slice(start, start + WORD_BITS).map((bit) => (bit ? "1" : "0"));
    words.push(BigInt(`0b${word.reverse().join("")}`));
  }
  return words;
}

/** The first `count` bits of packed words. */
export function unpackBits(words: readonly bigint[], count: number): boolean[] {
  const bits: boolean[] = [];
  for (const word of words) {
    const text = word.toString(2).padStart(WORD_BITS, "0");
    for (let place = WORD_BITS - 1; place >= 0 && bits.length < count; place--) bits.push(text[place] === "1");
  }
  return bits;
}

/** The keccak-256 of the words, 32 bytes each. */
export function bitmapHash(words: readonly bigint[]): Uint8Array {
  return keccak(concat(...words.map(uintWord)));
}

/** Words as the API writes them. */
export function wordTexts(words: readonly bigint[]): Hex[] {
  return words.map((word): Hex => `0x${word.toString(16).padStart(64, "0")}`);
}

export type Words = readonly bigint[];

const ONES = (1n << 256n) - 1n;

/** The words a bitmap over `count` places has. */
export function wordCount(count: number): number {
  return Math.ceil(count / WORD_BITS);
}

/** Whether words are a bitmap over exactly `count` places: as many as it takes, the padding zero. */
export function isBitmap(words: Words, count: number): boolean {
  if (words.length !== wordCount(count) || words.some((word) => word < 0n || word > ONES)) return false;
  const used = count % WORD_BITS;
  return used === 0 || (words.at(-1) ?? 0n) >> BigInt(used) === 0n;
}

/** The number of ones. */
export function popcount(words: Words): number {
  let ones = 0;
  for (const word of words) {
    for (const digit of word.toString(2)) if (digit === "1") ones++;
  }
  return ones;
}

export function sameWords(a: Words, b: Words): boolean {
  return a.length === b.length && a.every((word, place) => word === b[place]);
}
