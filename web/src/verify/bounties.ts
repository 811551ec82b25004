import type { Hex } from "../protocol/bytes";
import { type ChainEvent, isBefore, type Position } from "./events";
import { need } from "./failure";

interface Change {
  readonly at: Position;
  readonly bounty: bigint;
}

/** Every dataset's bounty at any time in gwei, replayed from the events of all its batches. */
export class Bounties {
  readonly #changes = new Map<string, Change[]>();

  /** Takes the events in the chain's order. */
  constructor(events: readonly ChainEvent[]) {
    const datasetOf = new Map<string, Hex>();
    for (const event of events) {
      if (event.name === "Submitted") datasetOf.set(event.args.batchId, event.args.datasetId);
      const amount = moved(event);
      if (amount === null) continue;
      const id = "datasetId" in event.args ? event.args.datasetId : datasetOf.get(batchOf(event));
      if (id !== undefined) this.#change(id, amount, event.at);
    }
  }

  /** The bounty after the last event. */
  afterAll(datasetId: Hex): bigint {
    return this.#changes.get(datasetId)?.at(-1)?.bounty ?? 0n;
  }

  /** The bounty just before a place in the chain's order. @throws StepFailed where it is below zero. */
  before(datasetId: Hex, at: Position): bigint {
    const earlier = this.#changes.get(datasetId)?.filter((change) => isBefore(change.at, at));
    const bounty = earlier?.at(-1)?.bounty ?? 0n;
    need(bounty >= 0n, `the dataset had spent more than its bounty in block ${at.block}`);
    return bounty;
  }

  #change(datasetId: Hex, amount: bigint, at: Position): void {
    const changes = this.#changes.get(datasetId) ?? [];
    this.#changes.set(datasetId, changes);
    changes.push({ at, bounty: (changes.at(-1)?.bounty ?? 0n) + amount });
  }
}

function batchOf(event: ChainEvent): string {
  return "batchId" in event.args ? event.args.batchId : "";
}

/** What an event puts into a bounty or takes from it; null where it is about other things. */
function moved(event: ChainEvent): bigint | null {
  switch (event.name) {
    case "DatasetFunded":
      return event.args.amount;
    case "DatasetClosedByOwner":
      return -event.args.returned;
    case "Submitted":
    case "ScreeningSkipped":
    case "Escalated":
      return -event.args.reserve;
    case "AppealSettled":
      return -event.args.fromBounty;
    case "Unseated":
      return event.args.returned;
    case "Settled":
      return event.args.bountyReturned;
    default:
      return null;
  }
}
