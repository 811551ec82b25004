import type { ChainEvent } from "../api/queries";
import { ether } from "../money/amounts";

/** One thing that happened to a batch on chain. */
export interface Happened {
  readonly key: string;
  readonly title: string;
  readonly detail: string;
  readonly block: number;
  readonly transaction: string;
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
  Committed: ({ seat }) => [
    "Committed",
    seat === undefined ? "Reviewers have bound their verdicts." : `Seat ${seat} has bound its verdicts.`,
  ],
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
  AppealSettled: ({ returned }) => ["Appeal settled", `${amount(returned)} of the bond returned`],
  Unseated: () => ["No panel", "Too few reviewers could be drawn."],
  Settled: ({ reward }) => ["Settled", `${amount(reward)} earned by the contributor`],
  Voided: () => ["Voided", "Nothing could be decided; everybody has their money back."],
};

/** A batch's events in words, oldest first. */
export function timeline(events: readonly ChainEvent[]): Happened[] {
  return events.map((event) => {
    const [title, detail] = WORDS[event.name]?.(event.arguments) ?? [event.name, ""];
    return {
      key: `${event.block_number}-${event.log_index}`,
      title,
      detail,
      block: event.block_number,
      transaction: event.transaction_hash,
    };
  });
}

function amount(value: unknown): string {
  return ether(Number(value ?? 0));
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
