import { describe, expect, it } from "vitest";
import { recorded } from "../verify/recorded";
import { blocksOf, pieces } from "./card";

describe("a dataset card", () => {
  it("is shown without its front matter, part by part", () => {
    const hex = recorded.releases.rich?.files["README.md"] ?? "";
    const blocks = blocksOf(Buffer.from(hex, "hex").toString());
    expect(blocks[0]).toEqual({ kind: "heading", level: 1, text: "Pets" });
    expect(blocks[1]).toEqual({ kind: "text", text: expect.stringMatching(/^Release 1: 44 images in 2 classes/) });
    expect(blocks.find((block) => block.kind === "table")).toEqual({
      kind: "table",
      head: ["", ""],
      rows: expect.arrayContaining([["chain id", "31337"]]),
    });
    expect(blocks.filter((block) => block.kind === "code")).toHaveLength(3);
  });

  it("of a hostile owner is text and nothing else", () => {
    expect(blocksOf("<img src=x onerror=alert(1)>\n```\nno end")).toEqual([
      { kind: "text", text: "<img src=x onerror=alert(1)>" },
      { kind: "code", text: "no end" },
    ]);
    expect(blocksOf("---\nno end")).toEqual([{ kind: "text", text: "--- no end" }]);
    expect(blocksOf("")).toEqual([]);
  });

  it("tells code from words", () => {
    expect(pieces("see `audit.json` there")).toEqual(["see ", "audit.json", " there"]);
  });
});
