import { useEffect, useRef } from "react";
import type { ChainEvent } from "./queries";

/** What can be followed: events of a dataset, of a batch, of an account. */
export type Followed = Readonly<Partial<Record<"dataset_id" | "batch_id" | "account", string>>>;

/** Called with the names of the events that came; with none when it is only to be looked again. */
export type Told = (names: ReadonlySet<string>) => void;

/** The part of `EventSource` that is used here. */
export interface Source {
  readonly readyState: number;
  onopen: ((event: Event) => void) | null;
  onerror: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent<string>) => void) | null;
  addEventListener(kind: string, listener: () => void): void;
  close(): void;
}

const CLOSED = 2;
/** Events come in bursts, a block at a time; and however many there are, the server is not asked all the time. */
const GATHER_MS = 400;
const APART_MS = 3_000;
/** How often it is looked while nothing can be followed, and how long until that is tried anew. */
const POLL_MS = 8_000;
const REOPEN_MS = 30_000;

/**
 * Follows events of the server's stream until what is returned is called. Each time the stream opens it is to be looked again, for
 * what came before is not told; while it is lost, every few seconds.
 */
export function followEvents(
  what: Followed,
  told: Told,
  open: (url: string) => Source = (url) => new EventSource(url),
): () => void {
  let names = new Set<string>();
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let polling: ReturnType<typeof setInterval> | undefined;
  let reopening: ReturnType<typeof setTimeout> | undefined;
  let source: Source;
  let last = 0;
  const tell = () => {
    gathering = undefined;
    last = Date.now();
    const came = names;
    names = new Set();
    told(came);
  };
  const soon = () => {
    gathering ??= setTimeout(tell, Math.max(GATHER_MS, last + APART_MS - Date.now()));
  };
  const listen = () => {
    source = open(`/api/v1/stream?${new URLSearchParams(what)}`);
    source.onopen = () => {
      clearInterval(polling);
      polling = undefined;
      soon();
    };
    source.onmessage = ({ data }) => {
      names.add((JSON.parse(data) as ChainEvent).name);
      soon();
    };
    source.addEventListener("rewind", () => {
      names.add("rewind");
      soon();
    });
    source.onerror = () => {
      polling ??= setInterval(tell, POLL_MS);
      // The browser tries again by itself, but not where the server refused.
      if (source.readyState === CLOSED) reopening = setTimeout(listen, REOPEN_MS);
    };
  };
  listen();
  return () => {
    source.close();
    clearTimeout(gathering);
    clearInterval(polling);
    clearTimeout(reopening);
  };
}

/** Follows events as long as a page is open; what comes while nobody sees it is told when somebody does. */
export function useEvents(kind: keyof Followed, which: string, told: Told): void {
  const latest = useRef(told);
  latest.current = told;
  useEffect(() => {
    const missed = new Set<string>();
    let behind = false;
    const tell = () => {
      if (!behind || document.hidden) return;
      latest.current(new Set(missed));
      missed.clear();
      behind = false;
    };
    const stop = followEvents({ [kind]: which }, (names) => {
      for (const name of names) missed.add(name);
      behind = true;
      tell();
    });
    document.addEventListener("visibilitychange", tell);
    return () => {
      stop();
      document.removeEventListener("visibilitychange", tell);
    };
  }, [kind, which]);
}
