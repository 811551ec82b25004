import { readFileSync } from "node:fs";
import { bytesToHex, hashStruct, hashTypedData } from "viem";
import { describe, expect, it } from "vitest";
import { bitmapHash, packBits, unpackBits, wordTexts } from "./bitmap";
import type { Hex } from "./bytes";
import { datasetId, POLICY_FIELDS, type Policy } from "./identity";
import { batchTree, itemLeaf, verifyProof } from "./merkle";
import { MESSAGES, type MessageName, typedDomain } from "./messages";

// The same vectors that the contract and the Python package are held against.
function vectors(name: string) {
  return JSON.parse(readFileSync(new URL(`../../../tests/vectors/${name}.json`, import.meta.url), "utf8"));
}

describe("the golden vectors", () => {
  const leaves = vectors("leaves");
  for (let number = 0; number < leaves.cases; number++) {
    it(`give the tree of leaves, case ${number}`, () => {
      const told = leaves[`case${number}`];
      const items = told.sha256.map((sha256: string, place: number) => ({
        sha256: sha256.slice(2),
        label: Number(told.labels[place]),
      }));
      const tree = batchTree(items);
      expect(bytesToHex(tree.root)).toBe(told.root);
      expect(
        items.map((item: { sha256: string; label: number }, at: number) => bytesToHex(itemLeaf(at, item))),
      ).toEqual(told.leaves);
      const proofs = told.proof_indices.flatMap((index: string) =>
        tree.proof(Number(index)).map((one) => bytesToHex(one)),
      );
      expect(proofs).toEqual(told.proofs);
      const first = itemLeaf(0, items[0]);
      expect(verifyProof(tree.root, first, tree.proof(0))).toBe(true);
      if (items.length > 1) expect(verifyProof(tree.root, first, tree.proof(1))).toBe(false);
    });
  }

  const ids = vectors("ids");
  for (let number = 0; number < ids.cases; number++) {
    const told = ids[`case${number}`];
    // Amounts beyond 2**53 are not numbers that a page can hold; no policy of a person has them.
    const amounts: string[] = told.policy ?? [];
    if (!told.dataset_id || amounts.some((value) => Number(value) > Number.MAX_SAFE_INTEGER)) continue;
    it(`give the id of a dataset, case ${number}`, () => {
      const policy = Object.fromEntries(POLICY_FIELDS.map(([name], place) => [name, Number(amounts[place])])) as Policy;
      const id = datasetId({
        owner: told.owner,
        detector: told.detector,
        classCount: Number(told.class_count),
        metadataHash: told.metadata_hash,
        salt: told.salt,
        policy,
      });
      expect(bytesToHex(id)).toBe(told.dataset_id);
    });
  }

  const signatures = vectors("signatures");
  const domain = typedDomain({ chainId: Number(signatures.chain_id), contract: signatures.contract });
  for (const name of Object.keys(MESSAGES) as MessageName[]) {
    const told = signatures[name];
    if (!told) continue;
    it(`give the digest of ${name}`, () => {
      const message = Object.fromEntries(
        MESSAGES[name].map((field) => {
          const value = told[field.name.replace(/[A-Z]/g, (letter: string) => `_${letter.toLowerCase()}`)];
          if (field.type === "bool") return [field.name, value === "True"];
          return [field.name, field.type.startsWith("uint") ? BigInt(value) : value];
        }),
      );
      const types = { [name]: [...MESSAGES[name]] };
      expect(hashStruct({ data: message, primaryType: name, types })).toBe(told.struct_hash);
      if (told.digest) expect(hashTypedData({ domain, types, primaryType: name, message })).toBe(told.digest);
    });
  }
});

describe("bitmaps", () => {
  it("come back as they were packed", () => {
    for (const size of [1, 2, 255, 256, 257, 513]) {
      const bits = Array.from({ length: size }, (_, place) => (place * 7919) % 13 < 5);
      expect(unpackBits(packBits(bits), size)).toEqual(bits);
    }
  });

  it("put place 0 into the lowest bit of the first word", () => {
    expect(packBits([true, false, true])).toEqual([5n]);
    expect(wordTexts(packBits([true]))).toEqual([`0x${"1".padStart(64, "0")}` satisfies Hex]);
  });

  it("differ in their hash when a bit differs", () => {
    expect(bitmapHash(packBits([true, false]))).not.toEqual(bitmapHash(packBits([true, true])));
  });
});
