import { useSyncExternalStore } from "react";
import { say } from "../strings";
import { busyElsewhere, oneTab } from "../tabs";

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
const LEFT = { state: "failed", reason: say.activity.left } as const;

let activities: readonly Activity[] = kept();
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
  // Held as long as this tab works on it, so that another can tell what is under way from what was left.
  return oneTab(id, async () => {
    try {
      const result = await work();
      change(id, { state: "taken" });
      return result;
    } catch (error) {
      change(id, { state: "failed", reason: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  });
}

/** Follows what other tabs sign, and marks what was under way in a tab that is closed; once, when the page starts. */
export async function startActivity(): Promise<void> {
  window.addEventListener("storage", ({ key }) => key === KEPT && show(kept()));
  const busy = await busyElsewhere();
  const left = (one: Activity) => one.state === "sending" && !busy.has(one.id);
  // It may or may not have arrived; sending it again is safe.
  if (kept().some(left)) set((now) => now.map((one) => (left(one) ? { ...one, ...LEFT } : one)));
}

/** Marks what a page saw on chain. */
export function confirmed(link: string): void {
  if (!activities.some((one) => one.link === link && one.state === "taken")) return;
  set((now) => now.map((one) => (one.link === link && one.state === "taken" ? { ...one, state: "confirmed" } : one)));
}

function put(activity: Activity): void {
  set((now) => [activity, ...now].slice(0, MOST_KEPT));
}

function change(id: string, to: Partial<Activity>): void {
  set((now) => now.map((one) => (one.id === id ? { ...one, ...to } : one)));
}

/** Changes what is kept, which other tabs may have changed as well. */
function set(to: (now: readonly Activity[]) => readonly Activity[]): void {
  const now = to(kept());
  localStorage.setItem(KEPT, JSON.stringify(now));
  show(now);
}

function show(now: readonly Activity[]): void {
  activities = now;
  for (const listener of listeners) listener();
}

function kept(): readonly Activity[] {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "[]") as Activity[];
  } catch {
    return [];
  }
}
