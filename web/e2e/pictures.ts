import { createHash } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";

/** A picture of a test: its file, its name by content, and what it really shows. */
export interface TestPicture {
  readonly name: string;
  readonly data: Buffer;
  readonly sha256: string;
  readonly shows: number;
}

/** The classes of the datasets of these tests: what a test picture shows, by its number. */
export const CLASSES = ["dark", "bright"];

const SIDE = 12;

/** Grey pictures that are dark (0) or bright (1), each different, made from a seed. */
export function pictures(count: number, seed: number): TestPicture[] {
  let state = seed * 2 + 1;
  const chance = () => {
    state = (state * 48271) % 2147483647;
    return state;
  };
  return Array.from({ length: count }, (_, number) => {
    const shows = number % 2;
    const pixels = Buffer.from(Array.from({ length: SIDE * SIDE }, () => (chance() % 90) + (shows ? 160 : 5)));
    const data = png(pixels, SIDE);
    return { name: `${seed}-${number}.png`, data, sha256: createHash("sha256").update(data).digest("hex"), shows };
  });
}

/** A PNG of so many pixels a side, grey (one byte a pixel) or coloured (three). */
export function png(pixels: Buffer, side: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 8; // bits of a sample
  const width = pixels.length / side;
  header[9] = width === side ? 0 : 2; // grey, or red, green and blue
  const rows = Buffer.concat(
    Array.from({ length: side }, (_, row) =>
      Buffer.concat([Buffer.from([0]), pixels.subarray(row * width, (row + 1) * width)]),
    ),
  );
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
