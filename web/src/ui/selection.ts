import { type Dispatch, type KeyboardEvent, type SetStateAction, useCallback, useState } from "react";

/** How many rows a page up or down moves by. */
export const ROWS_OF_A_PAGE = 4;

/** Which tiles of a grid are selected, and which one the keyboard is at. */
export interface Selection {
  readonly active: number;
  readonly selected: ReadonlySet<number>;
}

/** The selection after a click: alone, added or taken away with control, or the range with shift. */
export function picked(now: Selection, place: number, how: { range: boolean; toggle: boolean }): Selection {
  if (how.range) return { active: place, selected: union(now.selected, range(now.active, place)) };
  if (!how.toggle) return { active: place, selected: new Set([place]) };
  const selected = new Set(now.selected);
  if (!selected.delete(place)) selected.add(place);
  return { active: place, selected };
}

/** The selection after the keyboard moved by so many places; `extend` keeps what was selected. */
export function moved(now: Selection, by: number, size: number, extend: boolean): Selection {
  const active = Math.min(size - 1, Math.max(0, now.active + by));
  const added = range(now.active, active);
  return { active, selected: extend ? union(now.selected, added) : new Set([active]) };
}

/** A selection of a grid, at first only a place for the keyboard, and what changes it. */
export function useSelection(
  first = 0,
): [Selection, Dispatch<SetStateAction<Selection>>, (place: number, how: { range: boolean; toggle: boolean }) => void] {
  const [selection, select] = useState<Selection>({ active: first, selected: new Set() });
  const pick = useCallback(
    (place: number, how: { range: boolean; toggle: boolean }) => select((now) => picked(now, place, how)),
    [],
  );
  return [selection, select, pick];
}

/** What the keyboard does in a grid that only selects: arrows, with shift to extend, and what lists usually know. */
export function keysOf(
  select: Dispatch<SetStateAction<Selection>>,
  size: number,
): (event: KeyboardEvent, columns: number) => void {
  return (event, columns) => {
    const steps = new Map([
      ["ArrowLeft", -1],
      ["ArrowRight", 1],
      ["ArrowUp", -columns],
      ["ArrowDown", columns],
      ["PageUp", -columns * ROWS_OF_A_PAGE],
      ["PageDown", columns * ROWS_OF_A_PAGE],
      ["Home", -size],
      ["End", size],
    ]);
    const by = steps.get(event.key);
    if (by !== undefined) select((now) => moved(now, by, size, event.shiftKey));
    else if (event.key === "a" && (event.ctrlKey || event.metaKey))
      select((now) => ({ ...now, selected: new Set(range(0, size - 1)) }));
    else if (event.key === " ") select((now) => picked(now, now.active, { range: false, toggle: true }));
    else return;
    event.preventDefault();
  };
}

function range(from: number, to: number): number[] {
  const [low, high] = from < to ? [from, to] : [to, from];
  return Array.from({ length: high - low + 1 }, (_, step) => low + step);
}

function union(set: ReadonlySet<number>, more: readonly number[]): Set<number> {
  return new Set([...set, ...more]);
}
