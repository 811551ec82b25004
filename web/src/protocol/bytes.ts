import { bytesToHex, hexToBytes, keccak256 } from "viem";

export type Hex = `0x${string}`;

/** The keccak-256 of bytes, as bytes. */
export function keccak(data: Uint8Array): Uint8Array {
  return keccak256(data, "bytes");
}

/** A whole number as a 32-byte big-endian word. */
export function uintWord(value: number | bigint): Uint8Array {
  return hexToBytes(`0x${value.toString(16).padStart(64, "0")}`);
}

/** An address as a 32-byte word. */
export function addressWord(address: string): Uint8Array {
  return uintWord(BigInt(address));
}

/** Byte strings one after the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** The order of two byte strings of one length: negative, zero or positive. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  for (const [place, byte] of a.entries()) {
    const difference = byte - (b[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compare(a, b) === 0;
}

/** The sha256 of bytes as 64 hex digits, the way images are named. */
export async function sha256Hex(data: BufferSource): Promise<string> {
  return bytesToHex(new Uint8Array(await crypto.subtle.digest("SHA-256", data))).slice(2);
}
