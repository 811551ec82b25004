import { type Abi, decodeFunctionResult, encodeFunctionData } from "viem";
import type { Hex } from "../protocol/bytes";
import { BadInput } from "./failure";

const TIMEOUT_MS = 30_000;

/** The node answered with an error. */
export class NodeRefused extends Error {
  override name = "NodeRefused";
}

/** Somebody who answers JSON-RPC about the chain. */
export interface Node {
  /** @throws NodeRefused where the node says no, BadInput where none can be reached. */
  ask(method: string, params: readonly unknown[]): Promise<unknown>;
}

/** A node at a URL. */
export function nodeAt(url: string): Node {
  return {
    async ask(method, params) {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      const headers = { "content-type": "application/json" };
      let response: Response;
      try {
        const signal = AbortSignal.timeout(TIMEOUT_MS);
        // Whoever runs the node gets neither cookies nor the page's address.
        const apart = { credentials: "omit", referrerPolicy: "no-referrer" } as const;
        response = await fetch(url, { method: "POST", body, headers, signal, ...apart });
      } catch (error) {
        if (error instanceof DOMException && error.name === "TimeoutError") throw new NodeRefused("no answer in time");
        throw new BadInput(`The node at ${url} cannot be reached from this browser.`);
      }
      return answerOf(url, response);
    },
  };
}

async function answerOf(url: string, response: Response): Promise<unknown> {
  let answer: { result?: unknown; error?: { message?: unknown } | null };
  try {
    answer = await response.json();
  } catch {
    if (!response.ok) throw new NodeRefused(`HTTP status ${response.status}`);
    throw new BadInput(`What answers at ${url} is no node: its answer is not JSON.`);
  }
  if (typeof answer !== "object" || answer === null || !("result" in answer || "error" in answer)) {
    throw new BadInput(`What answers at ${url} is no node: its answer is not JSON-RPC.`);
  }
  if (answer.error) throw new NodeRefused(String(answer.error.message ?? "an error").slice(0, 200));
  return answer.result;
}

/** A log as `eth_getLogs` gives it. */
export interface RawLog {
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly blockNumber: Hex;
  readonly logIndex: Hex;
  readonly transactionHash: Hex;
  readonly removed?: boolean;
}

/** Read-only questions to one node. Every failure to get an answer is a `BadInput` with one sentence. */
export class Rpc {
  readonly #node: Node;

  constructor(node: Node) {
    this.#node = node;
  }

  async chainId(): Promise<number> {
    return quantity(await this.#ask("eth_chainId"));
  }

  /** The newest block's number. */
  async head(): Promise<number> {
    const block = await this.#ask("eth_getBlockByNumber", "latest", false);
    if (block === null || typeof block !== "object") throw new BadInput("The node has no blocks.");
    return quantity((block as { number?: unknown }).number);
  }

  /** A block's hash and time in seconds; null where the node no longer has it. */
  async block(number: number): Promise<{ readonly hash: Hex; readonly time: number | null } | null> {
    let block: unknown;
    try {
      block = await this.#node.ask("eth_getBlockByNumber", [hexNumber(number), false]);
    } catch (error) {
      if (error instanceof NodeRefused) return null;
      throw error;
    }
    if (block === null || typeof block !== "object") return null;
    const { hash, timestamp } = block as { hash?: unknown; timestamp?: unknown };
    return { hash: hexData(hash), time: timestamp === undefined ? null : quantity(timestamp) };
  }

  /** The code at an address; empty when there is no contract. */
  async code(address: Hex): Promise<Hex> {
    return hexData(await this.#ask("eth_getCode", address, "latest"));
  }

  /** What a view answers now, or at a block of the past: null where the node no longer has its state. */
  async read(address: Hex, abi: Abi, functionName: string, args: readonly unknown[], block?: number): Promise<unknown> {
    const data = encodeFunctionData({ abi, functionName, args });
    let answer: Hex;
    try {
      const tag = block === undefined ? "latest" : hexNumber(block);
      answer = hexData(await this.#node.ask("eth_call", [{ to: address, data }, tag]));
    } catch (error) {
      if (!(error instanceof NodeRefused)) throw error;
      if (block !== undefined) return null;
      throw new BadInput(`The node refuses ${functionName}: ${error.message}.`);
    }
    try {
      return decodeFunctionResult({ abi, functionName, data: answer });
    } catch {
      throw new BadInput(`The contract at ${address} has no ${functionName}: it is not a Sebrus contract.`);
    }
  }

  /** The logs of blocks `first` to `last` in order; a range that the node refuses is halved. */
  async *logs(address: Hex, topics: readonly Hex[], first: number, last: number): AsyncGenerator<RawLog[]> {
    let window = Math.max(1, last - first + 1);
    for (let start = first; start <= last; ) {
      const end = Math.min(last, start + window - 1);
      const query = { address, topics: [topics], fromBlock: hexNumber(start), toBlock: hexNumber(end) };
      let logs: unknown;
      try {
        logs = await this.#node.ask("eth_getLogs", [query]);
      } catch (error) {
        if (!(error instanceof NodeRefused)) throw error;
        if (window === 1) throw new BadInput(`The node does not give the logs of block ${start}: ${error.message}.`);
        window = Math.ceil(Math.min(window, end - start + 1) / 2);
        continue;
      }
      if (!Array.isArray(logs)) throw new BadInput("The node's answer to eth_getLogs is not a list of logs.");
      yield logs as RawLog[];
      start = end + 1;
      window *= 2;
    }
  }

  async #ask(method: string, ...params: unknown[]): Promise<unknown> {
    try {
      return await this.#node.ask(method, params);
    } catch (error) {
      if (error instanceof NodeRefused) throw new BadInput(`The node refuses ${method}: ${error.message}.`);
      throw error;
    }
  }
}

function hexNumber(value: number): Hex {
  return `0x${value.toString(16)}`;
}

function hexData(value: unknown): Hex {
  if (typeof value === "string" && /^0x([0-9a-fA-F]{2})*$/.test(value)) return value.toLowerCase() as Hex;
  throw new BadInput(`The node answered '${String(value).slice(0, 80)}' where hexadecimal data belongs.`);
}

/** A number of the node. @throws BadInput where it is something else. */
export function quantity(value: unknown): number {
  if (typeof value === "string" && /^0x[0-9a-fA-F]{1,13}$/.test(value)) return Number(value);
  throw new BadInput(`The node answered '${String(value).slice(0, 80)}' where a number belongs.`);
}
