import { describe, expect, it } from "vitest";
import { moved, picked, type Selection } from "./selection";

const START: Selection = { active: 2, selected: new Set([2]) };
const ALONE = { range: false, toggle: false };

describe("a selection in a grid", () => {
  it("is what was clicked, alone", () => {
    expect(picked(START, 5, ALONE)).toEqual({ active: 5, selected: new Set([5]) });
  });

  it("grows by the range with shift, in both directions", () => {
    expect(picked(START, 4, { range: true, toggle: false }).selected).toEqual(new Set([2, 3, 4]));
    expect(picked(START, 0, { range: true, toggle: false }).selected).toEqual(new Set([0, 1, 2]));
  });

  it("gains and loses one with control", () => {
    const both = picked(START, 7, { range: false, toggle: true });
    expect(both.selected).toEqual(new Set([2, 7]));
    expect(picked(both, 2, { range: false, toggle: true }).selected).toEqual(new Set([7]));
  });

  it("moves by the keyboard and stops at the ends", () => {
    expect(moved(START, -8, 10, false)).toEqual({ active: 0, selected: new Set([0]) });
    expect(moved(START, 100, 10, false).active).toBe(9);
    expect(moved(START, 2, 10, true).selected).toEqual(new Set([2, 3, 4]));
  });
});
