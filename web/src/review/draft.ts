/** One reviewer's verdicts on a task while they are still theirs alone: local, undoable, not sent. */
export interface Draft {
  /** By position: accept, reject, or nothing said yet. */
  readonly verdicts: readonly (boolean | null)[];
  readonly past: readonly Change[];
  readonly future: readonly Change[];
}

/** What one action changed: positions, and what stood there before and after. */
interface Change {
  readonly positions: readonly number[];
  readonly before: readonly (boolean | null)[];
  readonly after: boolean | null;
}

const MOST_STEPS = 500;
const MOST_KEPT_POSITIONS = 20_000;

/** A draft of so many positions with nothing said. */
export function emptyDraft(positions: number): Draft {
  return { verdicts: new Array<boolean | null>(positions).fill(null), past: [], future: [] };
}

/** The draft after a verdict on some positions; the same draft where nothing changes. */
export function judged(draft: Draft, positions: readonly number[], verdict: boolean | null): Draft {
  const changing = positions.filter((place) => draft.verdicts[place] !== verdict && place < draft.verdicts.length);
  if (changing.length === 0) return draft;
  const before = changing.map((place) => draft.verdicts[place] ?? null);
  const change: Change = { positions: changing, before, after: verdict };
  return { verdicts: withAfter(draft.verdicts, change), past: [...draft.past, change].slice(-MOST_STEPS), future: [] };
}

/** The draft before its last action. */
export function undone(draft: Draft): Draft {
  const last = draft.past.at(-1);
  if (!last) return draft;
  const verdicts = [...draft.verdicts];
  for (const [at, place] of last.positions.entries()) verdicts[place] = last.before[at] ?? null;
  return { verdicts, past: draft.past.slice(0, -1), future: [last, ...draft.future] };
}

/** The draft with what was undone last done again. */
export function redone(draft: Draft): Draft {
  const [next, ...rest] = draft.future;
  if (!next) return draft;
  return { verdicts: withAfter(draft.verdicts, next), past: [...draft.past, next], future: rest };
}

/** How many verdicts of each kind there are. */
export function counts(draft: Draft): { accepted: number; rejected: number; open: number } {
  const accepted = draft.verdicts.filter((verdict) => verdict === true).length;
  const rejected = draft.verdicts.filter((verdict) => verdict === false).length;
  return { accepted, rejected, open: draft.verdicts.length - accepted - rejected };
}

/** The next position from `from` on with nothing said, round the end; null when all is said. */
export function nextOpen(draft: Draft, from: number): number | null {
  const size = draft.verdicts.length;
  for (let step = 0; step < size; step++) {
    const place = (from + step) % size;
    if (draft.verdicts[place] === null) return place;
  }
  return null;
}

function withAfter(verdicts: Draft["verdicts"], change: Change): (boolean | null)[] {
  const next = [...verdicts];
  for (const place of change.positions) next[place] = change.after;
  return next;
}

// A draft survives a reload with its history, and other tabs read it: one letter a position.
const LETTERS = new Map<boolean | null, string>([
  [true, "a"],
  [false, "r"],
  [null, "-"],
]);
const VERDICTS = new Map([...LETTERS].map(([verdict, letter]) => [letter, verdict]));

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
