import { describe, expect, it } from "vitest";
import { changed, filterOf, queryOf } from "./filter";

const SOMEBODY = `0x${"1a".repeat(20)}`;

describe("the filter in an address", () => {
  it("is read as it was written", () => {
    const filter = { label: 3, status: "held", contributor: SOMEBODY, from: 10, to: 12 } as const;
    expect(filterOf(filter)).toEqual(filter);
    expect(queryOf(filter)).toEqual({
      label: 3,
      status: "held",
      contributor: SOMEBODY,
      first_block: 10,
      last_block: 12,
    });
  });

  it("is without what makes no sense", () => {
    const nonsense = { label: -1, status: "good", contributor: "me", from: "3", to: 1.5, more: 1 };
    expect(filterOf(nonsense)).toEqual({});
    expect(filterOf({ label: 65_536 })).toEqual({});
  });

  it("loses a part that is taken away, and keeps the others", () => {
    expect(changed({ label: 3, status: "held" }, { status: undefined, from: 0 })).toEqual({ label: 3, from: 0 });
  });
});
