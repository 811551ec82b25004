import { getAddress, isAddress } from "viem";
import type { Hex } from "../protocol/bytes";
import { need, StepFailed } from "./failure";

// Typed reading of hostile JSON: what is missing or of another kind becomes one clear sentence.

const MOST_DEPTH = 32;
const TOKENS = /"(?:[^"\\]|\\.)*"(\s*:)?|[[\]{}]/g;

/** A JSON object and where it stands, read field by field. */
export class Fields {
  readonly #value: Readonly<Record<string, unknown>>;

  /** @throws StepFailed where the value is no object. */
  constructor(
    value: unknown,
    readonly where: string,
  ) {
    need(typeof value === "object" && value !== null && !Array.isArray(value), `${where} is not a JSON object`);
    this.#value = value as Record<string, unknown>;
  }

  has(key: string): boolean {
    return this.#value[key] !== undefined && this.#value[key] !== null;
  }

  /** A whole number from 0 of at most `bits` bits, and never more than a browser counts exactly. */
  integer(key: string, bits: number): number {
    const value = this.#value[key];
    need(typeof value === "number" && Number.isInteger(value), `${this.where}: ${key} is not a whole number`);
    need(
      value >= 0 && value < 2 ** bits && value <= Number.MAX_SAFE_INTEGER,
      `${this.where}: ${key} does not fit into ${Math.min(bits, 53)} bits`,
    );
    return value;
  }

  truth(key: string): boolean {
    const value = this.#value[key];
    need(typeof value === "boolean", `${this.where}: ${key} is not true or false`);
    return value;
  }

  /** A number from 0 to 1. */
  share(key: string): number {
    const value = this.#value[key];
    need(typeof value === "number" && value >= 0 && value <= 1, `${this.where}: ${key} is not a number from 0 to 1`);
    return value;
  }

  text(key: string): string {
    const value = this.#value[key];
    need(typeof value === "string", `${this.where}: ${key} is not a text`);
    return value;
  }

  list(key: string): unknown[] {
    const value = this.#value[key];
    need(Array.isArray(value), `${this.where}: ${key} is not a list`);
    return value;
  }

  object(key: string): Fields {
    return new Fields(this.#value[key], `${this.where}: ${key}`);
  }

  /** 32 bytes as `0x` and 64 hexadecimal digits. */
  hash(key: string): Hex {
    return readHash(this.text(key), `${this.where}: ${key}`);
  }

  /** A checksummed address. */
  address(key: string): Hex {
    return readAddress(this.text(key), `${this.where}: ${key}`);
  }

  entries(): [string, unknown][] {
    return Object.entries(this.#value);
  }
}

export function readHex(value: unknown, where: string): Hex {
  const good = typeof value === "string" && /^0x([0-9a-f]{2})*$/.test(value);
  need(good, `${where} is not hexadecimal data with 0x`);
  return value as Hex;
}

export function readHash(value: unknown, where: string): Hex {
  const hex = readHex(value, where);
  need(hex.length === 66, `${where} is not a hash of 32 bytes`);
  return hex;
}

/** 64 hexadecimal digits without `0x`. */
export function readSha256(value: unknown, where: string): string {
  need(typeof value === "string" && /^[0-9a-f]{64}$/.test(value), `${where} is not a sha256 of 64 hexadecimal digits`);
  return value;
}

export function readAddress(value: unknown, where: string): Hex {
  need(typeof value === "string" && isAddress(value, { strict: false }), `${where} is not an address`);
  return getAddress(value);
}

export function readSmall(value: unknown, where: string, bits: number): number {
  const good = typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** bits;
  need(good, `${where} is not a number of ${bits} bits`);
  return value as number;
}

/** @throws StepFailed where the bytes are no JSON, name a field twice, or nest absurdly. */
export function readJson(data: Uint8Array, where: string): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(data);
    const value: unknown = JSON.parse(text);
    if (isPlain(text)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw new StepFailed(`${where} is not valid JSON`);
}

/** Two readers of JSON with a field twice may read two things: there must be none. */
function isPlain(text: string): boolean {
  const open: (Set<string> | null)[] = [];
  for (const [token, colon] of text.matchAll(TOKENS)) {
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : null);
      if (open.length > MOST_DEPTH) return false;
    } else if (token === "}" || token === "]") open.pop();
    else if (colon !== undefined) {
      const key = JSON.parse(token.slice(0, -colon.length)) as string;
      const known = open.at(-1);
      if (known?.has(key)) return false;
      known?.add(key);
    }
  }
  return true;
}
