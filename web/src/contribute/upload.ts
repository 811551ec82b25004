import { postForm, type Schemas, sentence } from "../api/http";

/** A picture on its way: chosen, sent, taken in by the server or refused by it. */
export interface Picture {
  readonly id: string;
  readonly path: string;
  readonly file: Blob;
  readonly sha256: string;
  readonly label: number | null;
  readonly state: "chosen" | "sending" | "taken" | "refused" | "failed";
  /** Why it was refused, or why it did not arrive. */
  readonly reason?: string;
}

export type Change = (
  ids: ReadonlySet<string>,
  to: Pick<Picture, "state" | "reason"> | { state: Picture["state"] },
) => void;

const FILES_AT_ONCE = 50;
const REQUESTS_AT_ONCE = 4;

/**
 * Sends pictures, some at a time and some requests side by side; one bad file harms no other, and what did not arrive can be
 * sent again.
 */
export async function upload(
  datasetId: string,
  pictures: readonly Picture[],
  change: Change,
  signal: AbortSignal,
): Promise<void> {
  const parts: Picture[][] = [];
  for (let start = 0; start < pictures.length; start += FILES_AT_ONCE)
    parts.push(pictures.slice(start, start + FILES_AT_ONCE));
  const work = async () => {
    for (let part = parts.shift(); part && !signal.aborted; part = parts.shift())
      await send(datasetId, part, change, signal);
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work));
}

async function send(datasetId: string, part: readonly Picture[], change: Change, signal: AbortSignal): Promise<void> {
  const all = new Set(part.map((picture) => picture.id));
  change(all, { state: "sending" });
  const form = new FormData();
  for (const picture of part) form.append("files", picture.file, picture.path.split("/").at(-1) ?? picture.path);
  try {
    const answers = await postForm<Schemas["FileOut"][]>("/images", { dataset_id: datasetId }, form, signal);
    change(new Set(part.filter((_, place) => answers[place]?.accepted).map((picture) => picture.id)), {
      state: "taken",
    });
    for (const [place, picture] of part.entries()) {
      const answer = answers[place];
      if (answer?.accepted) continue;
      change(new Set([picture.id]), { state: "refused", reason: answer?.sentence ?? "The server said nothing of it." });
    }
  } catch (error) {
    if (signal.aborted) change(all, { state: "chosen" });
    else change(all, { state: "failed", reason: sentence(error) });
  }
}
