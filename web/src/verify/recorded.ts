import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { bytesToHex, encodeAbiParameters, encodeEventTopics, hexToBytes, numberToHex, toFunctionSelector } from "viem";
import type { Hex } from "../protocol/bytes";
import type { ReleaseFiles } from "./contents";
import { type ChainEvent, decodeLog, EVENTS, type EventName, type EventOf } from "./events";
import { type Node, NodeRefused, type RawLog } from "./node";
import { verifyRelease } from "./release";
import type { Report, Step } from "./steps";

// For tests: the recorded releases (tests/vectors/README.md), a node that tells of them, and ways to lie about both.

interface Recorded {
  readonly releases: Record<
    string,
    { files: Record<string, string>; report: Report; items_sha256: string } | undefined
  >;
  readonly topics: Record<string, Hex>;
  readonly logs: readonly RawLog[];
  readonly answers: Record<string, unknown>;
}

const FILE = new URL("../../../tests/vectors/release.json.gz", import.meta.url);
export const recorded: Recorded = JSON.parse(gunzipSync(readFileSync(FILE)).toString());

const answers = new Map(
  Object.entries(recorded.answers).map(([asked, answer]) => [JSON.stringify(JSON.parse(asked)), answer]),
);

const HEAD = (answers.get('["eth_getBlockByNumber","latest",false]') as { number: Hex }).number;

type Row = Record<string, unknown>;
/** A parsed file or the arguments of an event: tests change what they name. */
// biome-ignore lint/suspicious/noExplicitAny: a lie knows no types
export type Loose = any;

/** One release with its node, to tamper with. */
export class Case {
  readonly files: Map<string, Uint8Array<ArrayBuffer>>;
  readonly logs: RawLog[] = recorded.logs.map((log) => ({ ...log }));
  readonly steps: Step[] = [];
  /** Blocks that the node gives the logs of at once. */
  mostBlocks = Number.POSITIVE_INFINITY;
  remembersStates = true;
  answer: (method: string, params: readonly unknown[]) => unknown = () => undefined;

  constructor(name: "rich" | "poor") {
    const entries = Object.entries(recorded.releases[name]?.files ?? {});
    this.files = new Map(entries.map(([path, hex]) => [path, bytesOf(`0x${hex}`)]));
  }

  get source(): ReleaseFiles {
    return { names: [...this.files.keys()], read: async (name) => this.files.get(name)?.slice() ?? null };
  }

  get node(): Node {
    return { ask: async (method, params) => this.#answer(method, params) };
  }

  /** Verifies it and returns the report. */
  verify(): Promise<Report> {
    const ended = (step: Step) => this.steps.push(step);
    return verifyRelease(this.source, this.node, { begun() {}, progress() {}, ended });
  }

  /** The step that does not hold, and what it says. */
  async broken(): Promise<[name: string, sentence: string] | null> {
    const step = (await this.verify()).steps.find((one) => !one.holds);
    return step ? [step.name, step.sentence] : null;
  }

  // ---------------------------------------------------------------- lies of the publisher

  text(name: string): string {
    return new TextDecoder().decode(this.files.get(name));
  }

  write(name: string, text: string): void {
    this.files.set(name, new TextEncoder().encode(text));
  }

  flip(name: string, place: number): void {
    const data = this.files.get(name)?.slice() ?? new Uint8Array();
    const at = (place + data.length) % data.length;
    data[at] = (data[at] ?? 0) ^ 1;
    this.files.set(name, data);
  }

  /** Changes the manifest and has the chain say that this is the one. */
  editManifest(edit: (manifest: Loose) => void): void {
    const manifest = JSON.parse(this.text("manifest.json"));
    edit(manifest);
    this.write("manifest.json", JSON.stringify(manifest));
    const data = this.files.get("manifest.json") ?? new Uint8Array();
    this.forge("Released", (args) => {
      if (args.datasetId === manifest.dataset.id) args.manifestHash = `0x${sha256(data)}`;
    });
  }

  /** Lists the files as they are now, and publishes that. */
  publish(): void {
    this.editManifest((manifest) => {
      const others = [...this.files].filter(([name]) => name !== "manifest.json");
      manifest.files = Object.fromEntries(
        others.map(([name, data]) => [name, { sha256: sha256(data), size: data.length }]),
      );
    });
  }

  /** Changes the lines of a file, and publishes that. */
  editLines(name: string, edit: (rows: Loose[]) => void): void {
    const rows: Row[] = this.text(name)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    edit(rows);
    this.write(name, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    this.publish();
  }

  // ---------------------------------------------------------------- lies of the node

  /** Changes the arguments of all events of a kind. */
  forge<N extends EventName>(name: N, lie: (args: Loose, number: number) => void): void {
    let number = 0;
    this.logs.forEach((log, at) => {
      const event = decodeLog(log);
      if (event?.name !== name) return;
      const args = structuredClone(event.args);
      lie(args, number++);
      this.logs[at] = { ...log, ...encoded(event.name, args) };
    });
  }

  /** Forgets an event. */
  forget(isGone: (event: ChainEvent) => boolean): void {
    const kept = this.logs.filter((log) => {
      const event = decodeLog(log);
      return event === null || !isGone(event);
    });
    this.logs.splice(0, this.logs.length, ...kept);
  }

  /** Has every call of a view of the contract answered so. */
  override(view: string, answer: Hex): void {
    const selector = toFunctionSelector(view);
    this.answer = (method, params) => {
      return method === "eth_call" && (params[0] as Loose).data.startsWith(selector) ? answer : undefined;
    };
  }

  /** All events of a kind. */
  events<N extends EventName>(name: N): EventOf<N>[] {
    const events = this.logs.map(decodeLog);
    return events.filter((event): event is ChainEvent & EventOf<N> => event?.name === name);
  }

  #answer(method: string, params: readonly unknown[]): unknown {
    const lie = this.answer(method, params);
    if (lie !== undefined) return lie;
    if (method === "eth_getLogs") return this.#logs(params[0] as Loose);
    const past = method === "eth_call" && params[1] !== "latest" && params[1] !== HEAD;
    if (past && !this.remembersStates) throw new NodeRefused("missing trie node");
    const answer = answers.get(JSON.stringify([method, ...params]));
    if (answer === undefined) throw new NodeRefused(`nobody ever asked ${method}`);
    return answer;
  }

  #logs({ fromBlock, toBlock, topics: [wanted] }: Loose): RawLog[] {
    const [first, last] = [Number(fromBlock), Number(toBlock)];
    if (last - first + 1 > this.mostBlocks) throw new NodeRefused("query returned more than the limit");
    return this.logs.filter((log) => {
      const block = Number(log.blockNumber);
      return block >= first && block <= last && wanted.includes(log.topics[0]);
    });
  }
}

function encoded(eventName: EventName, args: Loose): Pick<RawLog, "topics" | "data"> {
  const layout = EVENTS.find((one) => one.type === "event" && one.name === eventName);
  const plain = layout?.inputs.filter((input) => !("indexed" in input && input.indexed)) ?? [];
  const values = plain.map(({ name }) => args[name ?? ""]);
  const topics = encodeEventTopics({ abi: EVENTS, eventName, args } as Loose) as Hex[];
  return { topics, data: encodeAbiParameters(plain, values as Loose) };
}

export function sha256(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** The logs of a chain with one more, at the end. */
export function added(logs: readonly RawLog[], name: EventName, args: Loose): RawLog[] {
  const last = logs.at(-1);
  if (!last) return [];
  const blockNumber = numberToHex(Number(last.blockNumber) + 1);
  return [...logs, { ...last, blockNumber, ...encoded(name, args) }];
}

function bytesOf(hex: Hex): Uint8Array<ArrayBuffer> {
  return hexToBytes(hex) as Uint8Array<ArrayBuffer>;
}

/** Hex with its last digit changed. */
export function otherHex(hex: string): Hex {
  const bytes = hexToBytes(hex as Hex);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytesToHex(bytes);
}
