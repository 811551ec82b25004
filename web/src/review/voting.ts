import { bytesToHex, hashTypedData, hexToBytes, keccak256 } from "viem";
import { postSurely } from "../api/connection";
import { get } from "../api/http";
import type { Review, Task } from "../api/queries";
import { bitmapHash, packBits, wordTexts } from "../protocol/bitmap";
import { equal, type Hex } from "../protocol/bytes";
import { panelHash, screeningWord } from "../protocol/identity";
import { batchTree } from "../protocol/merkle";
import { type Domain, MESSAGES, saltText, typedDomain } from "../protocol/messages";
import type { Wallet } from "../wallet/wallet";

/** What the server shows is not what the ballot will bind; nobody should vote on it. */
export class TaskAltered extends Error {
  constructor() {
    super(
      "The server shows other pictures than those that were committed to before the draw. Do not vote; tell the dataset's owner.",
    );
    this.name = "TaskAltered";
  }
}

/** What names a seat in this browser. */
export function seatName(seat: Review): string {
  return `${seat.batch_id} ${seat.round} ${seat.seat}`;
}

/** What a seat's panel is shown, to its reviewer who is signed in, checked against the word that the ballot binds. */
export async function loadTask(seat: Review): Promise<Task> {
  const task = await get<Task>(`/batches/${seat.batch_id}/rounds/${seat.round}/task`);
  checkTask(seat, task);
  return task;
}

/** @throws TaskAltered where pictures, labels or their order are not those that the seat's screening word binds. */
export function checkTask(seat: Pick<Review, "screening" | "positions">, task: Task): void {
  if (task.pictures && task.pictures.length !== seat.positions) throw new TaskAltered();
  let word: Uint8Array = new Uint8Array(32);
  if (task.commitment !== null && task.task_root !== null) {
    const root = hexToBytes(task.task_root as Hex);
    if (task.pictures && !equal(root, batchTree(task.pictures).root)) throw new TaskAltered();
    word = screeningWord(hexToBytes(task.commitment as Hex), root);
  }
  if (!equal(word, hexToBytes(seat.screening as Hex))) throw new TaskAltered();
}

/**
 * Commits to one verdict per position: the wallet signs the salt's text and the commitment, the server brings it on chain. With the
 * public key of the server's keeper the opening is left sealed for it, and nobody has to come back to open it.
 */
export async function commitVerdicts(
  wallet: Wallet,
  domain: Domain,
  seat: Review,
  verdicts: readonly boolean[],
  keeper: Hex | null,
): Promise<void> {
  const panel = bytesToHex(panelHash(seat.panel));
  const words = packBits(verdicts);
  const salt = await saltOf(wallet, domain, seat);
  const message = {
    batchId: seat.batch_id as Hex,
    round: seat.round,
    screening: seat.screening as Hex,
    panelHash: panel,
    reviewer: wallet.address,
    verdictsHash: bytesToHex(bitmapHash(words)),
    salt,
  };
  const types = { Ballot: [...MESSAGES.Ballot] };
  const commitment = hashTypedData({ domain: typedDomain(domain), types, primaryType: "Ballot", message });
  const signature = await wallet.sign(domain, {
    name: "Commit",
    value: { batchId: seat.batch_id as Hex, round: seat.round, panelHash: panel, commitment },
  });
  const { batch_id, round, seat: number } = seat;
  const ballot = { batch_id, round, seat: number, reviewer: wallet.address, commitment, signature };
  if (keeper === null) return void (await postSurely("/ballots", ballot));
  const { encodeOpening, sealOpening } = await import("../sealing/envelope");
  const where = { ...domain, batchId: batch_id as Hex, round, seat: number, reviewer: wallet.address, commitment };
  await postSurely("/ballots", { ...ballot, sealed: sealOpening(encodeOpening(number, salt, words), where, keeper) });
}

/** Opens a commitment to the same verdicts; the salt is derived from the wallet again. */
export async function revealVerdicts(
  wallet: Wallet,
  domain: Domain,
  seat: Review,
  verdicts: readonly boolean[],
): Promise<void> {
  const salt = await saltOf(wallet, domain, seat);
  const { batch_id, round, seat: number } = seat;
  await postSurely("/openings", { batch_id, round, seat: number, salt, verdicts: wordTexts(packBits(verdicts)) });
}

async function saltOf(wallet: Wallet, domain: Domain, seat: Review): Promise<Hex> {
  return keccak256(await wallet.signText(saltText(domain, seat.batch_id, seat.round)));
}
