import { hexToBytes } from "viem";
import { addressWord, concat, type Hex, keccak, uintWord } from "./bytes";

/** The fields of a policy in the order of the contract's struct. Amounts in gwei, windows in seconds, delay in blocks. */
export const POLICY_FIELDS = [
  ["itemStake", "uint64"],
  ["itemReward", "uint64"],
  ["reviewFee", "uint64"],
  ["seatStake", "uint64"],
  ["panelSize", "uint8"],
  ["escalatedSize", "uint8"],
  ["finalSize", "uint8"],
  ["quorum", "uint8"],
  ["detectorVotes", "uint8"],
  ["drawDelay", "uint8"],
  ["maxItems", "uint16"],
  ["maxGold", "uint16"],
  ["screeningWindow", "uint24"],
  ["commitWindow", "uint24"],
  ["revealWindow", "uint24"],
  ["holdWindow", "uint24"],
  ["rejectedSlashBps", "uint16"],
  ["silentSlashBps", "uint16"],
  ["incoherentSlashBps", "uint16"],
  ["goldPassBps", "uint16"],
] as const;

export type PolicyField = (typeof POLICY_FIELDS)[number][0];
export type Policy = Readonly<Record<PolicyField, number>>;

/** What creates a dataset. */
export interface DatasetParams {
  readonly owner: Hex;
  readonly detector: Hex;
  readonly classCount: number;
  readonly metadataHash: Hex;
  readonly salt: Hex;
  readonly policy: Policy;
}

/** The hash of the rules, which a dataset's id carries. */
export function policyHash(policy: Policy): Uint8Array {
  return keccak(concat(...POLICY_FIELDS.map(([name]) => uintWord(policy[name]))));
}

/** `keccak256(abi.encode(owner, detector, classCount, metadataHash, policyHash, salt))`. */
export function datasetId(params: DatasetParams): Uint8Array {
  return keccak(
    concat(
      addressWord(params.owner),
      addressWord(params.detector),
      uintWord(params.classCount),
      hexToBytes(params.metadataHash),
      policyHash(params.policy),
      hexToBytes(params.salt),
    ),
  );
}

/** The hash of a list of accounts in its order: the EIP-712 encoding of `address[]`. */
export function panelHash(accounts: readonly string[]): Uint8Array {
  return keccak(concat(...accounts.map(addressWord)));
}

/** `keccak256(abi.encode(commitment, taskRoot))`, by which ballots are bound to what was shown. */
export function screeningWord(commitment: Uint8Array, taskRoot: Uint8Array): Uint8Array {
  return keccak(concat(commitment, taskRoot));
}
