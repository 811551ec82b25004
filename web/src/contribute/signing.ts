import { bytesToHex } from "viem";
import { postSurely } from "../api/connection";
import type { Schemas } from "../api/http";
import type { Hex } from "../protocol/bytes";
import { batchTree, type LabelledDigest } from "../protocol/merkle";
import type { Domain } from "../protocol/messages";
import { goodUntil } from "../wallet/deadline";
import type { Wallet } from "../wallet/wallet";

/** Signs a batch of pictures that the server has, and hands it in; returns the batch's id. */
export async function handIn(
  wallet: Wallet,
  domain: Domain,
  datasetId: string,
  items: readonly LabelledDigest[],
): Promise<string> {
  const root = bytesToHex(batchTree(items).root);
  const deadline = goodUntil();
  const signature = await wallet.sign(domain, {
    name: "Submit",
    value: {
      datasetId: datasetId as Hex,
      contributor: wallet.address,
      root,
      itemCount: items.length,
      deadline: BigInt(deadline),
    },
  });
  const body = { dataset_id: datasetId, contributor: wallet.address, items, deadline, signature };
  return (await postSurely<Schemas["BatchAccepted"]>("/batches", body)).batch_id;
}
