import { describe, expect, it } from "vitest";
import { KeystoreError, readKeystore, writeKeystore } from "./keystore";

const KEY = "0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";

// The PBKDF2 vector of the Web3 Secret Storage definition.
const VECTOR = {
  crypto: {
    cipher: "aes-128-ctr",
    cipherparams: { iv: "6087dab2f9fdbbfaddc31a909735c1e6" },
    ciphertext: "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
    kdf: "pbkdf2",
    kdfparams: {
      c: 262144,
      dklen: 32,
      prf: "hmac-sha256",
      salt: "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
    },
    mac: "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
  },
  id: "3198bc9c-6672-5ab3-d995-4942343ae5b6",
  version: 3,
};

describe("a backup of the wallet", () => {
  it("reads the standard's own vector", async () => {
    expect(await readKeystore(JSON.stringify(VECTOR), "testpassword")).toBe(KEY);
  });

  it("comes back with its passphrase", async () => {
    expect(await readKeystore(await writeKeystore(KEY, "correct horse"), "correct horse")).toBe(KEY);
  });

  it("refuses another passphrase", async () => {
    await expect(readKeystore(JSON.stringify(VECTOR), "guess")).rejects.toThrow(KeystoreError);
  });

  it("refuses what is no backup, and what is damaged", async () => {
    const damaged = { ...VECTOR, crypto: { ...VECTOR.crypto, ciphertext: "zz" } };
    const endless = { ...VECTOR, crypto: { ...VECTOR.crypto, kdfparams: { ...VECTOR.crypto.kdfparams, c: 1e12 } } };
    for (const text of ["", "{}", "[]", "null", '{"version": 3}', JSON.stringify(damaged), JSON.stringify(endless)]) {
      await expect(readKeystore(text, "testpassword")).rejects.toThrow(KeystoreError);
    }
  });
});
