import type { QueryClient, QueryKey } from "@tanstack/react-query";

// Tabs of one browser are one person: what one of them did, the others show.
const channel = new BroadcastChannel("sebrus-tabs");
const PREFIX = "sebrus ";
const listeners = new Set<(key: QueryKey) => void>();

channel.onmessage = ({ data }: MessageEvent<QueryKey>) => {
  for (const listener of [...listeners]) listener(data);
};

/** Tells the other tabs that what is asked for under a key has changed. */
export function tellTabs(key: QueryKey): void {
  channel.postMessage(key);
}

/** Calls back with the keys of what other tabs changed; returns what ends it. */
export function onOtherTabs(listener: (key: QueryKey) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Reads anew what other tabs changed. */
export function followTabs(queries: QueryClient): void {
  onOtherTabs((queryKey) => void queries.invalidateQueries({ queryKey }));
}

/** Does a piece of work in one tab at a time; another tab that wants the same waits, and should look first what was done. */
export function oneTab<T>(work: string, act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return navigator.locks.request(PREFIX + work, signal ? { signal } : {}, act) as Promise<T>;
}

/** The work that some tab is doing now. */
export async function busyElsewhere(): Promise<Set<string>> {
  const { held = [] } = await navigator.locks.query();
  return new Set(held.map(({ name = "" }) => name.slice(PREFIX.length)));
}
