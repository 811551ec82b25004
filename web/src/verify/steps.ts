/** The steps of a verification in the order of `sebrus verify`, with its names; each relies on those before it. */
export const STEPS = [
  "files",
  "identity",
  "batches",
  "record",
  "screening",
  "tasks",
  "ballots",
  "tally",
  "appeals",
  "payouts",
  "accounts",
  "panel",
  "seal",
  "items",
  "manifest",
  "audit",
] as const;

export type StepName = (typeof STEPS)[number];

/** One step: its name, whether it holds, and one sentence. */
export interface Step {
  readonly name: StepName;
  readonly holds: boolean;
  readonly sentence: string;
}

/** The steps up to the first that does not hold, and what else a reader should know. */
export interface Report {
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
}

/** Hears of a verification while it runs. */
export interface Listener {
  begun(name: StepName): void;
  progress(name: StepName, done: number, all: number): void;
  ended(step: Step): void;
}
