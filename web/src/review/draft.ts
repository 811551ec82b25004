/** One reviewer's verdicts on a task while they are still theirs alone: local, undoable, not sent. */
export interface Draft {
  /** By position: accept, reject, or nothing said yet. */
  readonly verdicts: readonly (boolean | null)[];
  readonly past: readonly Change[];
  readonly future: readonly Change[];
}

/** What one action changed: positions, and what stood there before and after. */
export interface Change {
  readonly positions: readonly number[];
  readonly before: readonly (boolean | null)[];
  readonly after: boolean | null;
}

const MOST_STEPS = 500;

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
export interface Counts {
  readonly accepted: number;
  readonly rejected: number;
  readonly open: number;
}

/** Counts the verdicts of a draft. */
export function counts(draft: Draft): Counts {
  let accepted = 0;
  let rejected = 0;
  for (const verdict of draft.verdicts) {
    if (verdict === true) accepted++;
    else if (verdict === false) rejected++;
  }
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

/** The positions of which nothing is said. */
export function openPositions(draft: Draft): number[] {
  return draft.verdicts.flatMap((verdict, place) => (verdict === null ? [place] : []));
}

function withAfter(verdicts: Draft["verdicts"], change: Change): (boolean | null)[] {
  const next = [...verdicts];
  for (const place of change.positions) next[place] = change.after;
  return next;
}
