import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Draft, emptyDraft, judged, keepDraft, keptDraft, keptVerdicts, redone, undone } from "./draft";

const kept = new Map<string, string>();

beforeEach(() => {
  kept.clear();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
  });
});

describe("a draft kept in the browser", () => {
  it("comes back with what can be undone and done again", () => {
    const draft = undone(judged(judged(judged(emptyDraft(5), [0, 1], true), [1], false), [4], null));
    keepDraft("seat", draft);
    const again = keptDraft("seat", 5);
    expect(again).toEqual(draft);
    expect(undone(again)).toEqual(undone(draft));
    expect(redone(again)).toEqual(redone(draft));
  });

  it("begins anew where another number of pictures, or nothing to be read, is kept", () => {
    keepDraft("seat", judged(emptyDraft(5), [0], true));
    expect(keptDraft("seat", 6)).toEqual(emptyDraft(6));
    kept.set("sebrus-draft seat", "{");
    expect(keptDraft("seat", 5)).toEqual(emptyDraft(5));
    expect(keptVerdicts("seat", 5)).toBeNull();
  });

  it("keeps the newest steps where there is no room for all", () => {
    let draft: Draft = emptyDraft(2048);
    const all = [...draft.verdicts.keys()];
    for (let step = 0; step < 40; step++) draft = judged(draft, all, step % 2 === 0);
    keepDraft("seat", draft);
    const again = keptDraft("seat", 2048);
    expect(again.verdicts).toEqual(draft.verdicts);
    expect(again.past).toEqual(draft.past.slice(-9));
    expect([...kept.values()][0]?.length).toBeLessThan(200_000);
  });
});
