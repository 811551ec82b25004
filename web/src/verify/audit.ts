import { concat, sha256Hex } from "../protocol/bytes";
import { readPresent } from "./contents";
import type { Evidence } from "./evidence";
import { need } from "./failure";
import { Fields, readJson } from "./fields";
import { acceptedEntries } from "./items";

export const AUDIT = "audit.json";
const FORMAT = "sebrus-audit-1";
const MOST_BYTES = 2 ** 20;
const MOST_FAMILIES = 100;
const SHOWN_FAMILY = 100;

/** What was planted by one family of attacks, and how much of it the audit found. */
export interface Planted {
  readonly family: string;
  readonly planted: number;
  readonly found: number;
  readonly low: number;
  readonly high: number;
}

/** What a certificate says. It is the publisher's word: only another audit can check it. */
export interface Certificate {
  readonly itemsSha256: string;
  readonly items: { readonly tested: number; readonly flagged: number };
  readonly contributors: { readonly tested: number; readonly flagged: number };
  /** Null where nothing was planted, so that its power is not known. */
  readonly planted: readonly Planted[] | null;
}

/** @throws StepFailed where the bytes are no certificate of an audit. */
export function readCertificate(data: Uint8Array): Certificate {
  need(data.length <= MOST_BYTES, `${AUDIT} is larger than any certificate`);
  const top = new Fields(readJson(data, AUDIT), AUDIT);
  const format = top.text("format");
  need(format === FORMAT, `${AUDIT}: the format is '${format.slice(0, 40)}', not '${FORMAT}'`);
  const families = top.has("power") ? top.object("power").list("families").slice(0, MOST_FAMILIES) : null;
  return {
    itemsSha256: top.object("source").text("items_sha256"),
    items: readCounts(top.object("items")),
    contributors: readCounts(top.object("contributors")),
    planted: families?.map((value) => readFamily(new Fields(value, `${AUDIT}: power: families`))) ?? null,
  };
}

function readCounts(counts: Fields): { tested: number; flagged: number } {
  const tested = counts.integer("tested", 53);
  const flagged = counts.integer("flagged", 53);
  need(flagged <= tested, `${counts.where}: more are flagged than were tested`);
  return { tested, flagged };
}

function readFamily(family: Fields): Planted {
  const planted = family.integer("planted", 53);
  const found = family.integer("found", 53);
  need(found <= planted, `${family.where}: more are found than were planted`);
  const name = family.text("family").slice(0, SHOWN_FAMILY);
  return { family: name, planted, found, low: family.share("low"), high: family.share("high") };
}

/** Step audit: what audit.json was made over are the released items; what it says of them is the publisher's word. */
export async function verifyAudit(evidence: Evidence): Promise<string> {
  const { manifest, files, notes } = evidence;
  if (!manifest.files.has(AUDIT)) {
    notes.push("The release carries no audit: how much poison one would have found was not measured.");
    return "there is no audit to compare";
  }
  const certificate = readCertificate(await readPresent(files, AUDIT));
  const same = certificate.itemsSha256 === (await itemsDigest(evidence));
  need(same, `${AUDIT} is about other items than the released`);
  const count = manifest.itemCount;
  need(certificate.items.tested === count, `${AUDIT} counts other items than the ${count} released`);
  notes.push(`${AUDIT}, which only another audit can check: ${toldBy(certificate)}`);
  return `${AUDIT} is about exactly these ${count} items`;
}

/** The sha256 over the sorted lines of canonical JSON, one per item: sha256, class name, contributor. */
async function itemsDigest(evidence: Evidence): Promise<string> {
  const names = evidence.manifest.classNames;
  const encoder = new TextEncoder();
  const lines = acceptedEntries(evidence).map(({ batch, item }) =>
    JSON.stringify([item.sha256, names[item.label], batch.key.contributor]),
  );
  // The lines begin with their sha256 and differ in it, or are the same up to what follows: their order is that of bytes.
  const sorted = lines.sort((a, b) => (a < b ? -1 : 1));
  return sha256Hex(concat(...sorted.map((line) => encoder.encode(`${line}\n`))) as Uint8Array<ArrayBuffer>);
}

function toldBy({ items, contributors, planted }: Certificate): string {
  const counted = [
    `${items.flagged} of ${items.tested} items flagged`,
    `${contributors.flagged} of ${contributors.tested} contributors flagged`,
  ].join(" and ");
  if (planted === null) return `${counted}; nothing was planted, so its power was not measured.`;
  const power = planted.map(
    ({ family, found, planted: all, low, high }) =>
      `found ${found} of ${all} planted by ${family} (${low.toFixed(2)} to ${high.toFixed(2)})`,
  );
  return `${counted}; ${power.join("; ")}.`;
}
