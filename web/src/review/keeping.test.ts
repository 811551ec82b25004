import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Draft, emptyDraft, judged, redone, undone } from "./draft";
import { Keeper, keepDraft, keptDraft, keptVerdicts } from "./keeping";

const kept = new Map<string, string>();
const page = Object.assign(new EventTarget(), { hidden: false });
const frames = new Map<number, () => void>();

/** Paints the frame that was asked for, and does what was left for after it. */
async function paint(): Promise<void> {
  const asked = [...frames.values()];
  frames.clear();
  for (const frame of asked) frame();
  await new Promise((resolve) => setTimeout(resolve, 5));
}

beforeEach(() => {
  kept.clear();
  frames.clear();
  page.hidden = false;
  vi.stubGlobal("document", page);
  vi.stubGlobal("window", page);
  let asked = 0;
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => {
    frames.set(++asked, frame);
    return asked;
  });
  vi.stubGlobal("cancelAnimationFrame", (number: number) => frames.delete(number));
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

describe("the keeper of a draft", () => {
  const draft = judged(emptyDraft(3), [0], true);
  const newer = judged(draft, [1], false);

  it("keeps the newest draft after the frame, not before", async () => {
    const keeper = new Keeper("seat");
    keeper.later(draft);
    keeper.later(newer);
    expect(kept.size).toBe(0);
    await paint();
    expect(keptDraft("seat", 3)).toEqual(newer);
  });

  it.each(["pagehide", "visibilitychange"])("loses nothing when the page is left before the frame: %s", (leaving) => {
    const keeper = new Keeper("seat");
    const end = keeper.beforeLeaving();
    keeper.later(draft);
    page.dispatchEvent(new Event(leaving));
    expect(keptDraft("seat", 3)).toEqual(draft);
    keeper.later(newer);
    end();
    expect(keptDraft("seat", 3), "a page of the client is left for another").toEqual(newer);
  });

  it("keeps at once in a tab that is hidden, where no frame comes", () => {
    page.hidden = true;
    new Keeper("seat").later(draft);
    expect(keptDraft("seat", 3)).toEqual(draft);
  });

  it("does not keep over what another tab said since", async () => {
    const keeper = new Keeper("seat");
    keeper.later(draft);
    keepDraft("seat", newer);
    keeper.drop();
    await paint();
    expect(keptDraft("seat", 3)).toEqual(newer);
  });
});
