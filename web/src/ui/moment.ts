const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** A moment (seconds since 1970) for people. */
export function moment(seconds: number): string {
  return FORMAT.format(new Date(seconds * 1000));
}
