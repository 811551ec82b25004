import { hashFile } from "./hashing";
import { labelByFolder, labelsFromCsv } from "./labels";
import type { Found } from "./reading";
import type { Picture } from "./upload";

/** What was read of files that somebody chose: the pictures by name, what labels them, and what was said about them. */
export interface Read {
  readonly pictures: readonly Picture[];
  /** The label that folders and tables give a path; null where they say nothing. */
  readonly labelOf: (path: string) => number | null;
  readonly ignored: number;
  readonly oddLines: number;
}

/** Names what was found by its sha256, and labels it by folder and table. */
export async function read(found: Found, classes: readonly string[]): Promise<Read> {
  const labels = new Map<string, number>();
  let oddLines = 0;
  for (const table of found.tables) {
    const lines = labelsFromCsv(await table.file.text(), classes);
    for (const [name, label] of lines.labels) labels.set(name, label);
    oddLines += lines.odd;
  }
  const labelOf = (path: string) =>
    labels.get(path) ?? labels.get(path.split("/").at(-1) ?? path) ?? labelByFolder(path, classes);
  const pictures: Picture[] = [];
  let ignored = found.ignored;
  for (const { path, file } of found.pictures) {
    const sha256 = await hashFile(file);
    if (sha256 === null) ignored += 1;
    else pictures.push({ id: sha256, path, file, sha256, label: labelOf(path), state: "chosen" });
  }
  return { pictures, labelOf, ignored, oddLines };
}

/** How many of the pictures read were there already, or are there twice: they are sent once. */
export function duplicatesOf(before: readonly Picture[], chosen: Read): number {
  const here = new Set(before.flatMap(({ id, state }) => (state === "absent" ? [] : [id])));
  return chosen.pictures.filter(({ id }) => {
    const known = here.has(id);
    here.add(id);
    return known;
  }).length;
}

/** What was chosen before with what is chosen now: new pictures, the files of those kept without, labels that were lacking. */
export function added(before: readonly Picture[], { pictures, labelOf }: Read): readonly Picture[] {
  const chosen = new Map(pictures.map((picture) => [picture.id, picture]));
  const again = before.map((picture) => {
    const { file } = chosen.get(picture.id) ?? picture;
    chosen.delete(picture.id);
    // A table may come after the pictures it names.
    const label = picture.label ?? labelOf(picture.path);
    const state = picture.state === "absent" && file ? "chosen" : picture.state;
    return { ...picture, file: picture.file ?? file, label, state };
  });
  return [...again, ...chosen.values()];
}
