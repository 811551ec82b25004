import type { HashAnswer, HashRequest } from "./hash.worker";

let worker: Worker | null = null;
let asked = 0;
const waiting = new Map<number, (sha256: string | null) => void>();

/** The sha256 of a file, computed beside the page so that it stays responsive; null where it cannot be read. */
export function hashFile(file: Blob): Promise<string | null> {
  worker ??= started();
  const number = asked++;
  return new Promise((resolve) => {
    waiting.set(number, resolve);
    worker?.postMessage({ number, file } satisfies HashRequest);
  });
}

function started(): Worker {
  const made = new Worker(new URL("./hash.worker.ts", import.meta.url), { type: "module" });
  made.onmessage = ({ data }: MessageEvent<HashAnswer>) => {
    waiting.get(data.number)?.(data.sha256);
    waiting.delete(data.number);
  };
  return made;
}
