import { bytesToHex, type Hex, hashTypedData, keccak256 } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { Task } from "../src/api/queries";
import { bitmapHash, packBits, wordTexts } from "../src/protocol/bitmap";
import { panelHash } from "../src/protocol/identity";
import { MESSAGES, saltText, typedDomain } from "../src/protocol/messages";
import type { TestPicture } from "./pictures";
import { domainNow, type SeatOfTest, seatsOf, sign } from "./scene";
import { api, handIn, until } from "./stage";

/** Has everybody in a batch's panel judge by what the pictures really show, and waits until it is settled. */
export async function settle(batch: string, known: readonly TestPicture[]): Promise<void> {
  const shows = new Map(known.map((one) => [one.sha256, one.shows]));
  const seats = await seatsOf(batch);
  const openings = await Promise.all(seats.map((seat) => commit(seat, shows)));
  for (const [number, { key }] of seats.entries()) {
    const { address } = privateKeyToAccount(key);
    await until(async () => {
      const mine = await api<{ batch_id: string; state: string }[]>(`/reviews/${address}`);
      return mine.find((one) => one.batch_id === batch)?.state === "reveal";
    });
    await handIn("/openings", openings[number]);
  }
  await until(async () => (await api<{ phase: string }>(`/batches/${batch}`)).phase === "Settled");
}

/** Commits from a seat; returns what opens it. */
async function commit({ key, review }: SeatOfTest, shows: ReadonlyMap<string, number>): Promise<unknown> {
  const account = privateKeyToAccount(key);
  const { batch_id, round, seat } = review;
  const panel = bytesToHex(panelHash(review.panel));
  const place = { batchId: batch_id as Hex, round, panelHash: panel };
  const look = await sign(key, "Look", { ...place, reviewer: account.address });
  const query = new URLSearchParams({ reviewer: account.address, signature: look });
  const { pictures } = await api<Task>(`/batches/${batch_id}/rounds/${round}/task?${query}`);
  const verdicts = packBits((pictures ?? []).map(({ sha256, label }) => shows.get(sha256) === label));
  const domain = await domainNow();
  const salt = keccak256(await account.signMessage({ message: saltText(domain, batch_id, round) }));
  const screening = review.screening as Hex;
  const verdictsHash = bytesToHex(bitmapHash(verdicts));
  const message = { ...place, screening, reviewer: account.address, verdictsHash, salt };
  const types = { Ballot: [...MESSAGES.Ballot] };
  const commitment = hashTypedData({ domain: typedDomain(domain), types, primaryType: "Ballot", message });
  const signature = await sign(key, "Commit", { ...place, commitment });
  await handIn("/ballots", { batch_id, round, seat, reviewer: account.address, commitment, signature });
  return { batch_id, round, seat, salt, verdicts: wordTexts(verdicts) };
}
