import { describe, expect, it } from "vitest";
import { added, duplicatesOf, type Read } from "./pictures";
import type { Picture } from "./upload";

const FILE = new Blob(["x"]);

function picture(id: string, more: Partial<Picture> = {}): Picture {
  return { id, path: `${id}.png`, file: FILE, sha256: id, label: null, state: "chosen", ...more };
}

function chosen(pictures: readonly Picture[], labels: Record<string, number> = {}): Read {
  return { pictures, labelOf: (path) => labels[path] ?? null, ignored: 0, oddLines: 0 };
}

describe("what is chosen later", () => {
  it("is added to what was chosen before, each picture once", () => {
    const before = [picture("a")];
    const now = chosen([picture("a"), picture("b"), picture("b")]);
    expect(added(before, now).map(({ id }) => id)).toEqual(["a", "b"]);
    expect(duplicatesOf(before, now)).toBe(2);
  });

  it("brings the files of pictures that were kept without, and leaves their labels", () => {
    const kept = picture("a", { file: null, state: "absent", label: 1 });
    const now = chosen([picture("a", { label: 0 })]);
    expect(added([kept], now)).toEqual([picture("a", { label: 1 })]);
    expect(duplicatesOf([kept], now)).toBe(0);
  });

  it("leaves what the server has as it is", () => {
    const taken = picture("a", { file: null, state: "taken", label: 1 });
    expect(added([taken], chosen([picture("a")]))[0]).toMatchObject({ state: "taken", label: 1 });
  });

  it("labels what has no label, and nothing else", () => {
    const before = [picture("a"), picture("b", { label: 1 })];
    const labels = added(before, chosen([], { "a.png": 0, "b.png": 0 })).map(({ label }) => label);
    expect(labels).toEqual([0, 1]);
  });
});
