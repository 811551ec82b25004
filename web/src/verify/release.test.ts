import { describe, expect, it } from "vitest";
import { TOPICS } from "./events";
import { nodeAt } from "./node";
import { Case, recorded } from "./recorded";
import { verifyRelease } from "./release";
import { STEPS } from "./steps";

describe("an honest release", () => {
  for (const name of ["rich", "poor"] as const) {
    it(`holds, in the words of sebrus verify: ${name}`, async () => {
      const told = recorded.releases[name]?.report;
      const report = await new Case(name).verify();
      expect(report.steps).toEqual(told?.steps);
      expect(report.notes).toEqual(told?.notes);
      expect(told?.steps.map((step) => step.name)).toEqual(STEPS);
    });
  }

  it("is decoded by the topics of the contract", () => {
    for (const [name, topic] of TOPICS) expect(topic).toBe(recorded.topics[name]);
  });

  it("is read in smaller ranges from a node that refuses large ones", async () => {
    const one = new Case("rich");
    one.mostBlocks = 7;
    expect(await one.broken()).toBeNull();
  });

  it("holds, with a note, before a node that forgot old states", async () => {
    const one = new Case("rich");
    one.remembersStates = false;
    const report = await one.verify();
    expect(report.steps.every((step) => step.holds)).toBe(true);
    expect(report.notes.join()).toContain("no longer has the state before the settlement of 4 of 4 batches");
  });

  it("tells how far it is", async () => {
    const one = new Case("rich");
    const heard: string[] = [];
    const listener = {
      begun: (name: string) => heard.push(`begun ${name}`),
      progress: (name: string, done: number, all: number) => heard.push(done === all ? `all of ${name}` : name),
      ended: ({ name }: { name: string }) => heard.push(`ended ${name}`),
    };
    await verifyRelease(one.source, one.node, listener);
    for (const name of STEPS) expect(heard).toContain(`ended ${name}`);
    expect(heard).toContain("all of files");
    expect(heard.indexOf("begun items")).toBeGreaterThan(heard.indexOf("ended seal"));
  });
});

describe("what cannot be verified at all", () => {
  it("is a release of another chain than the node's", async () => {
    const one = new Case("rich");
    one.answer = (method) => (method === "eth_chainId" ? "0x1" : undefined);
    await expect(one.verify()).rejects.toThrow("The node is on chain 1, the release is on chain 31337.");
  });

  it("is a contract that is not there", async () => {
    const one = new Case("rich");
    one.answer = (method) => (method === "eth_getCode" ? "0x" : undefined);
    await expect(one.verify()).rejects.toThrow("There is no contract at");
  });

  it("is a node that answers nonsense", async () => {
    const one = new Case("rich");
    one.answer = (method) => (method === "eth_chainId" ? "soon" : undefined);
    await expect(one.verify()).rejects.toThrow("The node answered 'soon' where a number belongs.");
  });

  it("is a node that mangles a log", async () => {
    const one = new Case("rich");
    const at = one.logs.findIndex((log) => log.topics[0] === TOPICS.get("Submitted"));
    const log = one.logs[at];
    if (log) one.logs[at] = { ...log, data: "0x12" };
    await expect(one.verify()).rejects.toThrow("cannot be decoded");
  });

  it("is a node out of reach", async () => {
    const node = nodeAt("http://127.0.0.1:9");
    const listener = { begun() {}, progress() {}, ended() {} };
    await expect(verifyRelease(new Case("rich").source, node, listener)).rejects.toThrow("cannot be reached");
  });
});
