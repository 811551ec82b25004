import type { TypedDataDomain } from "viem";
import type { Hex } from "./bytes";

/** Where a signature counts: one contract on one chain. */
export interface Domain {
  readonly chainId: number;
  readonly contract: Hex;
}

/** The EIP-712 messages that people and the detector sign or commit to: field names and types as in the contract. https://eips.ethereum.org/EIPS/eip-712 */
export const MESSAGES = {
  Submit: [
    { name: "datasetId", type: "bytes32" },
    { name: "contributor", type: "address" },
    { name: "root", type: "bytes32" },
    { name: "itemCount", type: "uint16" },
    { name: "deadline", type: "uint256" },
  ],
  Commit: [
    { name: "batchId", type: "bytes32" },
    { name: "round", type: "uint8" },
    { name: "panelHash", type: "bytes32" },
    { name: "commitment", type: "bytes32" },
  ],
  Ballot: [
    { name: "batchId", type: "bytes32" },
    { name: "round", type: "uint8" },
    { name: "screening", type: "bytes32" },
    { name: "panelHash", type: "bytes32" },
    { name: "reviewer", type: "address" },
    { name: "verdictsHash", type: "bytes32" },
    { name: "salt", type: "bytes32" },
  ],
  Screening: [
    { name: "batchId", type: "bytes32" },
    { name: "round", type: "uint8" },
    { name: "modelHash", type: "bytes32" },
    { name: "scoresRoot", type: "bytes32" },
    { name: "flagsHash", type: "bytes32" },
    { name: "goldHash", type: "bytes32" },
    { name: "answersHash", type: "bytes32" },
    { name: "salt", type: "bytes32" },
  ],
  Appeal: [
    { name: "batchId", type: "bytes32" },
    { name: "round", type: "uint8" },
    { name: "appellant", type: "address" },
    { name: "itemsHash", type: "bytes32" },
    { name: "deadline", type: "uint256" },
  ],
  Stake: [
    { name: "account", type: "address" },
    { name: "amount", type: "uint64" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  Unstake: [
    { name: "account", type: "address" },
    { name: "amount", type: "uint64" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  Withdraw: [
    { name: "account", type: "address" },
    { name: "amount", type: "uint64" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  Payout: [
    { name: "account", type: "address" },
    { name: "payout", type: "bool" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
} as const;

export type MessageName = keyof typeof MESSAGES;
export type MessageValue = Readonly<Record<string, Hex | bigint | number | boolean>>;

/** A message with its kind, as a wallet is handed it. */
export interface Message {
  readonly name: MessageName;
  readonly value: MessageValue;
}

/** The EIP-712 domain of the contract. */
export function typedDomain(domain: Domain): TypedDataDomain {
  return { name: "SeBRUS", version: "1", chainId: domain.chainId, verifyingContract: domain.contract };
}

/** The text whose signature gives a seat's salt: the same wallet finds it again on any device (docs/api.md). */
export function saltText(domain: Domain, batchId: string, round: number): string {
  return `SeBRUS salt\nchain ${domain.chainId}\ncontract ${domain.contract}\nbatch ${batchId}\nround ${round}`;
}
