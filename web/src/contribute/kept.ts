import type { Picture } from "./upload";

/** What is kept of a batch that is not handed in yet: its pictures without their files, and the batch before it. */
export interface KeptBatch {
  readonly pictures: readonly Picture[];
  /** The batch that was handed in from here last, until something new is chosen. */
  readonly handedIn: string | null;
}

export type Step = (now: KeptBatch) => KeptBatch;

const DATABASE = "sebrus-batches";
const STORE = "batches";
const NOTHING: KeptBatch = { pictures: [], handedIn: null };

/** What this browser keeps for a dataset. */
export async function keptBatch(datasetId: string): Promise<KeptBatch> {
  return work("readonly", async (store) => (await settled(store.get(datasetId))) ?? NOTHING);
}

/** Changes what is kept for a dataset, after whatever other tabs changed before. */
export async function keepBatch(datasetId: string, step: Step): Promise<void> {
  await work("readwrite", async (store) => {
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

async function work<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => Promise<T>): Promise<T> {
  const database = await open();
  try {
    return await act(database.transaction(STORE, mode).objectStore(STORE));
  } finally {
    database.close();
  }
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The browser keeps no data for this page."));
  });
}
