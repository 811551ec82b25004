import { bytesToHex, type Hex, hexToBytes } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { concat, equal, keccak } from "../protocol/bytes";

// Web3 Secret Storage, version 3: the file that MetaMask, geth and hardware tools import.
// https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage/
const ROUNDS = 262_144;

interface KeystoreFile {
  readonly version: 3;
  readonly id: string;
  readonly address: string;
  readonly crypto: {
    readonly cipher: "aes-128-ctr";
    readonly cipherparams: { readonly iv: string };
    readonly ciphertext: string;
    readonly kdf: "pbkdf2";
    readonly kdfparams: { readonly c: number; readonly dklen: 32; readonly prf: "hmac-sha256"; readonly salt: string };
    readonly mac: string;
  };
}

/** The key of a file could not be had; the message is a sentence for people. */
export class KeystoreError extends Error {
  override name = "KeystoreError";
}

/** A backup file's text: the key, encrypted by a passphrase. */
export async function writeKeystore(key: Hex, passphrase: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const iv = crypto.getRandomValues(new Uint8Array(16));
  const derived = await derive(passphrase, salt, ROUNDS);
  const ciphertext = await cipher("encrypt", derived, iv, hexToBytes(key));
  const file: KeystoreFile = {
    version: 3,
    id: crypto.randomUUID(),
    address: privateKeyToAddress(key).slice(2).toLowerCase(),
    crypto: {
      cipher: "aes-128-ctr",
      cipherparams: { iv: plainHex(iv) },
      ciphertext: plainHex(ciphertext),
      kdf: "pbkdf2",
      kdfparams: { c: ROUNDS, dklen: 32, prf: "hmac-sha256", salt: plainHex(salt) },
      mac: plainHex(keccak(concat(derived.slice(16, 32), ciphertext))),
    },
  };
  return JSON.stringify(file, null, 2);
}

/**
 * The key in a backup file.
 *
 * @throws KeystoreError for another kind of file, or a wrong passphrase.
 */
export async function readKeystore(text: string, passphrase: string): Promise<Hex> {
  const file = parsed(text);
  const { kdfparams, cipherparams, mac } = file.crypto;
  const ciphertext = bytes(file.crypto.ciphertext);
  const derived = await derive(passphrase, bytes(kdfparams.salt), kdfparams.c);
  if (!equal(keccak(concat(derived.slice(16, 32), ciphertext)), bytes(mac))) {
    throw new KeystoreError("The passphrase is not this file's; try again.");
  }
  return bytesToHex(await cipher("decrypt", derived, bytes(cipherparams.iv), ciphertext));
}

function parsed(text: string): KeystoreFile {
  try {
    const file = JSON.parse(text) as KeystoreFile;
    const { cipher: name, kdf, kdfparams } = file.crypto;
    const readable =
      file.version === 3 && name === "aes-128-ctr" && kdf === "pbkdf2" && kdfparams.prf === "hmac-sha256";
    if (readable && kdfparams.c > 0 && kdfparams.c <= 10_000_000) return file;
  } catch {
    // told below
  }
  throw new KeystoreError("This is no backup made here: choose the file that was downloaded as sebrus-wallet-….json.");
}

async function derive(passphrase: string, salt: Uint8Array, rounds: number): Promise<Uint8Array> {
  const material = await crypto.subtle.importKey("raw", new TextEncoder().encode(passphrase), "PBKDF2", false, [
    "deriveBits",
  ]);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt: salt as BufferSource, iterations: rounds };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, material, 256));
}

async function cipher(way: "encrypt" | "decrypt", derived: Uint8Array, iv: Uint8Array, data: Uint8Array) {
  const key = await crypto.subtle.importKey("raw", derived.slice(0, 16), "AES-CTR", false, [way]);
  const algorithm = { name: "AES-CTR", counter: iv as BufferSource, length: 128 };
  return new Uint8Array(await crypto.subtle[way](algorithm, key, data as BufferSource));
}

function plainHex(data: Uint8Array): string {
  return bytesToHex(data).slice(2);
}

function bytes(hex: string): Uint8Array {
  if (!/^([0-9a-f]{2})+$/.test(hex)) throw new KeystoreError("The backup file is damaged; use another copy of it.");
  return hexToBytes(`0x${hex}`);
}
