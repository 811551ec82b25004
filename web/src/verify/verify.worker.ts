import { BadInput } from "./failure";
import { type Node, NodeRefused, nodeAt } from "./node";
import { verifyRelease } from "./release";
import type { Report, Step, StepName } from "./steps";

/** What the page tells the worker: to begin, and what the wallet's node answered. */
export type ToWorker =
  | { readonly kind: "start"; readonly base: string; readonly total: number; readonly rpcUrl: string | null }
  | { readonly kind: "answer"; readonly id: number; readonly result: unknown; readonly refused: string | null };

/** What the worker tells the page: how it goes, and what it wants to know from the wallet's node. */
export type FromWorker =
  | { readonly kind: "begun"; readonly name: StepName }
  | { readonly kind: "progress"; readonly name: StepName; readonly done: number; readonly all: number }
  | { readonly kind: "ended"; readonly step: Step }
  | { readonly kind: "done"; readonly report: Report }
  | { readonly kind: "failed"; readonly sentence: string }
  | { readonly kind: "ask"; readonly id: number; readonly method: string; readonly params: readonly unknown[] };

const DOWNLOADING: StepName = "files"; // the step in which the files come; hashing them takes no time beside that

const waiting = new Map<number, (answer: Extract<ToWorker, { kind: "answer" }>) => void>();
const kept = new Map<string, Blob>();
let asked = 0;

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "start") void run(data);
  else {
    waiting.get(data.id)?.(data);
    waiting.delete(data.id);
  }
};

async function run({ base, total, rpcUrl }: Extract<ToWorker, { kind: "start" }>): Promise<void> {
  let loaded = 0;
  const note = (bytes: number) => {
    loaded += bytes;
    tell({ kind: "progress", name: DOWNLOADING, done: loaded, all: Math.max(loaded, total) });
  };
  try {
    const files = { names: null, read: (name: string) => read(`${base}/files/${name}`, note) };
    const report = await verifyRelease(files, rpcUrl === null ? walletNode : nodeAt(rpcUrl), {
      begun: (name) => tell({ kind: "begun", name }),
      progress: (name, done, all) => {
        if (name !== DOWNLOADING) tell({ kind: "progress", name, done, all });
      },
      ended: (step) => tell({ kind: "ended", step }),
    });
    tell({ kind: "done", report });
  } catch (error) {
    const known = error instanceof BadInput;
    tell({ kind: "failed", sentence: known ? error.message : `The browser could not go on: ${String(error)}` });
  }
}

function tell(message: FromWorker): void {
  self.postMessage(message);
}

/** The bytes of a file, kept as a blob that the browser may put on disk: later steps read some again. */
async function read(url: string, note: (bytes: number) => void): Promise<Uint8Array<ArrayBuffer> | null> {
  let blob = kept.get(url);
  if (!blob) {
    let response: Response;
    try {
      response = await fetch(url);
    } catch {
      throw new BadInput("The server cannot be reached; try again in a moment.");
    }
    if (response.status === 404) return null;
    if (!response.ok) throw new BadInput(`The server did not give ${url} (status ${response.status}).`);
    const counted = response.body?.pipeThrough(counting(note));
    blob = await new Response(counted ?? null).blob();
    kept.set(url, blob);
  }
  return new Uint8Array(await blob.arrayBuffer());
}

function counting(note: (bytes: number) => void): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  return new TransformStream({
    transform(piece, controller) {
      note(piece.length);
      controller.enqueue(piece);
    },
  });
}

/** The node of a wallet, which only the page can ask. */
const walletNode: Node = {
  ask(method, params) {
    const id = asked++;
    const answered = new Promise<Extract<ToWorker, { kind: "answer" }>>((resolve) => waiting.set(id, resolve));
    tell({ kind: "ask", id, method, params });
    return answered.then(({ result, refused }) => {
      if (refused !== null) throw new NodeRefused(refused);
      return result;
    });
  },
};
