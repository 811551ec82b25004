import { parseAbi, zeroAddress } from "viem";
import type { Hex } from "../protocol/bytes";
import { drawEntropy, drawPanel, entropyBlock } from "../protocol/draw";
import { panelSizes } from "../protocol/tally";
import type { BatchFile } from "./contents";
import type { EventOf } from "./events";
import { type Evidence, rounds } from "./evidence";
import { need, StepFailed } from "./failure";
import type { Round } from "./replay";

const BLOCKHASH_REACH = 256;
const VIEWS = parseAbi(["function epochLength() view returns (uint64)"]);

type Draw = EventOf<"Drawn"> | EventOf<"Unseated">;

/** Step panel: every panel is the one that weights and entropy decide, and nobody with an interest sat. */
export async function verifyPanel(evidence: Evidence): Promise<string> {
  const { rpc, manifest, notes, progress } = evidence;
  const epochLength = Number(await rpc.read(manifest.contract, VIEWS, "epochLength", []));
  need(epochLength > 0, "the contract's epochs have no blocks");
  const all = rounds(evidence);
  let unseen = 0;
  for (const [at, { batch, round, where }] of all.entries()) {
    const draw = round.drawn ?? (round.end?.name === "Unseated" ? round.end : undefined);
    const request = round.requests.at(-1);
    need(request !== undefined && draw !== undefined, `${where}: no panel was drawn`);
    await checkRequests(evidence, round, epochLength, where);
    checkMoment(request, draw, epochLength, where);
    if (!(await checkDraw(evidence, batch, round, draw, epochLength, where))) unseen++;
    progress(at + 1, all.length);
  }
  if (unseen > 0) {
    notes.push(
      `The node no longer has the entropy block of ${unseen} of ${all.length} draws: ` +
        "there the entropy is taken from the chain's Drawn event.",
    );
  }
  return `${all.length} draws give the panels that sat`;
}

/** Each request asks for the policy's panel and entropy block, and again only where the draw could not be made. */
async function checkRequests(evidence: Evidence, round: Round, epochLength: number, where: string): Promise<void> {
  const { policy } = evidence.manifest.dataset;
  for (const [number, request] of round.requests.entries()) {
    const { seats, entropyBlock: block, commitDeadline, revealDeadline } = request.args;
    need(seats === panelSizes(policy)[round.number], `${where}: ${seats} seats were asked for`);
    const expected = entropyBlock(request.at.block, policy.drawDelay, epochLength);
    need(block === expected, `${where}: the entropy block is ${block}, not ${expected}`);
    need(revealDeadline - commitDeadline === policy.revealWindow, `${where}: the windows are not the policy's`);
    const before = round.requests[number - 1];
    const missed = !before || (await wasMissed(evidence, before, request, epochLength));
    need(missed, `${where}: new entropy was asked for while the draw could still be made`);
  }
}

/** Whether the draw of an earlier request could no longer be made when it was asked for again. */
async function wasMissed(
  { rpc }: Evidence,
  before: EventOf<"DrawRequested">,
  again: EventOf<"DrawRequested">,
  epochLength: number,
): Promise<boolean> {
  const { entropyBlock: block, commitDeadline } = before.args;
  const now = again.at.block;
  if (now <= block) return false;
  const epoch = (one: number) => Math.floor(one / epochLength);
  if (now > block + BLOCKHASH_REACH || epoch(now) !== epoch(block)) return true;
  const time = (await rpc.block(now))?.time;
  return time === undefined || time === null || time > commitDeadline;
}

function checkMoment(request: EventOf<"DrawRequested">, draw: Draw, epochLength: number, where: string): void {
  const { entropyBlock: block } = request.args;
  const epoch = Math.floor(block / epochLength);
  const named = draw.name !== "Drawn" || draw.args.epoch === epoch;
  need(named, `${where}: the draw names another epoch than its entropy block's`);
  const at = draw.at.block;
  const inTime = block < at && at <= block + BLOCKHASH_REACH && Math.floor(at / epochLength) === epoch;
  need(inTime, `${where}: the draw was made outside its time`);
}

/** Draws again; whether the node still has the entropy block. */
async function checkDraw(
  evidence: Evidence,
  batch: BatchFile,
  round: Round,
  draw: Draw,
  epochLength: number,
  where: string,
): Promise<boolean> {
  const request = round.requests.at(-1)?.args;
  if (!request) return false;
  const block = await evidence.rpc.block(request.entropyBlock);
  const seen = block ? drawEntropy(block.hash, batch.batchId, round.number) : undefined;
  const told = draw.name === "Drawn" ? draw.args.entropy : undefined;
  need(!seen || !told || seen === told, `${where}: the entropy does not follow from the block's hash`);
  const entropy = seen ?? told;
  if (entropy === undefined) return false; // unseated, and its entropy forgotten
  const epoch = Math.floor(request.entropyBlock / epochLength);
  const panel = panelOf(evidence, batch, round, entropy, epoch * epochLength - 1, request.seats);
  const { quorum } = evidence.manifest.dataset.policy;
  if (!round.drawn) {
    need(panel.length < quorum, `${where}: the round was given up although ${panel.length} reviewers could be drawn`);
  } else {
    need(panel.join() === round.panel.join(), `${where}: the weights and the entropy decide another panel`);
    need(panel.length >= quorum, `${where}: ${panel.length} reviewers sat, fewer than the quorum`);
  }
  return seen !== undefined;
}

/** Who is drawn with the weights at the end of a block, leaving out whoever has an interest or sat before. */
function panelOf(
  { manifest, ledger }: Evidence,
  batch: BatchFile,
  round: Round,
  entropy: Hex,
  block: number,
  seats: number,
): string[] {
  if (!ledger) throw new StepFailed("the accounts were not replayed");
  const weighed = ledger.weights.atEndOf(block);
  const { owner, detector } = manifest.dataset;
  const barred = new Set<string>([batch.key.contributor, owner, detector, ...round.excluded.flat()]);
  barred.delete(zeroAddress);
  const excluded = new Set(weighed.flatMap(({ reviewer }, place) => (barred.has(reviewer) ? [place] : [])));
  const weights = weighed.map(({ weight }) => weight);
  return drawPanel(weights, excluded, entropy, seats).map((place) => weighed[place]?.reviewer ?? "");
}
