import { type Dispatch, type SetStateAction, useCallback, useState } from "react";

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

/** A selection of a grid, and what changes it. */
export function useSelection(): [
  Selection,
  Dispatch<SetStateAction<Selection>>,
  (place: number, how: { range: boolean; toggle: boolean }) => void,
] {
  const [selection, select] = useState<Selection>({ active: 0, selected: new Set() });
  const pick = useCallback(
    (place: number, how: { range: boolean; toggle: boolean }) => select((now) => picked(now, place, how)),
    [],
  );
  return [selection, select, pick];
}

function range(from: number, to: number): number[] {
  const [low, high] = from < to ? [from, to] : [to, from];
  return Array.from({ length: high - low + 1 }, (_, step) => low + step);
}

function union(set: ReadonlySet<number>, more: readonly number[]): Set<number> {
  return new Set([...set, ...more]);
}
