import { describe, expect, it } from "vitest";
import { columnsOf } from "./History";

function span(first_block: number, last_block: number, time: number | null = null) {
  return { first_block, last_block, time, batches: 1, items: 10, accepted: 7 };
}

describe("the columns of a history", () => {
  it("stand where their blocks are, also when spans between them are empty", () => {
    const columns = columnsOf([span(100, 109), span(130, 139), span(140, 142)]);
    expect(columns.map(({ place }) => place)).toEqual([0, 3, 4]);
    expect(columns.map(({ key }) => key)).toEqual(["100-109", "130-139", "140-142"]);
    expect(columns[0]?.parts).toEqual([7, 3]);
  });

  it("are named by their time, or by their block where the node does not say", () => {
    const [known, unknown] = columnsOf([span(1, 5, 1_700_000_000), span(6, 10)]);
    expect(known?.name).toMatch(/\d/);
    expect(unknown?.name).toContain("10");
  });

  it("are none without spans", () => {
    expect(columnsOf([])).toEqual([]);
  });
});
