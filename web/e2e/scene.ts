import { bytesToHex, createWalletClient, type Hex, http } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import type { Schemas } from "../src/api/http";
import type { Review } from "../src/api/queries";
import { creation } from "../src/dataset/creating";
import { deposition } from "../src/money/movements";
import { datasetId, type Policy } from "../src/protocol/identity";
import { batchTree } from "../src/protocol/merkle";
import { type Domain, MESSAGES, type MessageName, type MessageValue, typedDomain } from "../src/protocol/messages";
import { goodUntil } from "../src/wallet/deadline";
import { CLASSES, pictures, type TestPicture } from "./pictures";
import { api, handIn, mine, place, REVIEWER_KEYS, rpc, until } from "./stage";

/** Somebody's place in a panel, with the key of who sits there. */
export interface SeatOfTest {
  readonly key: Hex;
  readonly review: Review;
}

const ETHER = 10n ** 18n;
const STAKE_GWEI = 5e8;
const EPOCH_ROOM = 200;
const FILES_AT_ONCE = 200;

/** How many pictures the panel of a free seat judges. */
export const PICTURES_OF_A_SEAT = 24;

// One panel of three decides alone, and nothing ends while a test looks. What a test wants otherwise it says.
const QUIET: Partial<Policy> = {
  itemStake: 0,
  panelSize: 3,
  escalatedSize: 0,
  finalSize: 0,
  quorum: 1,
  drawDelay: 1,
  maxItems: 2048,
  maxGold: 0,
  commitWindow: 20 * 86_400,
  revealWindow: 20 * 86_400,
  holdWindow: 3,
};

/** Opens a dataset without a page: the key of its owner, somebody's unless it is given, signs here. Returns its id, once the server knows it. */
export async function openDataset(
  name: string,
  rules: Partial<Policy> = {},
  document: Readonly<Record<string, unknown>> = {},
  ownerKey?: Hex,
): Promise<string> {
  const owner = ownerKey ?? (await somebody());
  const chain = await api<Schemas["ChainOut"]>("/chain");
  const advised = await api<{ policy: Policy }>("/policy");
  const { metadata_hash } = await handIn<Schemas["MetadataOut"]>("/metadata", {
    name,
    classes: CLASSES,
    ...document,
  });
  const params = {
    owner: privateKeyToAccount(owner).address,
    detector: chain.operator as Hex,
    classCount: (document.classes as string[] | undefined)?.length ?? CLASSES.length,
    metadataHash: metadata_hash as Hex,
    salt: generatePrivateKey(),
    policy: { ...advised.policy, ...QUIET, ...rules },
  };
  await send(owner, chain.contract as Hex, creation(params), 20n * ETHER);
  const id = bytesToHex(datasetId(params));
  await until(async () => (await api<{ id?: string }>(`/datasets/${id}`)).id);
  return id;
}

/** Has every reviewer of the tests staked, those that have not yet. */
export async function stakeReviewers(): Promise<void> {
  const staked = await Promise.all(REVIEWER_KEYS.map(stakeUnlessStaked));
  // Whoever stakes is drawn from the next epoch on.
  if (staked.some((now) => now)) await mine(EPOCH_ROOM);
}

/** Deposits and stakes for one reviewer; false where that was done before. */
async function stakeUnlessStaked(key: Hex): Promise<boolean> {
  const { contract } = await api<Schemas["ChainOut"]>("/chain");
  const { address } = privateKeyToAccount(key);
  const account = () => api<{ free: number; stake: number; nonce: number }>(`/accounts/${address}`);
  if ((await account()).stake > 0) return false;
  await rpc("anvil_setBalance", address, `0x${(100n * ETHER).toString(16)}`);
  await send(key, contract as Hex, deposition(address), ETHER);
  await until(async () => (await account()).free > 0);
  const { nonce } = await account();
  const deadline = goodUntil();
  const value = { account: address, amount: BigInt(STAKE_GWEI), nonce: BigInt(nonce), deadline: BigInt(deadline) };
  const signature = await sign(key, "Stake", value);
  await handIn("/movements", { kind: "stake", account: address, amount: STAKE_GWEI, nonce, deadline, signature });
  await until(async () => (await account()).stake > 0);
  return true;
}

/** Hands in a batch of pictures from a new account, rightly labelled unless it is said how; returns its id. */
export async function contribute(
  dataset: string,
  list: readonly TestPicture[],
  labelOf = (one: TestPicture) => one.shows,
): Promise<string> {
  for (let start = 0; start < list.length; start += FILES_AT_ONCE) {
    const form = new FormData();
    for (const { name, data } of list.slice(start, start + FILES_AT_ONCE))
      form.append("files", new Blob([new Uint8Array(data)], { type: "image/png" }), name);
    await uploadForm(form);
  }
  const key = generatePrivateKey();
  const contributor = privateKeyToAccount(key).address;
  const items = list.map((one) => ({ sha256: one.sha256, label: labelOf(one) }));
  const deadline = goodUntil();
  const value = {
    datasetId: dataset as Hex,
    contributor,
    root: bytesToHex(batchTree(items).root),
    itemCount: items.length,
    deadline: BigInt(deadline),
  };
  const signature = await sign(key, "Submit", value);
  const body = { dataset_id: dataset, contributor, items, deadline, signature };
  return (await handIn<{ batch_id: string }>("/batches", body)).batch_id;
}

/** The seats of a batch's panel, once it is drawn or foreseen. */
export async function seatsOf(batch: string): Promise<SeatOfTest[]> {
  return until(async () => {
    const seats: SeatOfTest[] = [];
    for (const key of REVIEWER_KEYS) {
      const reviews = await api<Review[]>(`/reviews/${privateKeyToAccount(key).address}`);
      const review = reviews.find((one) => one.batch_id === batch);
      if (review) seats.push({ key, review });
    }
    // A panel can appear while it is asked for, one reviewer after the other.
    return seats.length > 0 && seats.length === seats[0]?.review.panel.length && seats;
  });
}

let dataset: Promise<string> | null = null;
let free: SeatOfTest[] = [];
let chosen = 1000;

/** A dataset that many tests of this process may use. */
export function sharedDataset(): Promise<string> {
  dataset ??= openDataset("Pictures for tests");
  return dataset;
}

/** Pictures that no test of this process has used. */
export function freshPictures(count: number): TestPicture[] {
  return pictures(count, process.pid * 1000 + chosen++);
}

/** A seat that nobody has voted from, in a panel on a few pictures. */
export async function freeSeat(): Promise<SeatOfTest> {
  if (free.length === 0) {
    await stakeReviewers();
    free = await seatsOf(await contribute(await sharedDataset(), freshPictures(PICTURES_OF_A_SEAT)));
  }
  const seat = free.pop();
  if (!seat) throw new Error("Nobody was drawn.");
  return seat;
}

/** A new account's key, with ether. */
export async function somebody(): Promise<Hex> {
  const key = generatePrivateKey();
  await rpc("anvil_setBalance", privateKeyToAccount(key).address, `0x${(100n * ETHER).toString(16)}`);
  return key;
}

async function uploadForm(form: FormData): Promise<void> {
  const response = await fetch(`${place.server}/api/v1/images`, { method: "POST", body: form });
  if (!response.ok) throw new Error(await response.text());
}

/** Sends a transaction from an account. */
export async function send(key: Hex, to: Hex, data: Hex, value: bigint): Promise<void> {
  const client = createWalletClient({ account: privateKeyToAccount(key), transport: http(place.node) });
  await client.sendTransaction({ to, data, value, chain: null });
}

// Who has no session asks for a task by a signature, as programs do.
const SIGNED = {
  ...MESSAGES,
  Look: [
    { name: "batchId", type: "bytes32" },
    { name: "round", type: "uint8" },
    { name: "panelHash", type: "bytes32" },
    { name: "reviewer", type: "address" },
  ],
};

/** Signs a message for the contract or the server, as the key's wallet would. */
export async function sign(key: Hex, name: MessageName | "Look", value: MessageValue): Promise<Hex> {
  const domain = typedDomain(await domainNow());
  const types = { [name]: [...SIGNED[name]] };
  return privateKeyToAccount(key).signTypedData({ domain, types, primaryType: name, message: value });
}

/** Where signatures count. */
export async function domainNow(): Promise<Domain> {
  const chain = await api<Schemas["ChainOut"]>("/chain");
  return { chainId: chain.chain_id, contract: chain.contract as Hex };
}
