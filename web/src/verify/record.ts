import { parseAbi } from "viem";
import { isBitmap, popcount } from "../protocol/bitmap";
import { finalSeal } from "../protocol/record";
import type { BatchFile } from "./contents";
import { decided, type Evidence } from "./evidence";
import { need, StepFailed } from "./failure";
import type { Replay } from "./replay";

const VIEWS = parseAbi(["function sealOf(bytes32 batchId) view returns (bytes32)"]);

/** Step record: each event can follow those before it, and no round is left out. */
export function verifyRecord(evidence: Evidence): string {
  let events = 0;
  for (const { batch, replay } of decided(evidence)) {
    need(replay.settled !== undefined && replay.record === null, `${replay.name} did not end with its settlement`);
    checkQuestions(replay);
    const last = replay.concluded.at(-1);
    need(last !== undefined, `${replay.name} was settled without a concluded round`);
    const same = batch.lastRound === last.number && batch.panel.join() === last.panel.join();
    need(same, `${replay.name}: batches.jsonl names another last round or panel`);
    const told = batch.rounds.map((round) => round.number).join(", ");
    const known = replay.rounds.map((round) => round.number).join(", ");
    need(told === known, `${replay.name}: batches.jsonl tells of rounds [${told}], the chain of rounds [${known}]`);
    events += evidence.history.batch(batch.batchId).events.length;
  }
  return `${events} events follow from each other, round after round`;
}

function checkQuestions(replay: Replay): void {
  replay.rounds.forEach((round, at) => {
    const { question, items, number } = round;
    const fits = question.length === 0 || isBitmap(question, replay.itemCount);
    const count = question.length === 0 ? replay.itemCount : popcount(question);
    const told = fits && count === items;
    need(told, `${replay.name}: what is in question in round ${number} is no bitmap of ${items} items`);
    need(round.end !== undefined || at === replay.rounds.length - 1, `${replay.name}: round ${number} never ended`);
  });
}

/** Step seal: the hashes of the replayed records are those that the contract kept, before the settlement and now. */
export async function verifySeals(evidence: Evidence): Promise<string> {
  const { batches, progress, rpc, manifest, notes } = evidence;
  let unseen = 0;
  for (const [at, { batch, replay }] of decided(evidence).entries()) {
    const found = await rpc.read(manifest.contract, VIEWS, "sealOf", [batch.batchId]);
    if (!replay.decision) throw new StepFailed(`${replay.name} was settled without a decision`);
    const same = found === finalSeal(replay.decision.accepted);
    need(same, `${replay.name}: the contract keeps another outcome than its events give`);
    if (!(await checkBefore(evidence, batch, replay))) unseen++;
    progress(at + 1, batches.length);
  }
  if (unseen > 0) {
    notes.push(
      `The node no longer has the state before the settlement of ${unseen} of ${batches.length} batches: ` +
        "there the accounts linked in a screening follow from the chain's Screened events alone.",
    );
  }
  return `${batches.length} batches end as the contract keeps them`;
}

/** Whether the record before the settlement could be compared. @throws StepFailed where the contract kept another. */
async function checkBefore({ history, rpc, manifest }: Evidence, batch: BatchFile, replay: Replay): Promise<boolean> {
  const { settled, final } = replay;
  if (!settled || !final) return false;
  const block = settled.at.block - 1;
  const later = history.batch(batch.batchId).events.some((event) => event !== settled && event.at.block > block);
  if (later) return false;
  const found = await rpc.read(manifest.contract, VIEWS, "sealOf", [batch.batchId], block);
  if (found === null) return false;
  const same = found === final.seal();
  need(same, `${replay.name}: the contract kept another record before the settlement than its events give`);
  return true;
}
