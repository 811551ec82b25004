import { type Change, type Draft, emptyDraft } from "./draft";

// A draft survives a reload with its history, and other tabs read it: one letter a position.
const LETTERS = new Map<boolean | null, string>([
  [true, "a"],
  [false, "r"],
  [null, "-"],
]);
const VERDICTS = new Map([...LETTERS].map(([verdict, letter]) => [letter, verdict]));

const MOST_KEPT_POSITIONS = 20_000;

interface Kept {
  readonly verdicts: string;
  readonly past: readonly KeptChange[];
  readonly future: readonly KeptChange[];
}

type KeptChange = readonly [positions: readonly number[], before: string, after: string];

/** Keeps a seat's draft in this browser. */
export function keepDraft(seat: string, draft: Draft): void {
  const kept: Kept = {
    verdicts: lettersOf(draft.verdicts),
    past: recent([...draft.past].reverse()).reverse(),
    future: recent(draft.future),
  };
  localStorage.setItem(keyOf(seat), JSON.stringify(kept));
}

/** Keeps a seat's drafts a moment after they are seen: the work must not stand between a key and the frame that shows its verdict. */
export class Keeper {
  #waiting: Draft | null = null;
  #frame = 0;

  constructor(readonly seat: string) {}

  /** Keeps a draft once its frame is painted, or at once where no frame will come. */
  later(draft: Draft): void {
    if (this.#waiting === null) this.#frame = requestAnimationFrame(() => setTimeout(() => this.now()));
    this.#waiting = draft;
    if (document.hidden) this.now();
  }

  /** Keeps what still waits to be kept. */
  now(): void {
    const waiting = this.#waiting;
    this.drop();
    if (waiting) keepDraft(this.seat, waiting);
  }

  /** Forgets what still waits: another tab has said something newer. */
  drop(): void {
    cancelAnimationFrame(this.#frame);
    this.#waiting = null;
  }

  /** Leaves nothing waiting when the page is left, reloaded or put aside; returns what ends that. */
  beforeLeaving(): () => void {
    const leaving = () => this.now();
    window.addEventListener("pagehide", leaving);
    document.addEventListener("visibilitychange", leaving);
    return () => {
      this.now();
      window.removeEventListener("pagehide", leaving);
      document.removeEventListener("visibilitychange", leaving);
    };
  }
}

/** The draft kept for a seat, or an empty one. */
export function keptDraft(seat: string, positions: number): Draft {
  const empty = emptyDraft(positions);
  try {
    const kept = JSON.parse(localStorage.getItem(keyOf(seat)) ?? "null") as Kept | null;
    if (kept?.verdicts.length !== positions) return empty;
    return { verdicts: verdictsOf(kept.verdicts), past: kept.past.map(changeOf), future: kept.future.map(changeOf) };
  } catch {
    return empty;
  }
}

/** Calls back with a seat's draft whenever another tab changes it; returns what ends it. */
export function onKeptDraft(seat: string, positions: number, changed: (draft: Draft) => void): () => void {
  const listener = ({ key }: StorageEvent) => {
    if (key === keyOf(seat)) changed(keptDraft(seat, positions));
  };
  window.addEventListener("storage", listener);
  return () => window.removeEventListener("storage", listener);
}

/** The changes from the first on that there is room for: selecting everything again and again must not fill the browser. */
function recent(changes: readonly Change[]): KeptChange[] {
  let room = MOST_KEPT_POSITIONS;
  const fitting: KeptChange[] = [];
  for (const { positions, before, after } of changes) {
    room -= positions.length;
    if (room < 0) break;
    fitting.push([positions, lettersOf(before), lettersOf([after])]);
  }
  return fitting;
}

function changeOf([positions, before, after]: KeptChange): Change {
  return { positions, before: verdictsOf(before), after: verdictsOf(after)[0] ?? null };
}

function lettersOf(verdicts: readonly (boolean | null)[]): string {
  return verdicts.map((verdict) => LETTERS.get(verdict)).join("");
}

function verdictsOf(letters: string): (boolean | null)[] {
  return [...letters].map((letter) => VERDICTS.get(letter) ?? null);
}

/** The verdicts that were committed to, which the opening needs again. */
export function keptVerdicts(seat: string, positions: number): boolean[] | null {
  const { verdicts } = keptDraft(seat, positions);
  return verdicts.includes(null) ? null : (verdicts as boolean[]);
}

function keyOf(seat: string): string {
  return `sebrus-draft ${seat}`;
}
