/** What was given cannot be verified at all: no release, no node, another chain. */
export class BadInput extends Error {
  override name = "BadInput";
}

/** Something the release or the chain says does not hold. */
export class StepFailed extends Error {
  override name = "StepFailed";
}

/** @throws StepFailed with the sentence unless the condition holds. */
export function need(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new StepFailed(sentence);
}

/** Turns what the protocol refuses to compute into a failed step that begins with `where`. */
export function arithmetic<T>(where: string, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof RangeError) throw new StepFailed(`${where}: ${error.message}`);
    throw error;
  }
}

/** The first digits of a hash, for sentences. */
export function short(hash: string): string {
  return `${hash.slice(0, 14)}…`;
}
