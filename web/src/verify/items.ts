import { bytesToHex, hexToBytes } from "viem";
import { unpackBits } from "../protocol/bitmap";
import type { Hex } from "../protocol/bytes";
import { batchTree, itemLeaf, type LabelledDigest, MerkleTree, manifestLeaf } from "../protocol/merkle";
import { type BatchFile, type ProofLine, readPresent, readProofs } from "./contents";
import type { Evidence } from "./evidence";
import { need, short } from "./failure";
import { Origins } from "./origin";
import { readRows } from "./parquet";

const EVERY = 50; // items between two words on progress

/** A released item: the batch it came in, its place there, its image and label. */
interface Entry {
  readonly batch: BatchFile;
  readonly index: number;
  readonly item: LabelledDigest;
}

/** What the release must hold, in its order: the accepted items of the listed batches. */
export function acceptedEntries({ batches }: Evidence): Entry[] {
  return batches.flatMap((batch) => {
    const accepted = unpackBits(batch.accepted, batch.key.itemCount);
    return batch.items.flatMap((item, index) => (accepted[index] ? [{ batch, index, item }] : []));
  });
}

/** Step items: row by row, the Parquet files hold the accepted items: nothing missing, added or swapped. */
export async function verifyItems(evidence: Evidence): Promise<string> {
  const { manifest, files, progress } = evidence;
  const expected = acceptedEntries(evidence);
  let count = 0;
  for (const [at, name] of manifest.shards.entries()) {
    const place = `data/train-${five(at)}-of-${five(manifest.shards.length)}.parquet`;
    need(name === place, `${name} is out of sequence`);
    for await (const row of readRows(await readPresent(files, name), name, manifest.classNames)) {
      const entry = expected[count];
      need(entry !== undefined, `row ${count} is an image beyond the accepted ones`);
      const { batch, index, item } = entry;
      const where = `row ${count} (item ${index} of batch ${short(batch.batchId)})`;
      const here = row.batchId === batch.batchId && row.index === index && row.contributor === batch.key.contributor;
      need(here, `${where} is another item, or an accepted one is missing before it`);
      need(row.sha256 === item.sha256, `${where} has another image than was accepted`);
      need(row.label === item.label, `${where} has label ${row.label}, accepted was ${item.label}`);
      need(row.label < manifest.classNames.length, `${where} has a label that names no class`);
      count++;
      if (count % EVERY === 0) progress(count, expected.length);
    }
  }
  const missing = expected.length - count;
  need(missing === 0, `${missing} accepted items are missing from the Parquet files`);
  return `${count} images are exactly the accepted ones, with their labels`;
}

function five(number: number): string {
  return String(number).padStart(5, "0");
}

/** Step manifest: the manifest root follows from the items, is on the chain, and every proof leads to it. */
export async function verifyManifest(evidence: Evidence): Promise<string> {
  const { manifest, history } = evidence;
  const entries = acceptedEntries(evidence);
  const counted = entries.length === manifest.itemCount;
  need(counted, `the manifest counts ${manifest.itemCount} items, there are ${entries.length}`);
  const leaves = entries.map(({ batch, index, item }) => manifestLeaf(hexToBytes(batch.batchId), index, item));
  const tree = new MerkleTree(leaves);
  const root = bytesToHex(tree.root);
  need(root === manifest.root, "the manifest root does not follow from the released items");
  const released = history.released(manifest.datasetId, manifest.version)?.args;
  need(released?.manifestRoot === root, "the chain has another manifest root");
  need(released.itemCount === entries.length, `the chain counts ${released.itemCount} items`);
  await checkProofs(evidence, entries, tree, leaves);
  return `root ${root} is on the chain and ${entries.length} proofs lead to it`;
}

/** Compares every line with the proofs of the trees recomputed here: an item has no other proof. */
async function checkProofs(
  evidence: Evidence,
  entries: readonly Entry[],
  manifest: MerkleTree,
  leaves: readonly Uint8Array[],
): Promise<void> {
  let count = 0;
  let tree = manifest;
  let treeOf: BatchFile | undefined;
  let origins: Origins | undefined;
  for (const line of readProofs(await readPresent(evidence.files, "proofs.jsonl"))) {
    const where = `proofs.jsonl line ${count + 1}`;
    const entry = entries[count];
    const leaf = leaves[count];
    need(entry !== undefined && leaf !== undefined, `${where} proves an item beyond the released ones`);
    const { batch, index, item } = entry;
    if (batch !== treeOf) {
      treeOf = batch;
      tree = batchTree(batch.items);
      origins = new Origins(evidence.history.batch(batch.batchId).replay);
    }
    need(isOf(line, entry), `${where} proves another item than the release holds there`);
    const own = line.leaf === bytesToHex(itemLeaf(index, item)) && line.manifestLeaf === bytesToHex(leaf);
    need(own, `${where}: a leaf is not the item's`);
    need(isProof(line.batchProof, tree.proof(index)), `${where}: the proof to the batch fails`);
    need(isProof(line.manifestProof, manifest.proof(count)), `${where}: the proof to the manifest fails`);
    need(origins?.tells(line) === true, `${where} tells of other rounds, flags or votes`);
    count++;
    if (count % EVERY === 0) evidence.progress(count, entries.length);
  }
  need(count === entries.length, `proofs.jsonl proves ${count} of ${entries.length} items`);
}

function isOf(line: ProofLine, { batch, index, item }: Entry): boolean {
  const image = line.sha256 === item.sha256 && line.label === item.label;
  return image && line.batchId === batch.batchId && line.index === index;
}

function isProof(told: readonly Hex[], proof: readonly Uint8Array[]): boolean {
  return told.length === proof.length && proof.every((node, at) => bytesToHex(node) === told[at]);
}
