import { hexToBytes } from "viem";
import { compare, concat, equal, keccak, uintWord } from "./bytes";

/**
 * OpenZeppelin's StandardMerkleTree ("standard-v1"): sorted leaves, a complete binary tree, sorted pairs.
 * The same tree as `sebrus.protocol.merkle`; both are held against the golden vectors.
 */
export class MerkleTree {
  readonly #nodes: Uint8Array[];
  readonly #places: number[];

  /** @throws RangeError without a leaf. */
  constructor(leaves: readonly Uint8Array[]) {
    if (leaves.length === 0) throw new RangeError("A Merkle tree needs at least one leaf.");
    const order = leaves.map((leaf, position) => ({ leaf, position }));
    order.sort((a, b) => compare(a.leaf, b.leaf) || a.position - b.position);
    const size = 2 * leaves.length - 1;
    this.#nodes = new Array<Uint8Array>(size);
    this.#places = new Array<number>(leaves.length);
    for (const [rank, { leaf, position }] of order.entries()) {
      this.#places[position] = size - 1 - rank;
      this.#nodes[size - 1 - rank] = leaf;
    }
    for (let node = leaves.length - 2; node >= 0; node--) {
      this.#nodes[node] = hashPair(this.#node(2 * node + 1), this.#node(2 * node + 2));
    }
  }

  get root(): Uint8Array {
    return this.#node(0);
  }

  /** The siblings from the leaf given at `position` up to the root. */
  proof(position: number): Uint8Array[] {
    let node = this.#places[position];
    if (node === undefined) throw new RangeError(`The tree has no leaf ${position}.`);
    const siblings: Uint8Array[] = [];
    while (node > 0) {
      siblings.push(this.#node(node % 2 === 1 ? node + 1 : node - 1));
      node = Math.floor((node - 1) / 2);
    }
    return siblings;
  }

  #node(place: number): Uint8Array {
    const node = this.#nodes[place];
    if (node === undefined) throw new RangeError(`The tree has no node ${place}.`);
    return node;
  }
}

/** Whether `proof` leads from `leaf` to `root`. */
export function verifyProof(root: Uint8Array, leaf: Uint8Array, proof: readonly Uint8Array[]): boolean {
  return equal(
    root,
    proof.reduce((node, sibling) => hashPair(node, sibling), leaf),
  );
}

function hashPair(a: Uint8Array, b: Uint8Array): Uint8Array {
  return keccak(compare(a, b) < 0 ? concat(a, b) : concat(b, a));
}

/** One labelled image: 64 hex digits of sha256, and the place of its class. */
export interface LabelledDigest {
  readonly sha256: string;
  readonly label: number;
}

/** The leaf of one item: `(uint256 index, bytes32 sha256, uint16 label)`, hashed twice. */
export function itemLeaf(index: number, item: LabelledDigest): Uint8Array {
  return keccak(keccak(concat(uintWord(index), hexToBytes(`0x${item.sha256}`), uintWord(item.label))));
}

/** A released item's leaf: `(bytes32 batchId, uint256 index, bytes32 sha256, uint16 label)`, hashed twice. */
export function manifestLeaf(batchId: Uint8Array, index: number, item: LabelledDigest): Uint8Array {
  return keccak(keccak(concat(batchId, uintWord(index), hexToBytes(`0x${item.sha256}`), uintWord(item.label))));
}

/** The tree over the items of a batch, or over the pictures of a task, in their order. */
export function batchTree(items: readonly LabelledDigest[]): MerkleTree {
  return new MerkleTree(items.map((item, index) => itemLeaf(index, item)));
}
