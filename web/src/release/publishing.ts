import { queryOptions } from "@tanstack/react-query";
import { encodeFunctionData, parseAbi } from "viem";
import { get, post, Refused, type Schemas } from "../api/http";
import type { Draft, Publication } from "../api/queries";
import type { Hex } from "../protocol/bytes";
import { say } from "../strings";
import { asSignedIn } from "../wallet/session";
import { type Wallet, WalletError } from "../wallet/wallet";

const PUBLISH = parseAbi([
  "function publishRelease(bytes32 datasetId, bytes32 manifestRoot, uint32 itemCount, bytes32 manifestHash) returns (uint32)",
]);
const ASK_MS = 500;
const PATIENCE_MS = 60_000;

/** The draft that the server has of a dataset's next release, for its owner, signed in: built here before, or on its way. */
export function draftQuery(datasetId: string) {
  return queryOptions({
    queryKey: ["dataset", datasetId, "releases", "draft"],
    queryFn: () => asSignedIn(get<Draft>(`/datasets/${datasetId}/releases/draft`)),
    refetchInterval: ({ state }) => (state.data?.state === "building" ? ASK_MS : false),
  });
}

/** Has the server build the next release, with an audit's certificate if there is one, and waits for it; the owner must be signed in. */
export async function buildRelease(
  datasetId: string,
  certificate: string | null,
  heard: (draft: Draft) => void,
): Promise<Draft> {
  const path = `/datasets/${datasetId}/releases/draft`;
  let draft = await post<Draft>(path, certificate === null ? {} : { certificate });
  while (draft.state === "building") {
    heard(draft);
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    draft = await get<Draft>(path);
  }
  if (draft.state !== "built") throw new Error(draft.reason ?? say.release.publish.lost);
  return draft;
}

/** Has the owner's wallet publish what was built, and waits until the server has read it from the chain. */
export async function publishRelease(
  wallet: Wallet,
  chain: Schemas["ChainOut"],
  datasetId: string,
  draft: Draft,
): Promise<void> {
  if (!wallet.send) throw new WalletError(say.release.publish.noEther);
  await wallet.send(chain.chain_id, { to: chain.contract as Hex, data: publication(datasetId, draft), value: 0n });
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; ) {
    if (await isPublished(datasetId, draft.version)) return;
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
  }
  throw new Error(say.release.publish.slow);
}

/** The call of the contract that publishes what was built. */
export function publication(datasetId: string, { manifest_root, item_count, manifest_hash }: Draft): Hex {
  const args = [datasetId as Hex, manifest_root as Hex, item_count ?? 0, manifest_hash as Hex] as const;
  return encodeFunctionData({ abi: PUBLISH, functionName: "publishRelease", args });
}

async function isPublished(datasetId: string, version: number): Promise<boolean> {
  try {
    await get<Publication>(`/datasets/${datasetId}/releases/${version}`);
    return true;
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return false;
    throw error;
  }
}
