import { type Store, settled, within } from "../keeping";
import type { Picture } from "./upload";

/** What is kept of a batch that is not handed in yet: its pictures without their files, and the batch before it. */
export interface KeptBatch {
  readonly pictures: readonly Picture[];
  /** The batch that was handed in from here last, until something new is chosen. */
  readonly handedIn: string | null;
}

export type Step = (now: KeptBatch) => KeptBatch;

const BATCHES: Store = { database: "sebrus-batches", store: "batches" };
const NOTHING: KeptBatch = { pictures: [], handedIn: null };

/** What this browser keeps for a dataset. */
export async function keptBatch(datasetId: string): Promise<KeptBatch> {
  return within(BATCHES, "readonly", async (store) => (await settled(store.get(datasetId))) ?? NOTHING);
}

/** Changes what is kept for a dataset, after whatever other tabs changed before. */
export async function keepBatch(datasetId: string, step: Step): Promise<void> {
  await within(BATCHES, "readwrite", async (store) => {
    const { pictures, handedIn } = step((await settled(store.get(datasetId))) ?? NOTHING);
    if (pictures.length === 0 && handedIn === null) await settled(store.delete(datasetId));
    else await settled(store.put({ pictures: pictures.map(withoutFile), handedIn }, datasetId));
  });
}

/** The batch with another state of some of its pictures. */
export function noted(batch: KeptBatch, ids: ReadonlySet<string>, to: Partial<Picture>): KeptBatch {
  return { ...batch, pictures: batch.pictures.map((one) => (ids.has(one.id) ? { ...one, ...to } : one)) };
}

/** A picture as it is known when its tab is gone: its file cannot be kept, what the server has it has. */
function withoutFile(picture: Picture): Picture {
  const { id, path, sha256, label, state, reason } = picture;
  const over = state === "taken" || state === "refused";
  const kept = { id, path, sha256, label, file: null, state: over ? state : "absent" } as const;
  return over && reason !== undefined ? { ...kept, reason } : kept;
}
