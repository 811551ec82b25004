import { readFileSync } from "node:fs";
import { bytesToHex, hexToBytes } from "viem";
import { describe, expect, it } from "vitest";
import { type Chance, encodeOpening, type Seat, sealOpening } from "./envelope";

// Made by the Python package, whose keeper opens each of them (tests/sealing/test_golden_vectors.py).
const vectors = JSON.parse(readFileSync(new URL("../../../tests/vectors/sealed.json", import.meta.url), "utf8"));
const numbers = Array.from({ length: vectors.cases }, (_, number) => number);

function read(number: number) {
  const told = vectors[`case${number}`];
  const seat: Seat = {
    chainId: Number(told.chain_id),
    contract: told.contract,
    batchId: told.batch_id,
    round: Number(told.round),
    seat: Number(told.seat),
    reviewer: told.reviewer,
    commitment: told.commitment,
  };
  const chance: Chance = {
    contentKey: hexToBytes(told.content_key),
    blinding: hexToBytes(told.blinding),
    ephemeral: hexToBytes(told.ephemeral_private),
  };
  const opening = encodeOpening(seat.seat, told.salt, told.verdicts.map(BigInt));
  return { told, seat, chance, opening };
}

describe("a sealed opening", () => {
  for (const number of numbers) {
    it(`is the Python package's, byte for byte, case ${number}`, () => {
      const { told, seat, chance, opening } = read(number);
      expect(bytesToHex(opening)).toBe(told.opening);
      expect(JSON.stringify(sealOpening(opening, seat, told.keeper, chance))).toBe(told.envelope);
    });
  }

  it("is for one seat: nothing of it is the same for another", () => {
    const { told, seat, chance, opening } = read(0);
    const [one, other] = [seat, { ...seat, round: seat.round + 1 }].map((where) =>
      sealOpening(opening, where, told.keeper, chance),
    );
    expect(other?.ciphertext).not.toBe(one?.ciphertext);
    expect(other?.shares[0]?.ciphertext).not.toBe(one?.shares[0]?.ciphertext);
  });

  it("is another each time, for what is random is drawn anew", () => {
    const { told, seat, opening } = read(0);
    const [one, again] = [1, 2].map(() => sealOpening(opening, seat, told.keeper));
    expect(one?.ciphertext).not.toBe(again?.ciphertext);
    expect(one?.shares[0]?.encapsulated).not.toBe(again?.shares[0]?.encapsulated);
  });
});
