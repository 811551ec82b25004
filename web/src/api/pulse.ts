// Whether the server answers, by what the last request met.
let lost = false;
const listeners = new Set<() => void>();

/** Whether the last request was left without an answer. */
export function connectionLost(): boolean {
  return lost;
}

/** Notes what a request met: an answer of whatever kind, or none. */
export function noteAnswer(came: boolean): void {
  if (lost !== came) return;
  lost = !came;
  for (const listener of [...listeners]) listener();
}

/** Calls back whenever the connection is lost or found again; returns what ends it. */
export function onConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
