import { describe, expect, it } from "vitest";
import { Case, otherHex, recorded } from "./recorded";

// Each kind of tampering is found, and by the step that is there for it.

const FILES = ["README.md", "metadata.json", "batches.jsonl", "proofs.jsonl", "data/train-00000-of-00001.parquet"];

describe("files that were changed after the publication", () => {
  for (const name of FILES) {
    for (const place of [0, 1234, -1]) {
      it(`are named: ${name} at ${place}`, async () => {
        const one = new Case("rich");
        one.flip(name, place);
        expect(await one.broken()).toEqual(["files", `${name} has another sha256 than the manifest says`]);
      });
    }

    it(`are missed: ${name}`, async () => {
      const one = new Case("rich");
      one.files.delete(name);
      expect(await one.broken()).toEqual(["files", `${name} is missing`]);
    });
  }

  it("are measured", async () => {
    const one = new Case("rich");
    one.write("README.md", `${one.text("README.md")} more`);
    const size = one.text("README.md").length;
    expect(await one.broken()).toEqual(["files", `README.md has ${size} bytes, the manifest says ${size - 5}`]);
  });

  it("are no more than the manifest lists", async () => {
    const one = new Case("rich");
    one.write("extra.py", "print()");
    expect(await one.broken()).toEqual(["files", "extra.py is not part of the release"]);
  });

  it("count the manifest among them", async () => {
    const one = new Case("rich");
    one.write("manifest.json", `${one.text("manifest.json")}\n`);
    expect(await one.broken()).toEqual(["files", "manifest.json is not the one published on the chain"]);
    one.files.delete("manifest.json");
    expect(await one.broken()).toEqual(["files", "manifest.json is missing"]);
  });

  it("lead nowhere by their names", async () => {
    const one = new Case("rich");
    one.editManifest((manifest) => {
      manifest.files["../secret"] = { sha256: "0".repeat(64), size: 1 };
    });
    const sentence = "manifest.json lists '../secret', which has no place in a release";
    expect(await one.broken()).toEqual(["files", sentence]);
  });
});

describe("a manifest that is damaged", () => {
  const damages: [what: string, text: (good: string) => string, says: string][] = [
    ["no JSON", () => "{", "manifest.json is not valid JSON"],
    ["a list", () => "[]", "manifest.json is not a JSON object"],
    [
      "a field twice",
      (good) => good.replace('"version":', '"version":7,"version":'),
      "manifest.json is not valid JSON",
    ],
    ["nested absurdly", () => `${"[".repeat(99)}${"]".repeat(99)}`, "manifest.json is not valid JSON"],
    ["another format", (good) => good.replace("sebrus-release-1", "x"), "the format is 'x'"],
    ["a rule less", (good) => good.replace('"quorum":', '"quroum":'), "missing or unknown fields: quorum, quroum"],
    ["a number too large", (good) => good.replace('"version":1', '"version":4294967296'), "does not fit into 32 bits"],
  ];
  for (const [what, damage, says] of damages) {
    it(`is refused: ${what}`, async () => {
      const one = new Case("rich");
      one.write("manifest.json", damage(one.text("manifest.json")));
      const [step, sentence] = (await one.broken()) ?? [];
      expect(step).toBe("files");
      expect(sentence).toContain(says);
    });
  }
});

describe("a publisher who lies", () => {
  it("about the rules is found by identity", async () => {
    const one = new Case("rich");
    one.editManifest((manifest) => {
      manifest.dataset.policy.detector_votes = 0;
    });
    expect(await one.broken()).toEqual(["identity", "the dataset's id does not follow from its parameters"]);
  });

  it("about the class names is found by identity", async () => {
    const one = new Case("rich");
    one.editManifest((manifest) => manifest.class_names.reverse());
    expect(await one.broken()).toEqual(["identity", "metadata.json names the classes otherwise"]);
  });

  it("about the metadata is found by identity", async () => {
    const one = new Case("rich");
    one.write("metadata.json", '{"classes":["dog","cat"],"name":"Pets"}');
    one.publish();
    expect(await one.broken()).toEqual(["identity", "metadata.json is not the one the dataset was created with"]);
  });

  it("about a label is found by batches", async () => {
    const one = new Case("rich");
    one.editLines("batches.jsonl", ([first]) => {
      first.items[3][1] = 1 - first.items[3][1];
    });
    const [step, sentence] = (await one.broken()) ?? [];
    expect([step, sentence?.split(": ")[1]]).toEqual(["batches", "the root does not follow from its items"]);
  });

  it("about which batches there are is found by batches", async () => {
    const one = new Case("rich");
    one.editLines("batches.jsonl", (rows) => rows.pop());
    expect(await one.broken()).toEqual(["batches", "batches.jsonl and the manifest list others"]);
  });

  it("about the contributor is found by batches", async () => {
    const one = new Case("rich");
    const other = "0x00000000000000000000000000000000DeaDBeef";
    one.editManifest((manifest) => {
      manifest.batches[0].contributor = other;
    });
    one.editLines("batches.jsonl", ([first]) => {
      first.contributor = other;
    });
    const [step, sentence] = (await one.broken()) ?? [];
    expect([step, sentence?.split(": ")[1]]).toEqual(["batches", "the id does not follow from its key"]);
  });

  it("about a settlement's place is found by batches", async () => {
    const one = new Case("rich");
    one.editLines("batches.jsonl", ([first]) => {
      first.outcome.block++;
    });
    const says = expect.stringContaining("was settled elsewhere than batches.jsonl says");
    expect(await one.broken()).toEqual(["batches", says]);
  });

  it("about a round is found by record", async () => {
    const one = new Case("rich");
    one.editLines("batches.jsonl", ([first]) => first.rounds.shift());
    const [step, sentence] = (await one.broken()) ?? [];
    expect(step).toBe("record");
    expect(sentence).toContain("batches.jsonl tells of rounds [1, 2], the chain of rounds [0, 1, 2]");
  });

  it("about a panel is found by record", async () => {
    const one = new Case("rich");
    one.editLines("batches.jsonl", ([first]) => first.outcome.panel.reverse());
    const [step, sentence] = (await one.broken()) ?? [];
    expect(step).toBe("record");
    expect(sentence).toContain("names another last round or panel");
  });

  it("about what was shown is found by tasks", async () => {
    const one = new Case("rich");
    one.editLines("batches.jsonl", ([first]) => first.rounds[0].task.reverse());
    const [step, sentence] = (await one.broken()) ?? [];
    expect([step, sentence?.split(": ")[1]]).toEqual([
      "tasks",
      "the pictures of the task are not those under its root",
    ]);
  });

  it("about the gold is found by tasks", async () => {
    const one = new Case("rich");
    one.editLines("batches.jsonl", ([first]) => {
      first.rounds[0].gold[0][1] = !first.rounds[0].gold[0][1];
    });
    const [step, sentence] = (await one.broken()) ?? [];
    expect([step, sentence?.split(": ")[1]]).toEqual([
      "tasks",
      "batches.jsonl lists other gold or answers than were opened",
    ]);
  });

  it("about what was accepted is found by tally", async () => {
    const one = new Case("rich");
    one.editLines("batches.jsonl", ([first]) => {
      first.outcome.accepted = otherHex(first.outcome.accepted);
    });
    const [step, sentence] = (await one.broken()) ?? [];
    expect([step, sentence?.split(": ")[1]]).toEqual(["tally", "batches.jsonl accepts other items"]);
  });

  it("about the flags is found by tally", async () => {
    const one = new Case("rich");
    one.editLines("batches.jsonl", ([first]) => {
      first.outcome.flags = otherHex(first.outcome.flags);
    });
    const [step, sentence] = (await one.broken()) ?? [];
    expect([step, sentence?.split(": ")[1]]).toEqual(["tally", "batches.jsonl has other items flagged"]);
  });

  it("about how many were accepted is found by tally", async () => {
    const one = new Case("rich");
    one.editManifest((manifest) => {
      manifest.batches[0].accepted_count++;
    });
    expect(await one.broken()).toEqual(["tally", "the manifest counts other accepted items"]);
  });

  it("about an image is found by items, which names it", async () => {
    const one = new Case("rich");
    const shard = "data/train-00000-of-00001.parquet";
    const data = Buffer.from(one.files.get(shard) ?? []);
    one.flip(shard, data.indexOf("PNG") + 9);
    one.publish();
    const [step, sentence] = (await one.broken()) ?? [];
    expect(step).toBe("items");
    expect(sentence).toMatch(
      /^data\/train-00000-of-00001\.parquet: the image at sha256 [0-9a-f]{12}… has other bytes$/,
    );
  });

  it("about whole rows is found by items", async () => {
    const one = new Case("rich");
    const shard = "data/train-00000-of-00001.parquet";
    one.files.set(shard, new Case("poor").files.get(shard) ?? new Uint8Array());
    one.publish();
    const [step, sentence] = (await one.broken()) ?? [];
    expect(step).toBe("items");
    expect(sentence).toMatch(
      /^row 0 \(item 1 of batch 0x[0-9a-f]{12}…\) is another item, or an accepted one is missing/,
    );
  });

  it("with a broken table is found by items", async () => {
    const one = new Case("rich");
    const shard = "data/train-00000-of-00001.parquet";
    one.files.set(shard, one.files.get(shard)?.slice(0, -40) ?? new Uint8Array());
    one.publish();
    expect(await one.broken()).toEqual(["items", `${shard} is not a readable Parquet file`]);
  });

  const PROOFS: [what: string, edit: (line: Record<string, unknown>) => void, says: string][] = [
    [
      "a proof to the batch",
      (line) => line.batch_proof && (line.batch_proof as string[]).pop(),
      "the proof to the batch fails",
    ],
    [
      "a proof to the manifest",
      (line) => (line.manifest_proof as string[]).reverse(),
      "the proof to the manifest fails",
    ],
    ["a leaf", (line) => Object.assign(line, { leaf: otherHex(line.leaf as string) }), "a leaf is not the item's"],
    ["a flag", (line) => Object.assign(line, { flagged: !line.flagged }), "tells of other rounds, flags or votes"],
    ["the votes", (line) => Object.assign(line, { votes_for: 0 }), "tells of other rounds, flags or votes"],
    ["the rounds", (line) => Object.assign(line, { rounds: [0, 1, 2] }), "tells of other rounds, flags or votes"],
    [
      "the item",
      (line) => Object.assign(line, { label: 1 - Number(line.label) }),
      "proves another item than the release",
    ],
  ];
  for (const [what, edit, says] of PROOFS) {
    it(`about ${what} is found by manifest, which names the line`, async () => {
      const one = new Case("rich");
      one.editLines("proofs.jsonl", (rows) => edit(rows[9]));
      const [step, sentence] = (await one.broken()) ?? [];
      expect(step).toBe("manifest");
      expect(sentence).toContain("proofs.jsonl line 10");
      expect(sentence).toContain(says);
    });
  }

  it("about the root is found by manifest", async () => {
    const one = new Case("rich");
    one.editManifest((manifest) => {
      manifest.manifest_root = otherHex(manifest.manifest_root);
    });
    expect(await one.broken()).toEqual(["manifest", "the manifest root does not follow from the released items"]);
  });

  it("by leaving out a proof is found by manifest", async () => {
    const one = new Case("rich");
    one.editLines("proofs.jsonl", (rows) => rows.pop());
    expect(await one.broken()).toEqual(["manifest", "proofs.jsonl proves 43 of 44 items"]);
  });
});

describe("an audit", () => {
  const power = { families: [{ family: "backdoor", planted: 20, found: 18, low: 0.7, high: 0.98 }] };
  const certificate = (items_sha256: string, tested = 44) => ({
    format: "sebrus-audit-1",
    source: { items_sha256 },
    items: { tested, flagged: 1 },
    contributors: { tested: 1, flagged: 0 },
    power,
  });
  const carrying = (audit: unknown) => {
    const one = new Case("rich");
    one.write("audit.json", JSON.stringify(audit));
    one.publish();
    return one;
  };
  const digest = recorded.releases.rich?.items_sha256 ?? "";

  it("of these items is told in words", async () => {
    const report = await carrying(certificate(digest)).verify();
    expect(report.steps.at(-1)).toEqual({
      name: "audit",
      holds: true,
      sentence: "audit.json is about exactly these 44 items",
    });
    expect(report.notes.at(-1)).toBe(
      "audit.json, which only another audit can check: 1 of 44 items flagged and 0 of 1 contributors flagged; " +
        "found 18 of 20 planted by backdoor (0.70 to 0.98).",
    );
  });

  it("of other items is refused", async () => {
    const sentence = "audit.json is about other items than the released";
    expect(await carrying(certificate("0".repeat(64))).broken()).toEqual(["audit", sentence]);
    const counted = "audit.json counts other items than the 44 released";
    expect(await carrying(certificate(digest, 43)).broken()).toEqual(["audit", counted]);
    const format = "audit.json: the format is 'y', not 'sebrus-audit-1'";
    expect(await carrying({ ...certificate(digest), format: "y" }).broken()).toEqual(["audit", format]);
  });
});
