import { bytesToHex } from "viem";
import { addressWord, concat, type Hex, keccak, sha256Hex, uintWord } from "../protocol/bytes";
import { type DatasetParams, POLICY_FIELDS, type Policy } from "../protocol/identity";
import { need } from "./failure";
import { Fields, readJson, readSha256 } from "./fields";

export const MANIFEST = "manifest.json";
const FORMAT = "sebrus-release-1";
const FILE_NAME =
  /^(README\.md|metadata\.json|audit\.json|batches\.jsonl|proofs\.jsonl|data\/train-\d{5}-of-\d{5}\.parquet)$/;

/** What identifies a batch. */
export interface BatchKey {
  readonly datasetId: Hex;
  readonly contributor: Hex;
  readonly root: Hex;
  readonly itemCount: number;
}

export interface ListedBatch {
  readonly batchId: Hex;
  readonly key: BatchKey;
  readonly acceptedCount: number;
}

export interface ListedFile {
  readonly sha256: string;
  readonly size: number;
}

/** What manifest.json says; nothing of it is trusted yet. */
export interface Manifest {
  readonly sha256: string;
  readonly chainId: number;
  readonly contract: Hex;
  readonly deployedBlock: number;
  readonly datasetId: Hex;
  readonly dataset: DatasetParams;
  readonly name: string;
  readonly classNames: readonly string[];
  readonly version: number;
  readonly root: Hex;
  readonly itemCount: number;
  readonly batches: readonly ListedBatch[];
  readonly files: ReadonlyMap<string, ListedFile>;
  /** The Parquet files in order. */
  readonly shards: readonly string[];
}

/** `keccak256(abi.encode(BatchKey))`. */
export function batchIdOf({ datasetId, contributor, root, itemCount }: BatchKey): Hex {
  return bytesToHex(
    keccak(concat(uintWord(BigInt(datasetId)), addressWord(contributor), uintWord(BigInt(root)), uintWord(itemCount))),
  );
}

/** @throws StepFailed where the manifest is damaged. */
export async function readManifest(data: Uint8Array<ArrayBuffer>): Promise<Manifest> {
  const top = new Fields(readJson(data, MANIFEST), MANIFEST);
  const format = top.text("format");
  need(format === FORMAT, `${MANIFEST}: the format is '${format.slice(0, 40)}', not '${FORMAT}'`);
  const dataset = top.object("dataset");
  const classNames = top.list("class_names");
  const isText = (name: unknown): name is string => typeof name === "string";
  need(classNames.every(isText), `${MANIFEST}: class_names are not all texts`);
  const files = new Map(top.object("files").entries().map(readFile));
  return {
    sha256: await sha256Hex(data),
    chainId: top.integer("chain_id", 256),
    contract: top.address("contract"),
    deployedBlock: top.integer("deployed_block", 63),
    datasetId: dataset.hash("id"),
    dataset: readParams(dataset),
    name: dataset.text("name"),
    classNames: classNames.filter(isText),
    version: top.integer("version", 32),
    root: top.hash("manifest_root"),
    itemCount: top.integer("item_count", 32),
    batches: top.list("batches").map((value) => readListed(new Fields(value, `${MANIFEST}: batches`))),
    files,
    shards: [...files.keys()].filter((name) => name.startsWith("data/")).sort(),
  };
}

function readParams(dataset: Fields): DatasetParams {
  const policy = dataset.object("policy");
  const names = new Map(POLICY_FIELDS.map(([name, type]) => [snakeCase(name), { name, bits: Number(type.slice(4)) }]));
  const odd = [
    ...policy.entries().flatMap(([name]) => (names.has(name) ? [] : [name])),
    ...[...names.keys()].filter((name) => !policy.has(name)),
  ];
  need(
    odd.length === 0,
    `${MANIFEST}: The policy has missing or unknown fields: ${odd.sort().join(", ").slice(0, 200)}`,
  );
  const values = [...names].map(([theirs, { name, bits }]) => [name, policy.integer(theirs, bits)]);
  return {
    owner: dataset.address("owner"),
    detector: dataset.address("detector"),
    classCount: dataset.integer("class_count", 16),
    metadataHash: dataset.hash("metadata_hash"),
    salt: dataset.hash("salt"),
    policy: Object.fromEntries(values) as Policy,
  };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function readListed(fields: Fields): ListedBatch {
  return {
    batchId: fields.hash("batch_id"),
    key: readKey(fields),
    acceptedCount: fields.integer("accepted_count", 16),
  };
}

export function readKey(fields: Fields): BatchKey {
  return {
    datasetId: fields.hash("dataset_id"),
    contributor: fields.address("contributor"),
    root: fields.hash("root"),
    itemCount: fields.integer("item_count", 16),
  };
}

function readFile([name, value]: [string, unknown]): [string, ListedFile] {
  need(FILE_NAME.test(name), `${MANIFEST} lists '${name.slice(0, 80)}', which has no place in a release`);
  const fields = new Fields(value, `${MANIFEST}: files: ${name}`);
  const sha256 = readSha256(fields.text("sha256"), `${fields.where}: sha256`);
  return [name, { sha256, size: fields.integer("size", 63) }];
}
