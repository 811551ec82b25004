import { describe, expect, it } from "vitest";
import type { Batch } from "../api/queries";
import { earningsOf } from "./earnings";

function batch(phase: string, change: Partial<Batch> = {}): Batch {
  return { id: phase, dataset_id: "0xda", phase, stake: 100, accepted: null, deadline: 0, ...change } as Batch;
}

const word = (bits: bigint) => `0x${bits.toString(16).padStart(64, "0")}`;

describe("the earnings of a contributor", () => {
  it("are what held decisions come to, the next to be paid first", () => {
    const later = batch("Decided", { accepted: [word(0b1011n), word(1n)], deadline: 20 });
    const sooner = batch("Decided", { accepted: [word(0b1n)], deadline: 10 });
    const { held, coming, staked } = earningsOf([later, sooner, batch("Voting")], () => 5);
    expect(held.map(({ reward, due }) => [due, reward])).toEqual([
      [10, 5],
      [20, 20],
    ]);
    expect([coming, staked]).toEqual([25, 300]);
  });

  it("are nothing of what is over, or not decided", () => {
    const over = ["Settled", "Voided", "Refused"].map((phase) => batch(phase, { accepted: [word(1n)] }));
    expect(earningsOf([...over, batch("Decided")], () => 5)).toEqual({ held: [], coming: 0, staked: 100 });
  });
});
