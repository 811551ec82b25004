import { chacha20poly1305 } from "@noble/ciphers/chacha";
import { x25519 } from "@noble/curves/ed25519";
import { expand, extract } from "@noble/hashes/hkdf";
import { sha256 } from "@noble/hashes/sha2";
import { concat } from "../protocol/bytes";

// HPKE (RFC 9180) as a sender of one message: base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305.
const VERSION = text("HPKE-v1");
const KEM = concat(text("KEM"), Uint8Array.of(0x00, 0x20));
const SUITE = concat(text("HPKE"), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x03));
const NOTHING = new Uint8Array(0);
const BASE_MODE = 0;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;

/** What a receiver needs: the encapsulated key and the ciphertext with its tag. */
export interface Sealed {
  readonly encapsulated: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/**
 * Encrypts one message to a public key (32 bytes). The ephemeral private key (32 random bytes) is for this message alone.
 *
 * @throws Error where the public key is of small order (RFC 9180, section 7.1.4).
 */
export function sealTo(
  publicKey: Uint8Array,
  info: Uint8Array,
  associated: Uint8Array,
  plaintext: Uint8Array,
  ephemeral: Uint8Array,
): Sealed {
  const encapsulated = x25519.getPublicKey(ephemeral);
  const agreed = labeledExtract(KEM, NOTHING, "eae_prk", x25519.getSharedSecret(ephemeral, publicKey));
  const shared = labeledExpand(KEM, agreed, "shared_secret", concat(encapsulated, publicKey), KEY_BYTES);
  const context = concat(
    Uint8Array.of(BASE_MODE),
    labeledExtract(SUITE, NOTHING, "psk_id_hash", NOTHING),
    labeledExtract(SUITE, NOTHING, "info_hash", info),
  );
  const secret = labeledExtract(SUITE, shared, "secret", NOTHING);
  const key = labeledExpand(SUITE, secret, "key", context, KEY_BYTES);
  const nonce = labeledExpand(SUITE, secret, "base_nonce", context, NONCE_BYTES);
  return { encapsulated, ciphertext: chacha20poly1305(key, nonce, associated).encrypt(plaintext) };
}

function labeledExtract(suite: Uint8Array, salt: Uint8Array, label: string, material: Uint8Array): Uint8Array {
  return extract(sha256, concat(VERSION, suite, text(label), material), salt);
}

function labeledExpand(
  suite: Uint8Array,
  key: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array {
  const info = concat(Uint8Array.of(length >> 8, length & 0xff), VERSION, suite, text(label), context);
  return expand(sha256, key, info, length);
}

function text(ascii: string): Uint8Array {
  return new TextEncoder().encode(ascii);
}
