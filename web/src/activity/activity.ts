import { useSyncExternalStore } from "react";

/** How far something signed has come: taken by the server, seen on chain, or refused. */
export type ActivityState = "sending" | "taken" | "confirmed" | "failed";

/** Something that was signed here. */
export interface Activity {
  readonly id: string;
  readonly title: string;
  readonly state: ActivityState;
  /** Why it failed, as a sentence. */
  readonly reason?: string;
  /** The page that shows what became of it. */
  readonly link?: string;
  readonly at: number;
}

const KEPT = "sebrus-activity";
const MOST_KEPT = 50;

let activities: readonly Activity[] = load();
const listeners = new Set<() => void>();

/** Everything signed in this browser, newest first. */
export function useActivity(): readonly Activity[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => activities,
  );
}

/** Follows a piece of work from signing to the server's answer; what fails is kept with its sentence and thrown on. */
export async function follow<T>(title: string, link: string | undefined, work: () => Promise<T>): Promise<T> {
  const id = crypto.randomUUID();
  put({ id, title, state: "sending", at: Date.now(), ...(link === undefined ? {} : { link }) });
  try {
    const result = await work();
    change(id, { state: "taken" });
    return result;
  } catch (error) {
    change(id, { state: "failed", reason: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

/** Marks what a page saw on chain. */
export function confirmed(link: string): void {
  if (!activities.some((one) => one.link === link && one.state === "taken")) return;
  set(activities.map((one) => (one.link === link && one.state === "taken" ? { ...one, state: "confirmed" } : one)));
}

function put(activity: Activity): void {
  set([activity, ...activities].slice(0, MOST_KEPT));
}

function change(id: string, to: Partial<Activity>): void {
  set(activities.map((one) => (one.id === id ? { ...one, ...to } : one)));
}

function set(now: readonly Activity[]): void {
  activities = now;
  localStorage.setItem(KEPT, JSON.stringify(now));
  for (const listener of listeners) listener();
}

function load(): readonly Activity[] {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "[]") as Activity[];
    // What was under way when the page closed may or may not have arrived; sending it again is safe.
    return kept.map((one) =>
      one.state === "sending"
        ? { ...one, state: "failed", reason: "The page was closed; look whether it arrived." }
        : one,
    );
  } catch {
    return [];
  }
}
