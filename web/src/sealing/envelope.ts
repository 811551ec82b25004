import { chacha20poly1305 } from "@noble/ciphers/chacha";
import { expand, extract } from "@noble/hashes/hkdf";
import { sha256 } from "@noble/hashes/sha2";
import { bytesToHex, getAddress, hexToBytes } from "viem";
import { concat, type Hex, uintWord } from "../protocol/bytes";
import { sealTo } from "./hpke";

// docs/sealing.md, with one keeper who opens alone: then the share is the content key itself.
const TAG = "SeBRUS sealed opening 1";
const ONE = Uint8Array.of(1);
const KEY_BYTES = 32;

/** The one seat that an opening is sealed for. */
export interface Seat {
  readonly chainId: number;
  readonly contract: Hex;
  readonly batchId: Hex;
  readonly round: number;
  readonly seat: number;
  readonly reviewer: Hex;
  readonly commitment: Hex;
}

/** What is random in an envelope: 32 bytes each, used this once. */
export interface Chance {
  readonly contentKey: Uint8Array;
  readonly blinding: Uint8Array;
  readonly ephemeral: Uint8Array;
}

/** An envelope as the server takes it with a ballot. */
export interface Envelope {
  readonly version: 1;
  readonly binding: Readonly<Record<string, string | number>>;
  readonly threshold: 1;
  readonly key_check: Hex;
  readonly shares: readonly Readonly<Record<"keeper" | "commitment" | "encapsulated" | "ciphertext", Hex>>[];
  readonly ciphertext: Hex;
}

/** The bytes of an opening: seat, salt, words of verdicts. */
export function encodeOpening(seat: number, salt: Hex, verdicts: readonly bigint[]): Uint8Array {
  return concat(Uint8Array.of(seat), hexToBytes(salt), ...verdicts.map(uintWord));
}

/** Seals an opening for one keeper (its X25519 public key), who can open it alone. */
export function sealOpening(opening: Uint8Array, seat: Seat, keeper: Hex, chance: Chance = drawn()): Envelope {
  const keeperKey = hexToBytes(keeper);
  const context = hash(" context", encodeSeat(seat), ONE, ONE, keeperKey);
  const material = expand(sha256, extract(sha256, chance.contentKey, context), tagged(" key"), 2 * KEY_BYTES);
  const [key, check] = [material.slice(0, KEY_BYTES), material.slice(KEY_BYTES)];
  const commitment = hash(" share", context, ONE, chance.blinding, chance.contentKey);
  const header = hash(" header", context, check, commitment);
  const share = concat(chance.contentKey, chance.blinding);
  const sealed = sealTo(keeperKey, concat(tagged(" share"), header, ONE), new Uint8Array(0), share, chance.ephemeral);
  // Each key encrypts one message, so the nonce may be fixed.
  const ciphertext = chacha20poly1305(key, new Uint8Array(12), header).encrypt(opening);
  return {
    version: 1,
    binding: {
      chain_id: seat.chainId,
      contract: getAddress(seat.contract),
      batch_id: seat.batchId,
      round: seat.round,
      seat: seat.seat,
      reviewer: getAddress(seat.reviewer),
      commitment: seat.commitment,
    },
    threshold: 1,
    key_check: bytesToHex(check),
    shares: [
      {
        keeper,
        commitment: bytesToHex(commitment),
        encapsulated: bytesToHex(sealed.encapsulated),
        ciphertext: bytesToHex(sealed.ciphertext),
      },
    ],
    ciphertext: bytesToHex(ciphertext),
  };
}

function encodeSeat(seat: Seat): Uint8Array {
  return concat(
    uintWord(seat.chainId).slice(-8),
    hexToBytes(seat.contract),
    hexToBytes(seat.batchId),
    Uint8Array.of(seat.round, seat.seat),
    hexToBytes(seat.reviewer),
    hexToBytes(seat.commitment),
  );
}

function drawn(): Chance {
  const word = () => crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return { contentKey: word(), blinding: word(), ephemeral: word() };
}

function hash(name: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha256(concat(tagged(name), ...parts));
}

function tagged(name: string): Uint8Array {
  return new TextEncoder().encode(TAG + name);
}
