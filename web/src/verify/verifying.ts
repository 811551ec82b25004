import type { Provider } from "../wallet/extension";
import { BadInput } from "./failure";
import type { Listener, Report } from "./steps";
import type { FromWorker, ToWorker } from "./verify.worker";

/** Whom to ask about the chain: a node by its URL, or the one that a wallet asks. */
export type NodeChoice =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "wallet"; readonly provider: Provider };

/** A verification that runs beside the page. */
export interface Verifying {
  /** @throws BadInput where it cannot be verified at all. */
  readonly done: Promise<Report>;
  stop(): void;
}

/** Verifies the release at `base`, of `total` bytes, in a worker. */
export function startVerifying(base: string, total: number, node: NodeChoice, listener: Listener): Verifying {
  const worker = new Worker(new URL("./verify.worker.ts", import.meta.url), { type: "module" });
  const send = (message: ToWorker) => worker.postMessage(message);
  const done = new Promise<Report>((resolve, reject) => {
    worker.onerror = () => reject(new BadInput("The verifier could not be started; reload the page and try again."));
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.kind === "begun") listener.begun(data.name);
      else if (data.kind === "progress") listener.progress(data.name, data.done, data.all);
      else if (data.kind === "ended") listener.ended(data.step);
      else if (data.kind === "done") resolve(data.report);
      else if (data.kind === "failed") reject(new BadInput(data.sentence));
      else if (node.kind === "wallet") void answer(node.provider, data).then(send);
    };
    send({ kind: "start", base, total, rpcUrl: node.kind === "url" ? node.url : null });
  });
  return { done: done.finally(() => worker.terminate()), stop: () => worker.terminate() };
}

/** Asks the wallet's node in the worker's place. */
async function answer(
  provider: Provider,
  { id, method, params }: Extract<FromWorker, { kind: "ask" }>,
): Promise<ToWorker> {
  try {
    return { kind: "answer", id, result: await provider.request({ method, params }), refused: null };
  } catch (error) {
    const { message } = error as { message?: string };
    return { kind: "answer", id, result: null, refused: message ?? "the wallet did not answer" };
  }
}
