import { bytesToHex, encodeFunctionData } from "viem";
import { post, type Schemas } from "../api/http";
import type { Hex } from "../protocol/bytes";
import { type DatasetParams, datasetId, POLICY_FIELDS, type Policy } from "../protocol/identity";
import type { LabelledDigest } from "../protocol/merkle";
import { type Wallet, WalletError } from "../wallet/wallet";

/** What an owner says of a new dataset. */
export interface NewDataset {
  readonly name: string;
  readonly description: string;
  readonly classes: readonly string[];
  readonly seed: readonly LabelledDigest[];
  readonly policy: Policy;
  readonly bountyGwei: number;
}

const CREATE = [
  {
    type: "function",
    name: "createDataset",
    stateMutability: "payable",
    inputs: [
      {
        name: "params",
        type: "tuple",
        components: [
          { name: "owner", type: "address" },
          { name: "detector", type: "address" },
          { name: "classCount", type: "uint16" },
          { name: "metadataHash", type: "bytes32" },
          { name: "salt", type: "bytes32" },
          { name: "policy", type: "tuple", components: POLICY_FIELDS.map(([name, type]) => ({ name, type })) },
        ],
      },
    ],
    outputs: [{ type: "bytes32" }],
  },
];

/** Keeps the metadata on this server and has the owner's wallet create the dataset; returns the id it will have. */
export async function createDataset(wallet: Wallet, chain: Schemas["ChainOut"], dataset: NewDataset): Promise<string> {
  if (!wallet.send) throw new WalletError("Creating a dataset moves your ether: sign in with a wallet that has some.");
  const { name, description, classes, seed } = dataset;
  const document = { name, classes, ...(description ? { description } : {}), ...(seed.length ? { seed } : {}) };
  const { metadata_hash } = await post<Schemas["MetadataOut"]>("/metadata", document);
  const params = {
    owner: wallet.address,
    detector: chain.operator as Hex,
    classCount: classes.length,
    metadataHash: metadata_hash as Hex,
    salt: bytesToHex(crypto.getRandomValues(new Uint8Array(32))),
    policy: dataset.policy,
  };
  const data = creation(params);
  const value = BigInt(dataset.bountyGwei) * 1_000_000_000n;
  await wallet.send(chain.chain_id, { to: chain.contract as Hex, data, value });
  return bytesToHex(datasetId(params));
}

/** The call of the contract that creates a dataset. */
export function creation(params: DatasetParams): Hex {
  return encodeFunctionData({ abi: CREATE, functionName: "createDataset", args: [params] });
}

/** What an image costs the bounty when it is accepted in the first round, in gwei. */
export function costOfAnImage(policy: Policy): number {
  return policy.itemReward + policy.panelSize * policy.reviewFee;
}
