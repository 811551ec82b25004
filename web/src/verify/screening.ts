import { bytesToHex, hashTypedData, hexToBytes } from "viem";
import { bitmapHash, isBitmap, popcount, unpackBits } from "../protocol/bitmap";
import type { Hex } from "../protocol/bytes";
import { screeningWord } from "../protocol/identity";
import { batchTree, type LabelledDigest } from "../protocol/merkle";
import { MESSAGES, typedDomain } from "../protocol/messages";
import { askedItems } from "../protocol/tally";
import type { BatchFile, RoundFile } from "./contents";
import { domainOf, type Evidence, rounds } from "./evidence";
import { need } from "./failure";
import type { Replay, Round } from "./replay";

const MOST_LINKS = 16;
const ZERO = `0x${"0".repeat(64)}`;

/** Step screening: the detector committed before each draw, and what it opened is what it committed. */
export function verifyScreening(evidence: Evidence): string {
  let opened = 0;
  let unopened = 0;
  let silent = 0;
  for (const { batch, round, where } of rounds(evidence)) {
    if (!round.screened) {
      silent++;
      continue;
    }
    checkShown(evidence, round, where);
    if (!round.opening) {
      if (round.concluded) unopened++;
      continue;
    }
    checkOpening(evidence, batch, round, where);
    checkGold(batch, round, where);
    opened++;
  }
  if (unopened > 0) {
    evidence.notes.push(`${unopened} screenings were committed but never opened: their rounds decided nothing.`);
  }
  return `${opened} screenings open what was committed before the draw; ${silent} rounds went without one`;
}

function checkShown({ manifest }: Evidence, round: Round, where: string): void {
  const gold = round.positions - round.items;
  need(gold >= 0 && gold <= manifest.dataset.policy.maxGold, `${where}: ${gold} gold pictures were shown`);
  const { links = [], commitment } = round.screened?.args ?? {};
  need(links.length <= MOST_LINKS, `${where}: more than ${MOST_LINKS} accounts are linked`);
  need(commitment !== ZERO, `${where}: the screening binds nobody`);
}

/** The word that ballots are bound to: zero where nothing was screened. */
export function shownWord(round: Round): Hex {
  if (!round.screened) return ZERO as Hex;
  const { commitment, taskRoot } = round.screened.args;
  return bytesToHex(screeningWord(hexToBytes(commitment), hexToBytes(taskRoot)));
}

function checkOpening(evidence: Evidence, batch: BatchFile, round: Round, where: string): void {
  const { opening } = round;
  if (!opening) return;
  const message = {
    batchId: batch.batchId,
    round: round.number,
    modelHash: opening.modelHash,
    scoresRoot: opening.scoresRoot,
    flagsHash: bytesToHex(bitmapHash(opening.flags)),
    goldHash: bytesToHex(bitmapHash(opening.gold)),
    answersHash: bytesToHex(bitmapHash(opening.answers)),
    salt: opening.salt,
  };
  const types = { Screening: [...MESSAGES.Screening] };
  const domain = typedDomain(domainOf(evidence));
  const commitment = hashTypedData({ domain, types, primaryType: "Screening", message });
  const found = bytesToHex(screeningWord(hexToBytes(commitment), hexToBytes(opening.taskRoot)));
  need(found === shownWord(round), `${where}: the screening opened is not the one committed`);
}

function checkGold(batch: BatchFile, round: Round, where: string): void {
  const { opening, positions } = round;
  if (!opening) return;
  const fits = isBitmap(opening.gold, positions) && isBitmap(opening.answers, positions);
  need(fits, `${where}: gold and answers are no bitmaps over ${positions} positions`);
  const gold = popcount(opening.gold);
  need(gold === positions - round.items, `${where}: ${gold} gold pictures do not fit the positions`);
  const stray = opening.answers.some((answer, at) => (answer & ~(opening.gold[at] ?? 0n)) !== 0n);
  need(!stray, `${where}: a picture that is no gold has an answer`);
  const flagged = round.before ? 0 : batch.key.itemCount;
  need(isBitmap(opening.flags, flagged), `${where}: the flags are no bitmap over ${flagged} items`);
}

/** Step tasks: what reviewers were shown is under the task root, and without the gold it is the items in question. */
export function verifyTasks(evidence: Evidence): string {
  let pictures = 0;
  let gold = 0;
  for (const { batch, replay, round, where } of rounds(evidence)) {
    const told = batch.rounds.find((one) => one.number === round.number);
    need(told !== undefined, `${where}: batches.jsonl does not tell of it`);
    checkTask(round, told, where);
    gold += checkPlaces(batch, replay, round, told, where);
    pictures += round.positions;
  }
  return `${pictures} pictures were shown, ${gold} of them gold; the others are the items in question in their order`;
}

/** The list of pictures is the one that the detector committed to. */
function checkTask(round: Round, told: RoundFile, where: string): void {
  if (!round.screened) {
    need(told.task === null, `${where}: batches.jsonl shows a task that nobody made`);
    return;
  }
  if (told.task === null) {
    need(!round.opened, `${where}: batches.jsonl does not say what was shown`);
    return;
  }
  const shown = told.task.length;
  const whole = shown === round.positions && shown > 0;
  need(whole, `${where}: the task has ${shown} pictures, ${round.positions} were shown`);
  const same = bytesToHex(batchTree(told.task).root) === round.screened.args.taskRoot;
  need(same, `${where}: the pictures of the task are not those under its root`);
}

/** Dropping the gold leaves the items in question; returns the number of gold pictures. */
function checkPlaces(batch: BatchFile, replay: Replay, round: Round, told: RoundFile, where: string): number {
  const { opening, positions } = round;
  if (!opening || told.task === null) {
    need(told.gold === null, `${where}: batches.jsonl lists gold that nobody opened`);
    return 0;
  }
  const isGold = unpackBits(opening.gold, positions);
  const answers = unpackBits(opening.answers, positions);
  const listed = isGold.flatMap((gold, place) => (gold ? [[place, answers[place]]] : []));
  const same = JSON.stringify(told.gold) === JSON.stringify(listed);
  need(same, `${where}: batches.jsonl lists other gold or answers than were opened`);
  const left = told.task.filter((_, place) => !isGold[place]);
  const asked = askedItems(round.question, replay.itemCount).map((item) => batch.items[item]);
  const right = left.length === asked.length && left.every((picture, at) => isSame(picture, asked[at]));
  need(right, `${where}: the task without its gold is not the items in question`);
  return listed.length;
}

function isSame(a: LabelledDigest, b: LabelledDigest | undefined): boolean {
  return a.sha256 === b?.sha256 && a.label === b.label;
}
