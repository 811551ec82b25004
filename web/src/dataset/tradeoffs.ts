import type { PolicyField } from "../protocol/identity";

/** One rule of a dataset as its owner meets it: what it is, in which unit, and what more or less of it does. */
export interface Rule {
  readonly field: PolicyField;
  readonly name: string;
  readonly unit: "ether" | "duration" | "share" | "count";
  readonly tradeoff: string;
}

/** The rules that an owner is asked about, by what they are about. The others keep their advised values. */
export const RULES: readonly { readonly about: string; readonly rules: readonly Rule[] }[] = [
  {
    about: "Contributors",
    rules: [
      {
        field: "itemStake",
        name: "Stake for an image",
        unit: "ether",
        tradeoff:
          "Low: anybody can start at once, and flooding you with rubbish is cheap. High: attackers think twice, and so do newcomers. Zero: nobody needs a deposit.",
      },
      {
        field: "itemReward",
        name: "Reward for an accepted image",
        unit: "ether",
        tradeoff: "Low: few come. High: the bounty ends sooner.",
      },
      {
        field: "rejectedSlashBps",
        name: "Part of the stake that a rejected image loses",
        unit: "share",
        tradeoff: "Low: careless batches cost their sender little. High: an honest mistake costs as much as an attack.",
      },
      {
        field: "maxItems",
        name: "Images in a batch at most",
        unit: "count",
        tradeoff: "Small: decisions come soon, each costs more gas. Large: cheaper, and reviewers need more patience.",
      },
    ],
  },
  {
    about: "Reviewers",
    rules: [
      {
        field: "panelSize",
        name: "Reviewers in a first panel",
        unit: "count",
        tradeoff:
          "An odd number. Small: cheap and quick, more goes to the next panel. Large: surer, and each image costs more.",
      },
      {
        field: "reviewFee",
        name: "Fee for a verdict on an image",
        unit: "ether",
        tradeoff: "Low: few stake to review, panels are small. High: it adds up, times the panel, for every image.",
      },
      {
        field: "seatStake",
        name: "Stake of a seat",
        unit: "ether",
        tradeoff:
          "Low: judging carelessly risks little. High: fewer reviewers can afford to sit, above all in several panels.",
      },
    ],
  },
  {
    about: "Time",
    rules: [
      {
        field: "commitWindow",
        name: "Time to vote",
        unit: "duration",
        tradeoff: "Short: quick decisions, and whoever sleeps misses them. Long: the slowest reviewer sets the pace.",
      },
      {
        field: "revealWindow",
        name: "Time to open the votes",
        unit: "duration",
        tradeoff: "Short: who does not come back in time loses a part of the seat's stake.",
      },
      {
        field: "holdWindow",
        name: "Time to appeal",
        unit: "duration",
        tradeoff: "Short: money comes soon, late findings come too late. Long: what is found afterwards is not paid.",
      },
    ],
  },
];

const DAY = 86_400;

/** A rule's value as a person writes it. */
export function written(rule: Rule, value: number): string {
  if (rule.unit === "ether") return String(value / 1e9);
  if (rule.unit === "share") return String(value / 100);
  if (rule.unit === "duration") return String(value / 3600);
  return String(value);
}

/** What a person wrote, as the contract takes it; null where it is no such value. */
export function readRule(rule: Rule, text: string): number | null {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number) || number < 0) return null;
  const factor = { ether: 1e9, share: 100, duration: 3600, count: 1 }[rule.unit];
  const value = Math.round(number * factor);
  const most = { ether: 2 ** 48, share: 10_000, duration: 30 * DAY, count: 4096 }[rule.unit];
  if (rule.field === "panelSize" && (value % 2 === 0 || value > 9)) return null;
  if (rule.unit === "count" && value !== number) return null;
  return value <= most ? value : null;
}

/** The unit that a rule's field is written in. */
export const UNITS: Record<Rule["unit"], string> = { ether: "ETH", duration: "hours", share: "%", count: "" };
