import { describe, expect, it } from "vitest";
import { counts, emptyDraft, judged, nextOpen, redone, undone } from "./draft";

describe("a draft of verdicts", () => {
  it("takes verdicts and counts them", () => {
    const draft = judged(judged(emptyDraft(4), [0, 1], true), [1], false);
    expect(draft.verdicts).toEqual([true, false, null, null]);
    expect(counts(draft)).toEqual({ accepted: 1, rejected: 1, open: 2 });
  });

  it("undoes and redoes action by action, a range as one", () => {
    const ranged = judged(emptyDraft(5), [1, 2, 3], false);
    const draft = judged(ranged, [2], true);
    expect(undone(draft).verdicts).toEqual(ranged.verdicts);
    expect(undone(undone(draft)).verdicts).toEqual(emptyDraft(5).verdicts);
    expect(redone(redone(undone(undone(draft)))).verdicts).toEqual(draft.verdicts);
  });

  it("forgets what was undone once something else is done", () => {
    const draft = judged(undone(judged(emptyDraft(2), [0], true)), [1], true);
    expect(redone(draft)).toBe(draft);
  });

  it("is the same draft when nothing changes", () => {
    const draft = judged(emptyDraft(2), [0], true);
    expect(judged(draft, [0], true)).toBe(draft);
    expect(judged(draft, [7], true)).toBe(draft);
    expect(undone(emptyDraft(2)).verdicts).toEqual([null, null]);
  });

  it("finds the next picture that nothing was said of, round the end", () => {
    const draft = judged(emptyDraft(3), [1, 2], true);
    expect(nextOpen(draft, 1)).toBe(0);
    expect(nextOpen(judged(draft, [0], false), 0)).toBeNull();
  });

  it("is what its actions say, whatever their order of undoing", () => {
    // A walk of 400 random actions beside a naive twin that keeps every state.
    let seed = 7;
    const chance = (below: number) => {
      seed = (seed * 48271) % 2147483647;
      return seed % below;
    };
    let draft = emptyDraft(9);
    const states = [draft.verdicts];
    let at = 0;
    for (let step = 0; step < 400; step++) {
      const action = chance(4);
      if (action < 2) {
        const next = judged(draft, [chance(9), chance(9)], [true, false, null][chance(3)] ?? null);
        if (next !== draft) states.splice(++at, states.length, next.verdicts);
        draft = next;
      } else if (action === 2) {
        draft = undone(draft);
        at = Math.max(0, at - 1);
      } else {
        draft = redone(draft);
        at = Math.min(states.length - 1, at + 1);
      }
      expect(draft.verdicts).toEqual(states[at]);
    }
  });
});
