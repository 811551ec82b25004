import { bytesToHex } from "viem";
import { type Hex, sha256Hex } from "../protocol/bytes";
import { datasetId, POLICY_FIELDS, policyHash } from "../protocol/identity";
import { batchTree } from "../protocol/merkle";
import { type BatchFile, readBatches, readPresent } from "./contents";
import { type EventOf, isBefore } from "./events";
import type { Evidence } from "./evidence";
import { need, short } from "./failure";
import { batchIdOf, MANIFEST, type Manifest } from "./manifest";

const ALWAYS = ["README.md", "batches.jsonl", "proofs.jsonl"];

/** Step files: every file is the one the manifest lists, and the manifest is the one published on the chain. */
export async function verifyFiles(evidence: Evidence): Promise<string> {
  const { manifest, files, history, progress } = evidence;
  for (const name of ALWAYS) need(manifest.files.has(name), `${MANIFEST} does not list ${name}`);
  need(manifest.shards.length > 0, `${MANIFEST} lists no Parquet file`);
  const extra = files.names?.find((name) => name !== MANIFEST && !manifest.files.has(name));
  need(extra === undefined, `${extra} is not part of the release`);
  const all = [...manifest.files.values()].reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const [name, expected] of [...manifest.files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const data = await readPresent(files, name);
    const size = data.length;
    need(size === expected.size, `${name} has ${size} bytes, the manifest says ${expected.size}`);
    const same = (await sha256Hex(data)) === expected.sha256;
    need(same, `${name} has another sha256 than the manifest says`);
    done += size;
    progress(done, all);
  }
  const released = history.released(manifest.datasetId, manifest.version);
  need(released !== undefined, `the chain has no release ${manifest.version} of dataset ${short(manifest.datasetId)}`);
  const same = released.args.manifestHash === `0x${manifest.sha256}`;
  need(same, `${MANIFEST} is not the one published on the chain`);
  return `${manifest.files.size + 1} files are those published on the chain`;
}

/** Step identity: the dataset's id follows from its parameters and policy, and the chain created it so. */
export async function verifyIdentity(evidence: Evidence): Promise<string> {
  const { manifest, history, notes } = evidence;
  const id = bytesToHex(datasetId(manifest.dataset));
  need(id === manifest.datasetId, "the dataset's id does not follow from its parameters");
  const created = history.created(id);
  need(created !== undefined, `the chain never created dataset ${short(id)}`);
  need(isCreatedAs(created, manifest), "the chain created the dataset with other parameters");
  const { classNames, dataset } = manifest;
  const rules = created.args.policyHash === bytesToHex(policyHash(dataset.policy));
  need(rules, "the chain has another policy hash");
  const named = classNames.length === dataset.classCount;
  need(named, `there are ${classNames.length} class names for ${dataset.classCount} classes`);
  if (manifest.files.has("metadata.json")) await checkMetadata(evidence);
  else notes.push("The release brings no metadata.json: the class names are the publisher's word.");
  return `dataset ${short(id)} and its policy are those created on the chain`;
}

function isCreatedAs({ args: { params } }: EventOf<"DatasetCreated">, { dataset }: Manifest): boolean {
  return (
    params.owner === dataset.owner &&
    params.detector === dataset.detector &&
    params.classCount === dataset.classCount &&
    params.metadataHash === dataset.metadataHash &&
    params.salt === dataset.salt &&
    POLICY_FIELDS.every(([name]) => BigInt(params.policy[name]) === BigInt(dataset.policy[name]))
  );
}

/** The metadata document is the one the dataset was created with, and names the classes as the manifest does. */
async function checkMetadata({ files, manifest, notes }: Evidence): Promise<void> {
  const document = await readPresent(files, "metadata.json");
  const same = `0x${await sha256Hex(document)}` === manifest.dataset.metadataHash;
  need(same, "metadata.json is not the one the dataset was created with");
  let told: { name?: unknown; classes?: unknown } | null;
  try {
    told = JSON.parse(new TextDecoder().decode(document));
  } catch {
    told = null;
  }
  if (typeof told !== "object" || told === null || told.name === undefined || !Array.isArray(told.classes)) {
    notes.push("metadata.json names no classes: the class names are the publisher's word.");
    return;
  }
  need(told.name === manifest.name, "metadata.json names the dataset otherwise than the manifest");
  const classes = JSON.stringify(told.classes) === JSON.stringify(manifest.classNames);
  need(classes, "metadata.json names the classes otherwise");
}

/** Step batches: every batch's id and root follow from all its items, and the chain has it submitted and settled. */
export async function verifyBatches(evidence: Evidence): Promise<string> {
  const { manifest, files, progress } = evidence;
  evidence.batches = await readBatches(files);
  const name = ({ batchId, key }: Pick<BatchFile, "batchId" | "key">) => `${batchId} ${batchIdOf(key)}`;
  const listed = manifest.batches.map(name);
  need(listed.join() === evidence.batches.map(name).join(), "batches.jsonl and the manifest list others");
  need(new Set(listed).size === listed.length, "a batch is listed twice");
  evidence.batches.forEach((batch, at) => {
    checkBatch(evidence, batch);
    progress(at + 1, evidence.batches.length);
  });
  noteOthers(evidence);
  const items = evidence.batches.reduce((sum, batch) => sum + batch.key.itemCount, 0);
  return `${listed.length} batches of ${items} items hash to what their contributors submitted`;
}

function checkBatch({ history, manifest }: Evidence, batch: BatchFile): void {
  const { key } = batch;
  const told = history.batch(batch.batchId);
  const { name } = told;
  need(batchIdOf(key) === batch.batchId, `${name}: the id does not follow from its key`);
  need(key.datasetId === manifest.datasetId, `${name} belongs to another dataset`);
  const whole = batch.items.length === key.itemCount && key.itemCount > 0;
  need(whole, `${name} lists ${batch.items.length} of ${key.itemCount} items`);
  need(bytesToHex(batchTree(batch.items).root) === key.root, `${name}: the root does not follow from its items`);
  const submitted = told.one("Submitted").args;
  const found: (Hex | number)[] = [submitted.datasetId, submitted.contributor, submitted.root, submitted.itemCount];
  const same = [key.datasetId, key.contributor, key.root, key.itemCount].every((one, at) => one === found[at]);
  need(same, `${name} was submitted otherwise on the chain`);
  const settled = told.one("Settled");
  need(settled.args.decided, `${name} is void: nothing of it was accepted`);
  const here = batch.block === settled.at.block && batch.transaction === settled.transaction;
  need(here, `${name} was settled elsewhere than batches.jsonl says`);
}

function noteOthers({ history, manifest, batches, notes }: Evidence): void {
  const released = history.released(manifest.datasetId, manifest.version);
  const mine = new Set<string>(batches.map((batch) => batch.batchId));
  const others = [...history.batches].filter(([id, told]) => {
    if (mine.has(id) || !released) return false;
    const ours = told.all("Submitted").some(({ args }) => args.datasetId === manifest.datasetId);
    return ours && told.all("Settled").some(({ at, args }) => args.decided && isBefore(at, released.at));
  });
  if (others.length > 0) notes.push(`${others.length} settled batches of this dataset are not part of the release.`);
}
