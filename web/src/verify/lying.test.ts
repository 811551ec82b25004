import { describe, expect, it } from "vitest";
import { added, Case, type Loose, otherHex } from "./recorded";

// Events that were forged, dropped or added by the node are found, by the step that is there for them.

const STRANGER = "0x00000000000000000000000000000000DeaDBeef";

type Lie = readonly [what: string, lie: (one: Case) => void, step: string, says: string];

const first = (change: (args: Loose) => void) => (args: Loose, number: number) => {
  if (number === 0) change(args);
};

const LIES: readonly Lie[] = [
  [
    "the publication is not there",
    (one) => one.forget(({ name }) => name === "Released"),
    "files",
    "the chain has no release 1",
  ],
  [
    "another manifest was published",
    (one) => one.forge("Released", (args) => Object.assign(args, { manifestHash: otherHex(args.manifestHash) })),
    "files",
    "manifest.json is not the one published on the chain",
  ],
  [
    "the dataset was created under other rules",
    (one) =>
      one.forge(
        "DatasetCreated",
        first((args) => Object.assign(args.params.policy, { quorum: 1 })),
      ),
    "identity",
    "the chain created the dataset with other parameters",
  ],
  [
    "the hash of the rules is another",
    (one) =>
      one.forge(
        "DatasetCreated",
        first((args) => Object.assign(args, { policyHash: otherHex(args.policyHash) })),
      ),
    "identity",
    "the chain has another policy hash",
  ],
  [
    "the dataset was never created",
    (one) => one.forget(({ name }) => name === "DatasetCreated"),
    "identity",
    "never created dataset",
  ],
  [
    "somebody else contributed",
    (one) =>
      one.forge(
        "Submitted",
        first((args) => Object.assign(args, { contributor: STRANGER })),
      ),
    "batches",
    "was submitted otherwise on the chain",
  ],
  [
    "another root was submitted",
    (one) =>
      one.forge(
        "Submitted",
        first((args) => Object.assign(args, { root: otherHex(args.root) })),
      ),
    "batches",
    "was submitted otherwise on the chain",
  ],
  [
    "the batch was void",
    (one) =>
      one.forge(
        "Settled",
        first((args) => Object.assign(args, { decided: false })),
      ),
    "batches",
    "is void: nothing of it was accepted",
  ],
  ["nothing was settled", (one) => one.forget(({ name }) => name === "Settled"), "batches", "has 0 Settled events"],
  ["a draw is hidden", (one) => one.forget(({ name }) => name === "Drawn"), "record", "Committed in block"],
  [
    "a commitment is hidden",
    (one) =>
      one.forge(
        "Committed",
        first((args) => Object.assign(args, { commitments: args.commitments.slice(1) })),
      ),
    "record",
    "has not committed",
  ],
  [
    "a round concluded with another status",
    (one) =>
      one.forge(
        "Concluded",
        first((args) => Object.assign(args, { status: args.status + (1n << 72n) })),
      ),
    "record",
    "concluded with another status than its events give",
  ],
  [
    "other items were flagged",
    (one) =>
      one.forge(
        "ScreeningOpened",
        first((args) => Object.assign(args.opening, { flags: [4n] })),
      ),
    "screening",
    "the screening opened is not the one committed",
  ],
  [
    "other gold was hidden",
    (one) =>
      one.forge(
        "ScreeningOpened",
        first((args) => Object.assign(args.opening, { answers: [0n] })),
      ),
    "screening",
    "the screening opened is not the one committed",
  ],
  [
    "the detector bound itself to something else",
    (one) =>
      one.forge(
        "Screened",
        first((args) => Object.assign(args, { commitment: otherHex(args.commitment) })),
      ),
    "screening",
    "the screening opened is not the one committed",
  ],
  [
    "a verdict was turned round",
    (one) =>
      one.forge(
        "Revealed",
        first((args) => Object.assign(args, { verdicts: [args.verdicts[0] ^ 1n, ...args.verdicts.slice(1)] })),
      ),
    "ballots",
    "does not open its commitment",
  ],
  [
    "a reviewer was replaced",
    (one) =>
      one.forge(
        "Drawn",
        first((args) => Object.assign(args, { panel: [STRANGER, ...args.panel.slice(1)] })),
      ),
    "ballots",
    "does not open its commitment",
  ],
  [
    "another item was accepted",
    (one) =>
      one.forge(
        "Concluded",
        first((args) => Object.assign(args, { accepted: [args.accepted[0] ^ 1n] })),
      ),
    "tally",
    "the chain decided otherwise than the votes and flags say",
  ],
  [
    "another seat counted",
    (one) =>
      one.forge(
        "Concluded",
        first((args) => Object.assign(args, { counted: args.counted ^ 1 })),
      ),
    "tally",
    "the chain counted other seats than the gold passes",
  ],
  [
    "a round that decided is said not to have",
    (one) =>
      one.forge(
        "Concluded",
        first((args) => Object.assign(args, { conclusive: false })),
      ),
    "tally",
    "says otherwise whether the round decided",
  ],
  [
    "more was settled than accepted",
    (one) =>
      one.forge(
        "Settled",
        first((args) => Object.assign(args, { acceptedCount: args.acceptedCount + 1 })),
      ),
    "tally",
    "settled another number of accepted items",
  ],
  [
    "a decision was held too long",
    (one) => one.forge("Held", (args) => Object.assign(args, { deadline: args.deadline > 0 ? 0 : 1 })),
    "tally",
    "the decision is held against the policy",
  ],
  [
    "the larger panel cost more",
    (one) =>
      one.forge(
        "Escalated",
        first((args) => Object.assign(args, { reserve: args.reserve + 1n })),
      ),
    "tally",
    "a larger panel should have looked",
  ],
  [
    "an appeal cost less",
    (one) =>
      one.forge(
        "Appealed",
        first((args) => Object.assign(args, { bond: args.bond - 1n })),
      ),
    "appeals",
    "put up",
  ],
  [
    "an appellant got more",
    (one) =>
      one.forge(
        "AppealSettled",
        first((args) => Object.assign(args, { amount: args.amount + 1n })),
      ),
    "appeals",
    "appellants got something else than the round owes them",
  ],
  [
    "a reviewer was paid more",
    (one) =>
      one.forge(
        "Settled",
        first((args) => Object.assign(args, { results: [args.results[0] + 1n, ...args.results.slice(1)] })),
      ),
    "payouts",
    "the payouts on the chain differ from what the policy gives",
  ],
  [
    "a contributor earned more",
    (one) =>
      one.forge(
        "Settled",
        first((args) => Object.assign(args, { reward: args.reward + 1n })),
      ),
    "payouts",
    "the reward on the chain differ from what the policy gives",
  ],
  [
    "a contributor staked less",
    (one) =>
      one.forge(
        "Submitted",
        first((args) => Object.assign(args, { stake: args.stake - 1n })),
      ),
    "payouts",
    "locked other amounts at submission",
  ],
  [
    "a deposit was larger",
    (one) =>
      one.forge(
        "Deposited",
        first((args) => Object.assign(args, { amount: args.amount + 1n })),
      ),
    "accounts",
    "has other amounts than the events give",
  ],
  [
    "a deposit is hidden",
    (one) => one.forget(({ name }) => name === "Deposited"),
    "accounts",
    "spent more than it had",
  ],
  [
    "a stake does not follow",
    (one) =>
      one.forge(
        "Staked",
        first((args) => Object.assign(args, { stake: args.stake + 1n })),
      ),
    "accounts",
    "does not follow from what was staked, unstaked and slashed",
  ],
  [
    "two reviewers have one place",
    (one) => one.forge("Staked", (args) => Object.assign(args, { index: 0 })),
    "accounts",
    "two reviewers hold place 0 of the stake tree",
  ],
  [
    "the bounty is another",
    (one) => one.override("bountyOf(bytes32)", `0x${"1".padStart(64, "0")}`),
    "accounts",
    "the dataset has another bounty than the events give",
  ],
  [
    "the entropy was chosen",
    (one) =>
      one.forge(
        "Drawn",
        first((args) => Object.assign(args, { entropy: otherHex(args.entropy) })),
      ),
    "panel",
    "the entropy does not follow from the block's hash",
  ],
  [
    "the draw names another epoch",
    (one) =>
      one.forge(
        "Drawn",
        first((args) => Object.assign(args, { epoch: args.epoch + 1 })),
      ),
    "panel",
    "the draw names another epoch than its entropy block's",
  ],
  [
    "an account was linked to somebody in secret",
    (one) =>
      one.forge(
        "Screened",
        first((args) => Object.assign(args, { links: [] })),
      ),
    "panel",
    "the weights and the entropy decide another panel",
  ],
  [
    "an account is said to be linked that was not",
    (one) =>
      one.forge(
        "Screened",
        first((args) => Object.assign(args, { links: [...args.links, STRANGER] })),
      ),
    "seal",
    "kept another record before the settlement",
  ],
  [
    "the contract keeps another outcome",
    (one) => one.override("sealOf(bytes32)", `0x${"11".repeat(32)}`),
    "seal",
    "keeps another outcome than its events give",
  ],
  [
    "another root is on the chain",
    (one) => one.forge("Released", (args) => Object.assign(args, { manifestRoot: otherHex(args.manifestRoot) })),
    "manifest",
    "the chain has another manifest root",
  ],
  [
    "another count is on the chain",
    (one) => one.forge("Released", (args) => Object.assign(args, { itemCount: 45 })),
    "manifest",
    "the chain counts 45 items",
  ],
];

describe("a node that lies", () => {
  for (const [what, lie, step, says] of LIES) {
    it(`is found by ${step}: ${what}`, async () => {
      const one = new Case("rich");
      lie(one);
      const [name, sentence] = (await one.broken()) ?? [];
      expect([name, sentence]).toEqual([step, expect.stringContaining(says)]);
    });
  }

  it("is noted where it forgot the blocks of draws", async () => {
    const one = new Case("rich");
    one.answer = (method, params) => (method === "eth_getBlockByNumber" && params[0] !== "latest" ? null : undefined);
    const report = await one.verify();
    expect(report.steps.every((step) => step.holds)).toBe(true);
    expect(report.notes.join()).toContain("no longer has the entropy block of 8 of 8 draws");
  });

  it("is noted where a settled batch was left out", async () => {
    const one = new Case("poor");
    const submitted = one.events("Submitted").at(-1)?.args;
    const settled = one.events("Settled").at(-1)?.args;
    const batchId = `0x${"22".repeat(32)}`;
    const logs = added(one.logs.slice(0, 1), "Submitted", { ...submitted, batchId });
    const more = added(logs, "Settled", { ...settled, batchId }).slice(1);
    one.logs.push(...more);
    const report = await one.verify();
    expect(report.steps.find((step) => step.name === "batches")?.holds).toBe(true);
    expect(report.notes).toContain("1 settled batches of this dataset are not part of the release.");
  });
});
