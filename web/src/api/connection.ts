import { useSyncExternalStore } from "react";
import { post, Refused, Unreachable } from "./http";
import { connectionLost, onConnection } from "./pulse";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;
// The server, or what is in front of it, says that it cannot answer now: too many requests, starting, overloaded.
const NOT_NOW = new Set([429, 502, 503, 504]);

/** Whether the server left the last request without an answer. */
export function useConnectionLost(): boolean {
  return useSyncExternalStore(onConnection, connectionLost);
}

/**
 * Does a piece of work again and again until the server has answered; only for what may be sent twice without harm. What the
 * server refuses is thrown on.
 */
export async function untilAnswered<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, 2 * pause)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unreachable) && !(error instanceof Refused && NOT_NOW.has(error.status))) throw error;
      await worthAnotherTry(pause, signal);
    }
  }
}

/** POST a JSON body, again until the server has answered; for what it takes twice without harm. */
export function postSurely<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return untilAnswered(() => post<T>(path, body, signal), signal);
}

/** Waits so long, or until the server is known to answer again. */
function worthAnotherTry(pause: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = onConnection(() => connectionLost() || done());
    const clock = setTimeout(() => done(), pause);
    const aborted = () => done(signal?.reason);
    const done = (why?: unknown) => {
      stop();
      clearTimeout(clock);
      signal?.removeEventListener("abort", aborted);
      if (why === undefined) resolve();
      else reject(why);
    };
    if (signal?.aborted) aborted();
    else signal?.addEventListener("abort", aborted);
  });
}
