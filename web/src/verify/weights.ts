import { isBefore, type Position } from "./events";
import { need } from "./failure";

/** All weights together, at most: the contract's tree takes no heavier one beyond it. */
const MOST_WEIGHT = 2 ** 28 - 1;

interface Place {
  reviewer: string;
  weight: number;
  readonly changes: { readonly at: Position; readonly reviewer: string; readonly weight: number }[];
}

/** What every reviewer weighed in draws, at any time: the contract's stake tree, replayed. */
export class Weights {
  readonly #places = new Map<number, Place>();
  readonly #of = new Map<string, number>();
  #total = 0;

  /** The place that a reviewer holds; undefined where another has taken it, or there never was one. */
  placeOf(reviewer: string): number | undefined {
    return this.#of.get(reviewer);
  }

  /** Gives a reviewer its place. @throws StepFailed where it has another, or somebody who weighs something holds it. */
  seat(reviewer: string, place: number): void {
    const held = this.#of.get(reviewer) ?? place;
    need(held === place, `${reviewer} moved from place ${held} to place ${place} of the stake tree`);
    const found = this.#places.get(place) ?? { reviewer, weight: 0, changes: [] };
    this.#places.set(place, found);
    if (found.reviewer !== reviewer) {
      need(found.weight === 0, `two reviewers hold place ${place} of the stake tree`);
      this.#of.delete(found.reviewer);
      found.reviewer = reviewer;
    }
    this.#of.set(reviewer, place);
  }

  /** Sets what a reviewer weighs; false, and nothing done, where all weights together would be too many. */
  weigh(reviewer: string, weight: number, at: Position): boolean {
    const found = this.#places.get(this.#of.get(reviewer) ?? -1);
    if (!found) return true;
    if (weight > found.weight && this.#total + weight - found.weight > MOST_WEIGHT) return false;
    if (weight !== found.weight) {
      this.#total += weight - found.weight;
      found.weight = weight;
      found.changes.push({ at, reviewer, weight });
    }
    return true;
  }

  /** The reviewers in the order of their places with their weights, at the end of a block. */
  atEndOf(block: number): { readonly reviewer: string; readonly weight: number }[] {
    const after = { block: block + 1, logIndex: -1 };
    const ordered = [...this.#places].sort(([a], [b]) => a - b);
    return ordered.flatMap(([, { changes }]) => {
      const last = changes.filter(({ at }) => isBefore(at, after)).at(-1);
      return last ? [last] : [];
    });
  }
}
