import { readFileSync } from "node:fs";
import { bytesToHex, hexToBytes } from "viem";
import { describe, expect, it } from "vitest";
import { bitmapHash, isBitmap, popcount, type Words, wordCount, wordTexts } from "./bitmap";
import type { Hex } from "./bytes";
import { drawEntropy, drawPanel, entropyBlock } from "./draw";
import { POLICY_FIELDS, type Policy, panelHash } from "./identity";
import { BatchRecord, extendAppeals, extendExcluded, questionHash, roundDigest, runningDigest } from "./record";
import { drawWeight, judged, tierOf } from "./reputation";
import { judgeRound, settleBatch } from "./settlement";
import { PHASES, packStatus, type Status, unpackStatus } from "./status";
import { type Decision, decisionHash, tallyRound, type VotedRound } from "./tally";

// The same vectors that the contract and the Python package are held against (tests/vectors/README.md).
function cases(name: string) {
  const told = JSON.parse(readFileSync(new URL(`../../../tests/vectors/${name}.json`, import.meta.url), "utf8"));
  return Array.from({ length: told.cases }, (_, number) => told[`case${number}`]);
}

const words = (texts: string[]): Words => texts.map(BigInt);
const ZERO = new Uint8Array(32);

function policyOf(values: string[]): Policy {
  return Object.fromEntries(POLICY_FIELDS.map(([name], at) => [name, Number(values[at])])) as Policy;
}

/** Cuts a flat list of words into bitmaps over so many places. */
function bitmaps(flat: Words, places: number): Words[] {
  const width = wordCount(places);
  return Array.from({ length: flat.length / width }, (_, at) => flat.slice(at * width, (at + 1) * width));
}

describe("rounds", () => {
  cases("rounds").forEach((told, number) => {
    it(`are tallied like everywhere, case ${number}`, () => {
      const status = unpackStatus(BigInt(told.status));
      expect(packStatus(status)).toBe(BigInt(told.status));
      const said = bitmaps(words(told.verdicts), status.positions);
      const round: VotedRound = {
        status,
        panel: told.panel,
        revealed: told.revealed_seats.map((seat: string, at: number) => ({ seat: Number(seat), verdicts: said[at] })),
        question: words(told.question),
        gold: told.opened ? words(told.gold) : [],
        answers: told.opened ? words(told.answers) : [],
      };
      const before: Decision | null = told.decided_before
        ? {
            accepted: words(told.accepted_before),
            panelAccepted: words(told.panel_accepted_before),
            flags: words(told.flags_before),
          }
        : null;
      const flags = words(told.flags);
      const tally = tallyRound(policyOf(told.policy), Number(told.item_count), round, before, told.screened, flags);
      expect(tally.counted).toBe(Number(told.counted));
      expect(tally.conclusive).toBe(told.conclusive);
      expect(tally.items).toBe(Number(told.items_after));
      expect(wordTexts(tally.question)).toEqual(told.question_after);
      expect(tally.decision !== null).toBe(told.decided);
      if (tally.decision) {
        expect(wordTexts(tally.decision.accepted)).toEqual(told.accepted);
        expect(wordTexts(tally.decision.panelAccepted)).toEqual(told.panel_accepted);
        expect(bytesToHex(decisionHash(tally.decision))).toBe(told.decision_hash);
      }
      const votes = round.revealed.map(({ seat, verdicts }) => [seat, bitmapHash(verdicts)] as const);
      expect(bytesToHex(runningDigest(votes))).toBe(told.votes_digest);
      const digest = roundDigest(
        packStatus(status),
        panelHash(told.panel),
        runningDigest(votes),
        questionHash(round.question),
        told.opened ? bitmapHash(round.gold) : ZERO,
        told.opened ? bitmapHash(round.answers) : ZERO,
      );
      expect(bytesToHex(digest)).toBe(told.round_digest);
    });
  });

  it("refuse verdicts that do not fit", () => {
    const [told] = cases("rounds");
    const status = unpackStatus(BigInt(told.status));
    const round = { status, panel: told.panel, revealed: [], question: [], gold: [], answers: [] };
    expect(() => tallyRound(policyOf(told.policy), 64, round, null, false, [])).toThrow("have revealed");
  });
});

/** Takes a flat list apart, piece by piece. */
function taker<T>(flat: readonly T[]): (count: number) => T[] {
  let at = 0;
  return (count) => {
    at += count;
    return flat.slice(at - count, at);
  };
}

describe("settlements", () => {
  cases("settlement").forEach((told, number) => {
    if (!told.decided) return; // a void batch is in no release
    it(`pay what the policy says, case ${number}`, () => {
      const panels = taker<string>(told.panels);
      const seats = taker<string>(told.revealed_seats);
      const verdicts = taker(words(told.verdicts));
      const questions = taker(words(told.questions));
      const gold = taker(words(told.gold));
      const answers = taker(words(told.answers));
      const rounds: VotedRound[] = told.statuses.map((text: string, at: number) => {
        const status = unpackStatus(BigInt(text));
        const width = wordCount(status.positions);
        const revealed = status.revealed.toString(2).replaceAll("0", "").length;
        return {
          status,
          panel: panels(status.seats),
          revealed: seats(revealed).map((seat) => ({ seat: Number(seat), verdicts: verdicts(width) })),
          question: questions(Number(told.question_words[at])),
          gold: told.opened[at] ? gold(width) : [],
          answers: told.opened[at] ? answers(width) : [],
        };
      });
      const decision = { accepted: words(told.accepted), panelAccepted: words(told.panel_accepted), flags: [] };
      const count = Number(told.item_count);
      const judged = rounds.flatMap((round) => judgeRound(round, count, decision));
      expect(judged.map(({ youden }) => String(youden[0]))).toEqual(told.youden_numerators);
      expect(judged.map(({ youden }) => String(youden[1]))).toEqual(told.youden_denominators);
      expect(judged.map((one) => String(one.goldSeen))).toEqual(told.gold_seen);
      expect(judged.map((one) => String(one.goldRight))).toEqual(told.gold_right);
      expect(judged.map((one) => String(one.itemsSeen))).toEqual(told.items_seen);
      expect(judged.map((one) => String(one.itemsCoherent))).toEqual(told.items_coherent);
      const money = settleBatch(policyOf(told.policy), count, rounds, decision);
      expect(money.payouts.map(String)).toEqual(told.payouts);
      expect(money.slashes.map(String)).toEqual(told.slashes);
      expect(String(money.stakeReturned)).toBe(told.stake_returned);
      expect(String(money.reward)).toBe(told.reward);
      expect(String(money.bountyReturned)).toBe(told.bounty_returned);
    });
  });
});

const STATUS_NAMES: Record<keyof Status, string> = {
  phase: "phase",
  round: "round",
  seats: "seats",
  committed: "committed",
  revealed: "revealed",
  entropyBlock: "entropy_block",
  deadline: "deadline",
  revealDeadline: "reveal_deadline",
  positions: "positions",
  items: "items",
};

describe("records", () => {
  cases("record").forEach((told, number) => {
    it(`have the contract's words and seals, case ${number}`, () => {
      told.seals.forEach((seal: string, at: number) => {
        const [, ...hashes] = told.records.slice(9 * at, 9 * at + 9) as Hex[];
        const status = Object.fromEntries(
          Object.entries(STATUS_NAMES).map(([ours, theirs]) => [ours, Number(told[theirs][at])]),
        ) as Status;
        const [screening, panel, ballots, question, decision, excluded, appeals, history] = hashes.map((one) =>
          hexToBytes(one),
        ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
        const named = { screening, panel, ballots, question, decision, excluded, appeals, history };
        const record = new BatchRecord(status, named);
        expect(record.words.map((one) => bytesToHex(one))).toEqual(told.records.slice(9 * at, 9 * at + 9));
        expect(record.seal()).toBe(seal);
      });
    });

    it(`have its digests, case ${number}`, () => {
      const accounts = taker<string>(told.excluded_accounts);
      const lists: string[][] = told.excluded_lengths.map((length: string) => accounts(Number(length)));
      const excluded = lists.reduce<Uint8Array>((digest, list) => extendExcluded(digest, panelHash(list)), ZERO);
      expect(bytesToHex(excluded)).toBe(told.excluded);
      const ballots = told.ballot_seats.map((seat: string, at: number) => [
        Number(seat),
        hexToBytes(told.ballot_commitments[at]),
      ]);
      expect(bytesToHex(runningDigest(ballots))).toBe(told.ballots);
      const width = told.appeal_items.length / told.appellants.length;
      const items = taker(words(told.appeal_items));
      const appeals = (told.appellants as string[]).reduce<Uint8Array>(
        (digest, appellant) => extendAppeals(digest, appellant, items(width)),
        ZERO,
      );
      expect(bytesToHex(appeals)).toBe(told.appeals);
    });
  });

  it("follow only where an event can", () => {
    const record = BatchRecord.submitted(3, 99);
    expect(record.phase).toBe("Screening");
    expect(() => record.drawn([])).toThrow("The batch is Screening: this cannot happen now");
    expect(() => record.screened(ZERO, ZERO, 2, [])).toThrow("2 positions cannot show 3 items");
    expect(() => record.skipped(2)).toThrow("Round 0 cannot go on as round 2");
    const voting = record.skipped(0).drawRequested(3, 5, 6, 7).drawn(["0x01", "0x02"]);
    expect(voting.status.phase).toBe(PHASES.indexOf("Voting"));
    expect(() => voting.committed([[2, ZERO]])).toThrow("There is no seat 2");
    expect(() => voting.revealed([0])).toThrow("Seat 0 has not committed");
    const committed = voting.committed([[1, ZERO]]);
    expect(() => committed.committed([[1, ZERO]])).toThrow("Seat 1 has committed already");
    expect(committed.concluded([], ZERO).held(0).atRest).toBe(true);
  });
});

describe("draws", () => {
  cases("draw").forEach((told, number) => {
    it(`seat the same panel, case ${number}`, () => {
      const entropy = drawEntropy(told.block_hash, told.batch_id, Number(told.round));
      expect(entropy).toBe(told.entropy);
      const excluded = new Set<number>(told.excluded.map(Number));
      expect(drawPanel(told.weights.map(Number), excluded, entropy, Number(told.seats)).map(String)).toEqual(
        told.panel,
      );
    });
  });

  it("keep away from the last quarter of an epoch", () => {
    expect(entropyBlock(10, 1, 32)).toBe(11);
    expect(entropyBlock(22, 1, 32)).toBe(23);
    expect(entropyBlock(23, 1, 32)).toBe(32);
  });
});

describe("reputation", () => {
  cases("reputation").forEach((told, number) => {
    it(`fades and weighs alike, case ${number}`, () => {
      const record = ([goldSeen = 0, goldRight = 0, itemsSeen = 0, itemsCoherent = 0]: number[]) => {
        return { goldSeen, goldRight, itemsSeen, itemsCoherent };
      };
      const after = judged(record(told.before.map(Number)), record(told.more.map(Number)));
      expect(after).toEqual(record(told.after.map(Number)));
      expect(String(tierOf(after))).toBe(told.tier);
      expect(String(drawWeight(BigInt(told.stake), tierOf(after), BigInt(told.min_stake)))).toBe(told.weight);
    });
  });
});

describe("bitmaps of strangers", () => {
  it("are taken only with zeros beyond their last place", () => {
    expect(isBitmap([7n], 3)).toBe(true);
    expect(isBitmap([8n], 3)).toBe(false);
    expect(isBitmap([7n, 0n], 3)).toBe(false);
    expect(isBitmap([(1n << 256n) - 1n], 256)).toBe(true);
    expect(isBitmap([1n << 256n], 256)).toBe(false);
    expect(popcount([7n, 1n << 255n])).toBe(4);
  });
});
