import type { Step } from "../api/queries";
import { ether } from "../money/amounts";

/** One thing that happened to a batch on chain. */
export interface Happened {
  readonly key: string;
  readonly title: string;
  readonly detail: string;
  readonly block: number;
  readonly transaction: string;
  /** In seconds since 1970; null where the server's node does not say. */
  readonly time: number | null;
  /** Of the whole transaction, said at its first event here; it may have served other batches too. */
  readonly gas: number | null;
}

type Say = (given: Readonly<Record<string, unknown>>) => [title: string, detail: string];

// The words of the contract's events; one without words here is shown by its name.
const WORDS: Record<string, Say> = {
  Submitted: ({ itemCount, stake }) => ["Handed in", `${itemCount} items, ${amount(stake)} staked`],
  Screened: () => ["Screened", "The detector has bound its findings; nobody can change them now."],
  ScreeningSkipped: () => ["Not screened", "The detector did not answer in time."],
  DrawRequested: ({ seats }) => [
    "Panel asked for",
    `${seats} reviewers are drawn by lot from a block that does not exist yet.`,
  ],
  Drawn: ({ panel }) => ["Panel drawn", `${list(panel).length} reviewers`],
  Committed: ({ commitments }) => ["Committed", `${people(list(commitments).length)} bound their verdicts.`],
  Revealed: () => ["Opened", "Verdicts were opened and checked against their commitments."],
  ScreeningOpened: () => ["Findings opened", "What the detector had bound before the vote is public now."],
  Concluded: ({ conclusive }) => [
    "Counted",
    conclusive === false ? "Too few seats counted; nothing is decided." : "The verdicts were counted.",
  ],
  Escalated: ({ round, items }) => [
    "Sent to a larger panel",
    `Round ${round} judges ${items} items that are in doubt.`,
  ],
  Held: () => ["Decided", "The decision is held; anyone may appeal."],
  Appealed: ({ bond }) => ["Appealed", `with a bond of ${amount(bond)}`],
  AppealSettled: (told) => ["Appeal settled", `${amount(told.amount)} returned to the appellant`],
  Unseated: () => ["No panel", "Too few reviewers could be drawn."],
  Settled: ({ decided, reward }) =>
    decided === false
      ? ["Void", "Nothing could be decided; the stake went back."]
      : ["Settled", `${amount(reward)} earned by the contributor`],
};

/** A batch's steps in words, oldest first. */
export function timeline(steps: readonly Step[]): Happened[] {
  const told = new Set<string>();
  return steps.map((step) => {
    const [title, detail] = WORDS[step.name]?.(step.arguments) ?? [step.name, ""];
    const first = !told.has(step.transaction_hash);
    told.add(step.transaction_hash);
    return {
      key: `${step.block_number}-${step.log_index}`,
      title,
      detail,
      block: step.block_number,
      transaction: step.transaction_hash,
      time: step.time,
      gas: first ? step.gas_used : null,
    };
  });
}

function people(count: number): string {
  return count === 1 ? "One reviewer" : `${count} reviewers`;
}

function amount(value: unknown): string {
  return ether(Number(value ?? 0));
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
