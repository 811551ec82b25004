import { sha256Hex } from "../protocol/bytes";

/** A file to name by its sha256. */
export interface HashRequest {
  readonly number: number;
  readonly file: Blob;
}

/** The file's digest, or null where the browser cannot read it any more. */
export interface HashAnswer {
  readonly number: number;
  readonly sha256: string | null;
}

self.onmessage = async ({ data }: MessageEvent<HashRequest>) => {
  let sha256: string | null;
  try {
    sha256 = await sha256Hex(await data.file.arrayBuffer());
  } catch {
    sha256 = null; // moved or changed since it was chosen
  }
  self.postMessage({ number: data.number, sha256 } satisfies HashAnswer);
};
