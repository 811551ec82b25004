const SIGNED_FOR_SECONDS = 3600;

/** The deadline of what is signed now, in seconds since 1970. */
export function goodUntil(): number {
  return Math.floor(Date.now() / 1000) + SIGNED_FOR_SECONDS;
}
