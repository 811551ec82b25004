import { test } from "@playwright/test";

/** What was measured, for the reporter that sums it up. */
export const FIGURE = "figure";

/** Puts down what was measured, by name; never asserted, since timings belong to their machine. */
export function record(name: string, values: readonly number[], unit: string): void {
  test.info().annotations.push({ type: FIGURE, description: JSON.stringify({ name, unit, values }) });
}
