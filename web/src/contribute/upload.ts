import { postSurely, untilAnswered } from "../api/connection";
import { postForm, type Schemas, sentence } from "../api/http";

/** A picture on its way: chosen, sent, taken in by the server or refused by it; absent where its file is to be chosen again. */
export interface Picture {
  readonly id: string;
  readonly path: string;
  readonly file: Blob | null;
  readonly sha256: string;
  readonly label: number | null;
  readonly state: "absent" | "chosen" | "sending" | "taken" | "refused" | "failed";
  /** Why it was refused, or why it did not arrive. */
  readonly reason?: string;
}

export type Change = (
  ids: ReadonlySet<string>,
  to: Pick<Picture, "state" | "reason"> | { state: Picture["state"] },
) => void;

const ASKED_AT_ONCE = 4096;
const FILES_AT_ONCE = 50;
const REQUESTS_AT_ONCE = 4;

/**
 * Sends the pictures that the server lacks, some at a time and some requests side by side. One bad file harms no other, and
 * where the connection is lost it goes on when the server is back.
 */
export async function upload(
  datasetId: string,
  pictures: readonly Picture[],
  change: Change,
  signal: AbortSignal,
): Promise<void> {
  const due: Picture[] = [];
  for (const some of inParts(pictures, ASKED_AT_ONCE)) due.push(...(await missing(datasetId, some, change, signal)));
  const parts = inParts(due, FILES_AT_ONCE);
  const work = async () => {
    for (let part = parts.shift(); part && !signal.aborted; part = parts.shift())
      await send(datasetId, part, change, signal);
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work));
}

/** The pictures that are to be sent; of the others it is noted that they are there, or why they are of no use. */
async function missing(
  datasetId: string,
  pictures: readonly Picture[],
  change: Change,
  signal: AbortSignal,
): Promise<Picture[]> {
  const asked = { dataset_id: datasetId, sha256: pictures.map(({ sha256 }) => sha256) };
  const told = await postSurely<Schemas["MissingOut"]>("/images/missing", asked, signal);
  const lacking = new Set(told.missing);
  const refused = new Set(told.refused.map(({ sha256 }) => sha256));
  const there = pictures.filter(({ sha256 }) => !lacking.has(sha256) && !refused.has(sha256));
  if (there.length > 0) change(new Set(there.map(({ id }) => id)), { state: "taken" });
  for (const { sha256, sentence: reason } of told.refused) change(new Set([sha256]), { state: "refused", reason });
  return pictures.filter(({ sha256 }) => lacking.has(sha256));
}

async function send(datasetId: string, part: readonly Picture[], change: Change, signal: AbortSignal): Promise<void> {
  const all = new Set(part.map((picture) => picture.id));
  change(all, { state: "sending" });
  try {
    let due = part;
    let tries = 0;
    const answers = await untilAnswered(async () => {
      // What arrived before the connection broke is not sent again.
      if (tries++ > 0) due = await missing(datasetId, part, change, signal);
      return due.length === 0
        ? []
        : postForm<Schemas["FileOut"][]>("/images", { dataset_id: datasetId }, form(due), signal);
    }, signal);
    note(due, answers, change);
  } catch (error) {
    if (signal.aborted) change(all, { state: "chosen" });
    else change(all, { state: "failed", reason: sentence(error) });
  }
}

function form(pictures: readonly Picture[]): FormData {
  const filled = new FormData();
  for (const { file, path } of pictures) if (file) filled.append("files", file, path.split("/").at(-1) ?? path);
  return filled;
}

function note(sent: readonly Picture[], answers: readonly Schemas["FileOut"][], change: Change): void {
  const taken = sent.filter((_, place) => answers[place]?.accepted);
  if (taken.length > 0) change(new Set(taken.map(({ id }) => id)), { state: "taken" });
  for (const [place, { id }] of sent.entries()) {
    const answer = answers[place];
    if (!answer?.accepted)
      change(new Set([id]), { state: "refused", reason: answer?.sentence ?? "The server said nothing of it." });
  }
}

function inParts<T>(all: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < all.length; start += size) parts.push(all.slice(start, start + size));
  return parts;
}
