import type { Hex } from "../protocol/bytes";
import { POLICY_FIELDS, type Policy } from "../protocol/identity";
import { Bounties } from "./bounties";
import { type ChainEvent, type EventName, type EventOf, isBefore } from "./events";
import { need, short } from "./failure";
import { Replay } from "./replay";

/** The events of one batch, and the life that they tell. */
export class BatchHistory {
  readonly events: ChainEvent[] = [];
  #replay: Replay | undefined;

  constructor(readonly name: string) {}

  all<N extends EventName>(kind: N): EventOf<N>[] {
    return this.events.filter((event): event is ChainEvent & EventOf<N> => event.name === kind);
  }

  /** The only event of a kind. @throws StepFailed where there is none or more. */
  one<N extends EventName>(kind: N): EventOf<N> {
    const found = this.all(kind);
    const [first] = found;
    need(
      first !== undefined && found.length === 1,
      `${this.name} has ${found.length} ${kind} events on the chain instead of one`,
    );
    return first;
  }

  /** The batch's life. @throws StepFailed where the events contradict each other. */
  get replay(): Replay {
    this.#replay ??= new Replay(this.name, this.events);
    return this.#replay;
  }
}

/** What the chain says, sorted by dataset and batch. */
export class History {
  readonly events: readonly ChainEvent[];
  readonly batches = new Map<string, BatchHistory>();
  readonly bounties: Bounties;
  readonly #created = new Map<string, EventOf<"DatasetCreated">>();
  readonly #released = new Map<string, EventOf<"Released">>();

  /** Takes all events of the contract up to block `head`. */
  constructor(
    events: readonly ChainEvent[],
    readonly head: number,
  ) {
    this.events = [...events].sort((a, b) => (isBefore(a.at, b.at) ? -1 : 1));
    for (const event of this.events) {
      if (event.name === "DatasetCreated") keepFirst(this.#created, event.args.datasetId, event);
      else if (event.name === "Released") keepFirst(this.#released, released(event.args), event);
      else if ("batchId" in event.args) this.batch(event.args.batchId).events.push(event);
    }
    this.bounties = new Bounties(this.events);
  }

  created(datasetId: Hex): EventOf<"DatasetCreated"> | undefined {
    return this.#created.get(datasetId);
  }

  /** The owner and the rules of a dataset. @throws StepFailed where the chain never created it. */
  dataset(datasetId: Hex): { readonly owner: Hex; readonly policy: Policy } {
    const params = this.#created.get(datasetId)?.args.params;
    need(params !== undefined, `the chain never created dataset ${short(datasetId)}`);
    const policy = Object.fromEntries(POLICY_FIELDS.map(([name]) => [name, Number(params.policy[name])])) as Policy;
    return { owner: params.owner, policy };
  }

  released(datasetId: Hex, version: number): EventOf<"Released"> | undefined {
    return this.#released.get(released({ datasetId, version }));
  }

  /** A batch's events; none where the chain does not know it. */
  batch(batchId: Hex): BatchHistory {
    const known = this.batches.get(batchId) ?? new BatchHistory(`batch ${short(batchId)}`);
    this.batches.set(batchId, known);
    return known;
  }
}

function released({ datasetId, version }: { datasetId: Hex; version: number }): string {
  return `${datasetId} ${version}`;
}

function keepFirst<T>(map: Map<string, T>, key: string, value: T): void {
  if (!map.has(key)) map.set(key, value);
}
