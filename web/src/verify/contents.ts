import { isBitmap, type Words } from "../protocol/bitmap";
import type { Hex } from "../protocol/bytes";
import type { LabelledDigest } from "../protocol/merkle";
import { need, StepFailed } from "./failure";
import { Fields, readAddress, readHash, readHex, readJson, readSha256, readSmall } from "./fields";
import { type BatchKey, readKey } from "./manifest";

const MOST_LINE_BYTES = 4 * 2 ** 20;
const NEW_LINE = 10;

/** Where the files of a release come from. */
export interface ReleaseFiles {
  /** The names of all that is there; null where only what is asked for is given. */
  readonly names: readonly string[] | null;
  /** The bytes of a file; null where it is not there. */
  read(name: string): Promise<Uint8Array<ArrayBuffer> | null>;
}

/** A round as batches.jsonl tells it: the pictures shown by position, the gold with its answers. */
export interface RoundFile {
  readonly number: number;
  /** Null where nothing was screened or the list is not known. */
  readonly task: readonly LabelledDigest[] | null;
  /** Null where no screening was opened. */
  readonly gold: readonly (readonly [place: number, accept: boolean])[] | null;
}

/** A line of batches.jsonl: the key, every item, its rounds, and the outcome it claims. */
export interface BatchFile {
  readonly batchId: Hex;
  readonly key: BatchKey;
  readonly items: readonly LabelledDigest[];
  readonly rounds: readonly RoundFile[];
  readonly lastRound: number;
  readonly panel: readonly Hex[];
  readonly accepted: Words;
  readonly panelAccepted: Words;
  readonly flags: Words;
  readonly block: number;
  readonly transaction: Hex;
}

/** A line of proofs.jsonl; the votes are those of the last round that decided the item. */
export interface ProofLine {
  readonly batchId: Hex;
  readonly index: number;
  readonly sha256: string;
  readonly label: number;
  readonly leaf: Hex;
  readonly batchProof: readonly Hex[];
  readonly manifestLeaf: Hex;
  readonly manifestProof: readonly Hex[];
  readonly rounds: readonly number[];
  readonly flagged: boolean;
  readonly votes: readonly [accepting: number, rejecting: number];
}

/** @throws StepFailed where the file is not there. */
export async function readPresent(files: ReleaseFiles, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const data = await files.read(name);
  if (data === null) throw new StepFailed(`${name} is missing`);
  return data;
}

/** The batches of batches.jsonl; a damaged line fails the step. */
export async function readBatches(files: ReleaseFiles): Promise<BatchFile[]> {
  const data = await readPresent(files, "batches.jsonl");
  return [...lines(data, "batches.jsonl")].map((fields) => {
    const outcome = fields.object("outcome");
    const key = readKey(fields);
    return {
      batchId: fields.hash("batch_id"),
      key,
      items: fields.list("items").map((value) => readItem(value, fields.where)),
      rounds: fields.list("rounds").map((value) => readRound(new Fields(value, `${fields.where}: rounds`))),
      lastRound: outcome.integer("round", 8),
      panel: outcome.list("panel").map((account) => readAddress(account, `${outcome.where}: panel`)),
      accepted: readBitmap(outcome, "accepted", key.itemCount),
      panelAccepted: readBitmap(outcome, "panel_accepted", key.itemCount),
      flags: outcome.has("flags") ? readBitmap(outcome, "flags", key.itemCount) : [],
      block: outcome.integer("block", 63),
      transaction: outcome.hash("transaction"),
    };
  });
}

/** The lines of proofs.jsonl one after the other: all of them at once can be large. */
export function* readProofs(data: Uint8Array): Generator<ProofLine> {
  for (const fields of lines(data, "proofs.jsonl")) {
    const { where } = fields;
    yield {
      batchId: fields.hash("batch_id"),
      index: fields.integer("index", 16),
      sha256: readSha256(fields.text("sha256"), `${where}: sha256`),
      label: fields.integer("label", 16),
      leaf: fields.hash("leaf"),
      batchProof: fields.list("batch_proof").map((node) => readHash(node, `${where}: batch_proof`)),
      manifestLeaf: fields.hash("manifest_leaf"),
      manifestProof: fields.list("manifest_proof").map((node) => readHash(node, `${where}: manifest_proof`)),
      rounds: fields.list("rounds").map((number) => readSmall(number, `${where}: rounds`, 8)),
      flagged: fields.truth("flagged"),
      votes: [fields.integer("votes_for", 8), fields.integer("votes_against", 8)],
    };
  }
}

function* lines(data: Uint8Array, name: string): Generator<Fields> {
  for (let start = 0, number = 1; start < data.length; number++) {
    const found = data.indexOf(NEW_LINE, start);
    const end = found < 0 ? data.length : found;
    const where = `${name} line ${number}`;
    need(end - start <= MOST_LINE_BYTES, `${where} is too long`);
    yield new Fields(readJson(data.subarray(start, end), where), where);
    start = end + 1;
  }
}

function readRound(fields: Fields): RoundFile {
  return {
    number: fields.integer("round", 8),
    task: fields.has("task") ? fields.list("task").map((value) => readItem(value, fields.where)) : null,
    gold: fields.has("gold") ? fields.list("gold").map((value) => readAnswer(value, fields.where)) : null,
  };
}

function readItem(value: unknown, where: string): LabelledDigest {
  need(Array.isArray(value) && value.length === 2, `${where}: an item is not a pair of sha256 and label`);
  return { sha256: readSha256(value[0], `${where}: an item`), label: readSmall(value[1], `${where}: a label`, 16) };
}

function readAnswer(value: unknown, where: string): readonly [number, boolean] {
  const pair = Array.isArray(value) && value.length === 2 && typeof value[1] === "boolean";
  need(pair, `${where}: gold is not a pair of position and answer`);
  const [place, accept] = value as [unknown, boolean];
  return [readSmall(place, `${where}: gold`, 16), accept];
}

function readBitmap(outcome: Fields, key: string, itemCount: number): Words {
  const hex = readHex(outcome.text(key), `${outcome.where}: ${key}`).slice(2);
  const words = hex.match(/.{64}/g)?.map((word) => BigInt(`0x${word}`)) ?? [];
  const whole = hex.length % 64 === 0 && isBitmap(words, itemCount);
  need(whole, `${outcome.where}: ${key} is no bitmap over ${itemCount} items`);
  return words;
}
