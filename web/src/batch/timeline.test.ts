import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Step } from "../api/queries";
import { timeline } from "./timeline";

function step(name: string, log_index: number, transaction_hash: string, given: Record<string, unknown> = {}): Step {
  return { block_number: 7, log_index, transaction_hash, name, arguments: given, time: 60, gas_used: 90_000 };
}

describe("the timeline of a batch", () => {
  it("says the gas of a transaction once, at its first event", () => {
    const steps = [step("Revealed", 0, "0xa"), step("Concluded", 1, "0xa"), step("Settled", 2, "0xb")];
    expect(timeline(steps).map(({ gas }) => gas)).toEqual([90_000, null, 90_000]);
  });

  it("tells a void batch from a settled one", () => {
    const titles = timeline([
      step("Settled", 0, "0xa", { decided: false }),
      step("Settled", 1, "0xa", { decided: true }),
    ]);
    expect(titles.map(({ title }) => title)).toEqual(["Void", "Settled"]);
  });

  it("has words for every event that the contract has about a batch", () => {
    const source = readFileSync(
      new URL("../../../contracts/src/interfaces/ISebrusEvents.sol", import.meta.url),
      "utf8",
    );
    const names = [...source.matchAll(/event (\w+)\(\s*bytes32 indexed batchId/g)].map(([, name]) => name as string);
    expect(names.length).toBeGreaterThan(10);
    for (const [place, name] of names.entries()) {
      const [said] = timeline([step(name, place, "0xa")]);
      expect(said?.detail, name).not.toBe("");
    }
  });
});
