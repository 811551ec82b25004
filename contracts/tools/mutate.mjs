#!/usr/bin/env node
// Mutation testing: breaks the contract in one place at a time and asks whether a test notices.
//
//   node tools/mutate.mjs [--all | --sample N] [--seed S] [--file PART] [--quick] [--list]
//
// Works in a copy under the system's temporary directory, where the contract is compiled without the optimizer: that is all
// it takes to tell right from wrong. The libraries and types are tried with their own tests first, which compile in seconds; what
// survives those, and everything else, is tried with the whole suite (--quick: the libraries and types alone, with their
// own tests alone). Survivors that change nothing anybody can see are
// listed with the reason in mutants.json and counted apart.
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const home = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const LIBRARIES = /^src\/(libraries|types)\//;
const MINUTES = 10; // of one try, before it counts as killed (a loop without an end)

// What is replaced by what, one occurrence at a time.
const SWAPS = [
  [/ < /g, [" <= "]],
  [/ <= /g, [" < "]],
  [/ > /g, [" >= "]],
  [/ >= /g, [" > "]],
  [/ == /g, [" != "]],
  [/ != /g, [" == "]],
  [/ && /g, [" || "]],
  [/ \|\| /g, [" && "]],
  [/ \+ 1\b/g, ["", " + 2"]],
  [/ - 1\b/g, ["", " - 2"]],
  [/ \+ (?!1\b)/g, [" - "]],
  [/ - (?!1\b)/g, [" + "]],
  [/ \* /g, [" / "]],
  [/ \/ (?!\/)/g, [" * "]],
  [/ % /g, [" / "]],
  [/ & ~/g, [" & "]],
  [/ & (?!~)/g, [" | "]],
  [/ \| /g, [" & "]],
  [/ \^ /g, [" & "]],
  [/ << /g, [" >> "]],
  [/ >> /g, [" << "]],
  [/ \+= /g, [" -= ", " = "]],
  [/ -= /g, [" += "]],
  [/ \|= /g, [" &= "]],
  [/ &= /g, [" |= "]],
  [/\btrue\b/g, ["false"]],
  [/\bfalse\b/g, ["true"]],
  [/(?<=constant \w+ = )\d+/g, (number) => [String(Number(number) + 1)]],
  [/^\s*if \(.*\) revert .*;$/gm, [""]],
  [/^\s*(_keep|_reserve|_credit|_closeSeat|_openSeat|_weigh|_exclude|_requireAppeals|_requireQuestion|_require|_authorise)\(.*\);$/gm, [""]],
  [/^\s*emit .*;$/gm, [""]],
];

function options() {
  const given = process.argv.slice(2);
  const value = (name, otherwise) => (given.includes(name) ? given[given.indexOf(name) + 1] : otherwise);
  return {
    all: given.includes("--all"),
    list: given.includes("--list"),
    quick: given.includes("--quick"),
    sample: Number(value("--sample", 60)),
    seed: Number(value("--seed", 1)),
    file: value("--file", ""),
  };
}

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "interfaces" ? [] : sources(path);
    return path.endsWith(".sol") ? [path] : [];
  });
}

// Code with comments blanked out, so that no mutant is made of prose.
function blanked(text) {
  return text.replace(/\/\/.*$|\/\*[^]*?\*\//gm, (comment) => comment.replace(/[^\n]/g, " "));
}

function mutantsOf(path) {
  const text = readFileSync(path, "utf8");
  const code = blanked(text);
  const file = relative(home, path);
  return SWAPS.flatMap(([pattern, replacements]) =>
    [...code.matchAll(pattern)].flatMap((match) => {
      if (/^\s*(import|pragma)/.test(code.slice(code.lastIndexOf("\n", match.index) + 1))) return [];
      const options_ = typeof replacements === "function" ? replacements(match[0]) : replacements;
      return options_.map((replacement) => ({
        file,
        line: text.slice(0, match.index).split("\n").length + (match[0].startsWith("\n") ? 1 : 0),
        from: match[0].trim(),
        to: replacement.trim(),
        text: text.slice(0, match.index) + replacement + text.slice(match.index + match[0].length),
      }));
    }),
  );
}

// A linear congruential generator: the same seed draws the same sample everywhere.
function shuffled(list, seed) {
  let state = seed >>> 0;
  const next = (most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = next(i + 1);
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

// What the tests of the libraries need: without the contract they compile in seconds.
function keepLibraries(contracts) {
  for (const name of ["src/Sebrus.sol", "src/Judgement.sol", "src/intake", "src/judgement", "src/state", "bench"]) {
    rmSync(join(contracts, name), { recursive: true, force: true });
  }
  const kept = new Set(["libraries", "base", "Harness.sol", "Naive.sol", "Test.sol", "Vm.sol"]);
  for (const folder of ["test", "test/base"]) {
    for (const name of readdirSync(join(contracts, folder))) {
      if (!kept.has(name)) rmSync(join(contracts, folder, name), { recursive: true });
    }
  }
}

function workplace(quick) {
  const root = mkdtempSync(join(tmpdir(), "mutants-"));
  const contracts = join(root, "contracts");
  const left = new Set(["out", "cache"].map((name) => join(home, name)));
  cpSync(home, contracts, { recursive: true, filter: (source) => !left.has(source) });
  cpSync(join(home, "../tests/vectors"), join(root, "tests/vectors"), { recursive: true });
  symlinkSync(join(home, "../node_modules"), join(root, "node_modules"));
  const settings = join(contracts, "foundry.toml");
  const plain = readFileSync(settings, "utf8")
    .replace("optimizer_runs = 200\n", "optimizer_runs = 200\ncode_size_limit = 200000\n")
    .replace("via_ir = true, optimizer_runs = 200", "via_ir = true, optimizer = false")
    .replace('deny = "warnings"', 'deny = "never"')
    .replace("runs = 256", "runs = 64")
    .replace("runs = 64\ndepth = 60", "runs = 8\ndepth = 60");
  writeFileSync(settings, plain);
  for (const name of ["Gas.t.sol", "Limits.t.sol"]) rmSync(join(contracts, "test", name), { force: true });
  if (quick) keepLibraries(contracts);
  return { root, contracts };
}

// 0: the tests pass; anything else: they do not, or it does not compile.
function tested(contracts, only) {
  const arguments_ = ["tools/forge", "test", "--fail-fast"];
  if (only) arguments_.push("--match-path", "test/libraries/*");
  else arguments_.push("--no-match-test", "test_sizes");
  const run = spawnSync("node", arguments_, { cwd: contracts, timeout: MINUTES * 60_000, encoding: "utf8", maxBuffer: 2 ** 27 });
  const output = `${run.stdout}${run.stderr}`;
  if (/Compiler run failed|Compilation failed/.test(output)) return "does not compile";
  return run.status === 0 ? "survived" : "killed";
}

function tryOut(mutant, contracts, quick) {
  const path = join(contracts, mutant.file);
  const original = readFileSync(path, "utf8");
  writeFileSync(path, mutant.text);
  let verdict = LIBRARIES.test(mutant.file) ? tested(contracts, true) : "survived";
  if (verdict === "survived" && !quick) verdict = tested(contracts, false);
  writeFileSync(path, original);
  return verdict;
}

function main() {
  const { all, list, quick, sample, seed, file } = options();
  const made = sources(join(home, "src")).flatMap(mutantsOf).filter((mutant) => mutant.file.includes(file) && (!quick || LIBRARIES.test(mutant.file)));
  const chosen = all ? made : shuffled(made, seed).slice(0, sample);
  if (list) {
    for (const mutant of chosen) console.log(`${mutant.file}:${mutant.line}: "${mutant.from}" -> "${mutant.to}"`);
    console.log(`${chosen.length} of ${made.length} mutants`);
    return 0;
  }
  const known = join(home, "tools/mutants.json");
  const equivalent = existsSync(known) ? JSON.parse(readFileSync(known, "utf8")).equivalent : [];
  const isKnown = (m) => equivalent.some((e) => e.file === m.file && e.from === m.from && e.to === m.to && m.text.includes(e.line));
  const { root, contracts } = workplace(quick);
  const counts = {};
  try {
    if (tested(contracts, quick) !== "survived") throw new Error("the suite fails on the contract as it is");
    for (const mutant of chosen) {
      let verdict = tryOut(mutant, contracts, quick);
      if (verdict === "survived" && isKnown(mutant)) verdict = "equivalent";
      counts[mutant.file] ??= { killed: 0, survived: 0, equivalent: 0, "does not compile": 0 };
      counts[mutant.file][verdict]++;
      console.log(`${verdict}: ${mutant.file}:${mutant.line}: "${mutant.from}" -> "${mutant.to}"`);
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  console.table(counts);
  const sum = (name) => Object.values(counts).reduce((total, row) => total + row[name], 0);
  const [killed, survived] = [sum("killed"), sum("survived")];
  console.log(`${killed} of ${killed + survived} killed (${((100 * killed) / (killed + survived || 1)).toFixed(1)} %)`);
  return survived === 0 ? 0 : 1;
}

process.exitCode = main();
