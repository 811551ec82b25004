import { describe, expect, it } from "vitest";
import { labelByFolder, labelsFromCsv } from "./labels";

const CLASSES = ["cat", "Dog", "a, b"];

describe("labels", () => {
  it("come from the nearest folder that is a class, whatever its case", () => {
    expect(labelByFolder("photos/CAT/1.png", CLASSES)).toBe(0);
    expect(labelByFolder("cat/dog/x/1.png", CLASSES)).toBe(1);
    expect(labelByFolder("cat.png", CLASSES)).toBeNull();
    expect(labelByFolder("birds/1.png", CLASSES)).toBeNull();
  });

  it("come from a CSV by name or place, with or without a header", () => {
    const { labels, odd } = labelsFromCsv('file_name,label\n1.png,dog\r\n2.png,0\n"3.png","a, b"\n', CLASSES);
    expect([...labels]).toEqual([
      ["1.png", 1],
      ["2.png", 0],
      ["3.png", 2],
    ]);
    expect(odd).toBe(0);
    expect(labelsFromCsv("1.png,cat", CLASSES).labels.get("1.png")).toBe(0);
  });

  it("are counted as odd where they say nothing", () => {
    expect(labelsFromCsv("file_name,label\n1.png,bird\n2.png\n3.png,3\n4.png,-1\n", CLASSES).odd).toBe(4);
  });
});
