import { bytesToHex } from "viem";
import { post } from "../api/http";
import type { Batch } from "../api/queries";
import { bitmapHash, packBits, wordTexts } from "../protocol/bitmap";
import type { Hex } from "../protocol/bytes";
import type { Domain } from "../protocol/messages";
import { goodUntil } from "../wallet/deadline";
import type { Wallet } from "../wallet/wallet";

/** Signs an appeal against the decision on some items of a batch, and hands it in. */
export async function appeal(wallet: Wallet, domain: Domain, batch: Batch, places: ReadonlySet<number>): Promise<void> {
  const words = packBits(Array.from({ length: batch.item_count }, (_, place) => places.has(place)));
  const deadline = goodUntil();
  const signature = await wallet.sign(domain, {
    name: "Appeal",
    value: {
      batchId: batch.id as Hex,
      round: batch.round,
      appellant: wallet.address,
      itemsHash: bytesToHex(bitmapHash(words)),
      deadline: BigInt(deadline),
    },
  });
  const { id: batch_id, round } = batch;
  await post("/appeals", { batch_id, round, appellant: wallet.address, items: wordTexts(words), deadline, signature });
}
