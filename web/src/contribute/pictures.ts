import { hashFile } from "./hashing";
import { labelByFolder, labelsFromCsv } from "./labels";
import type { Found } from "./reading";
import type { Picture } from "./upload";

/** What was added to the pictures chosen before, and what was said about it. */
export interface Added {
  readonly pictures: readonly Picture[];
  readonly duplicates: number;
  readonly ignored: number;
  readonly oddLines: number;
}

/** Names what was found by its sha256, labels it by folder and table, and adds it to what was chosen before. */
export async function added(before: readonly Picture[], found: Found, classes: readonly string[]): Promise<Added> {
  const labels = new Map<string, number>();
  let oddLines = 0;
  for (const table of found.tables) {
    const read = labelsFromCsv(await table.file.text(), classes);
    for (const [name, label] of read.labels) labels.set(name, label);
    oddLines += read.odd;
  }
  const labelOf = (path: string) =>
    labels.get(path) ?? labels.get(path.split("/").at(-1) ?? path) ?? labelByFolder(path, classes);
  const known = new Set(before.map((picture) => picture.sha256));
  const pictures: Picture[] = [];
  let duplicates = 0;
  let ignored = found.ignored;
  for (const { path, file } of found.pictures) {
    const sha256 = await hashFile(file);
    if (sha256 === null) ignored += 1;
    else if (known.has(sha256)) duplicates += 1;
    else {
      known.add(sha256);
      pictures.push({ id: sha256, path, file, sha256, label: labelOf(path), state: "chosen" });
    }
  }
  // A table may come after the pictures it names.
  const again = before.map((picture) =>
    picture.label === null && picture.state === "chosen" ? { ...picture, label: labelOf(picture.path) } : picture,
  );
  return { pictures: [...again, ...pictures], duplicates, ignored, oddLines };
}
