import { unzip } from "fflate";

/** A file that somebody chose: where it lay, and its bytes. */
export interface Chosen {
  readonly path: string;
  readonly file: Blob;
}

/** What was found in what was dropped or chosen: pictures, and tables with labels. */
export interface Found {
  readonly pictures: Chosen[];
  readonly tables: Chosen[];
  readonly ignored: number;
}

const PICTURE = /\.(png|jpe?g|webp|bmp)$/i;
const TABLE = /\.csv$/i;
const ZIP = /\.zip$/i;
// A bomb unpacks into more than it says; what is larger than any image taken in is not unpacked at all.
const MOST_BYTES = 10_000_000;
const MOST_FILES = 20_000;

/** All files of a drop, folders and archives opened. */
export async function readDrop(transfer: DataTransfer): Promise<Found> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  const files: Chosen[] = [];
  for (const entry of entries) if (entry) await walk(entry, files);
  return sort(files);
}

/** All files of a file field. */
export function readField(list: FileList): Promise<Found> {
  return sort([...list].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
}

async function sort(files: readonly Chosen[]): Promise<Found> {
  const pictures: Chosen[] = [];
  const tables: Chosen[] = [];
  let ignored = 0;
  for (const one of files) {
    if (ZIP.test(one.path)) {
      const inside = await sort(await unpacked(one));
      pictures.push(...inside.pictures);
      tables.push(...inside.tables);
      ignored += inside.ignored;
    } else if (PICTURE.test(one.path)) pictures.push(one);
    else if (TABLE.test(one.path)) tables.push(one);
    else ignored += 1;
  }
  return { pictures, tables, ignored };
}

async function walk(entry: FileSystemEntry, files: Chosen[]): Promise<void> {
  if (files.length >= MOST_FILES) return;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    files.push({ path: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader gives at most a hundred entries at a time.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) return;
    for (const child of part) await walk(child, files);
  }
}

async function unpacked(archive: Chosen): Promise<Chosen[]> {
  const data = new Uint8Array(await archive.file.arrayBuffer());
  let taken = 0;
  const filter = (entry: { name: string; originalSize: number }) =>
    entry.originalSize > 0 && entry.originalSize <= MOST_BYTES && !ZIP.test(entry.name) && taken++ < MOST_FILES;
  const inside = await new Promise<Record<string, Uint8Array>>((resolve, reject) =>
    unzip(data, { filter }, (error, files) =>
      error
        ? reject(new Error(`${archive.path} is no archive that can be read; unpack it and drop the folder.`))
        : resolve(files),
    ),
  );
  return Object.entries(inside).map(([path, bytes]) => ({ path, file: new Blob([bytes as BlobPart]) }));
}
