#!/usr/bin/env node
// Coverage of the contract by the whole suite: which statements were reached, and which ways conditions went.
//
//   node tools/coverage.mjs
//
// forge's own coverage needs all tests to go through the IR pipeline, and misplaces lines there. So a copy under build/ of
// the sources gets probes (probes.mjs) and is tested as it is. Every condition of if, for, while and ?:, and each side of
// && and ||, counts as two branches. Assembly blocks count as one statement each. What cannot be reached, and why, is in
// unreachable.json.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { HALVES, analyseHalf, compileHalf } from "./halves.mjs";
import { withProbes } from "./probes.mjs";
import { LIBRARIES, failing, forLibraries, place, workplace } from "./workplace.mjs";

const home = resolve(dirname(fileURLToPath(import.meta.url)), "..");
// Gas, and what a receiver may burn, are not those of code with probes.
const TESTS = ["--no-match-test", "test_sizes|test_attack_(gasBurning|reentrant)Receiver", "--no-match-path"];

// A workplace where probes may write, and what they wrote there so far.
function probed(name, change, keep) {
  const contracts = workplace(home, join(home, "../build/coverage", name), keep);
  const settings = join(contracts, "foundry.toml");
  const access = 'fs_permissions = [{ access = "read-write", path = "./reached.txt" }, ';
  const limits = "gas_limit = 1000000000000\nmemory_limit = 1000000000\n";
  writeFileSync(settings, change(readFileSync(settings, "utf8").replace("fs_permissions = [", limits + access)));
  const reached = join(contracts, "reached.txt");
  rmSync(reached, { force: true });
  return { contracts, numbers: () => readFileSync(reached, "utf8").split("\n").filter(Boolean).map(Number) };
}

function tested(contracts, chosen) {
  const wrong = failing(contracts, { arguments: chosen, runs: "2", fuzz: "4" });
  if (wrong) throw new Error(`with probes ${wrong} fails`);
}

// The contract by the tests that see it deployed.
function ofTheContract(changed) {
  const { contracts, numbers } = probed("whole", (settings) => settings);
  tested(contracts, ["--match-path", "test/Views.t.sol"]); // compiles
  const codes = Object.keys(HALVES).map((half) => [half, compileHalf(home, half, { changed })]);
  for (const [half, { code, errors }] of codes) if (!code) throw new Error(`${half} with probes: ${errors.join("\n")}`);
  place(contracts, Object.fromEntries(codes.map(([half, { code }]) => [half, code])));
  tested(contracts, [...TESTS, "test/{Gas*,Limits*,libraries/*,symbolic/*}"]);
  return numbers();
}

// Libraries and types by their own tests.
function ofTheLibraries(changed) {
  const throughIr = (settings) => settings.replace("optimizer = true", "optimizer = false\nvia_ir = true");
  const { contracts, numbers } = probed("libraries", throughIr, forLibraries);
  for (const [file, text] of Object.entries(changed)) {
    if (LIBRARIES.test(file)) writeFileSync(join(contracts, file), text);
  }
  tested(contracts, []);
  return numbers();
}

function main() {
  const trees = Object.assign({}, ...Object.keys(HALVES).map((half) => analyseHalf(home, half).trees));
  const probes = [];
  const next = (probe) => probes.push(probe) - 1;
  const changed = {};
  for (const file of Object.keys(trees).filter((name) => /^src\/(?!interfaces)/.test(name)).sort()) {
    changed[file] = withProbes(file, readFileSync(join(home, file), "utf8"), trees[file], next);
  }
  return report(probes, new Set([...ofTheLibraries(changed), ...ofTheContract(changed)]));
}

function report(probes, hit) {
  const explained = JSON.parse(readFileSync(join(home, "tools/unreachable.json"), "utf8"));
  const lineOf = ({ file, line }) => readFileSync(join(home, file), "utf8").split("\n")[line - 1];
  const isExplained = (probe) =>
    explained.some(({ file, line, what }) => file === probe.file && what === probe.what && lineOf(probe).includes(line));
  const rows = {};
  const missing = [];
  const empty = () => ({ statements: 0, reached: 0, branches: 0, taken: 0, unreachable: 0 });
  const total = empty();
  for (const [id, probe] of probes.entries()) {
    const [all, some] = probe.what === "statement" ? ["statements", "reached"] : ["branches", "taken"];
    const out = !hit.has(id) && isExplained(probe);
    for (const row of [(rows[probe.file] ??= empty()), total]) {
      row[out ? "unreachable" : all]++;
      if (hit.has(id)) row[some]++;
    }
    if (!hit.has(id) && !out) missing.push(probe);
  }
  console.table({ ...rows, total });
  for (const { file, line, what } of missing) {
    console.log(`${file}:${line}: ${what === "statement" ? "not reached" : `never ${what}`}`);
  }
  return missing.length === 0 ? 0 : 1;
}

process.exitCode = main();
