#!/usr/bin/env node
// Mutation testing: breaks the contract in one place at a time and asks whether a test notices.
//
//   node tools/mutate.mjs [--all | --sample N] [--seed S] [--file PATTERN] [--confirm] [--list] [--results FILE]
//
// A sample has its share of every file. Works in a copy under build/, on one core, and keeps every verdict in FILE
// (build/mutation/results.json), from which it goes on when it is started again. A verdict counts for the mutated text
// of the whole file; survivors are tried again when the tests have changed.
//
// The tests deploy artifacts, so they are compiled once, and the contract is compiled here, a hundred mutants at a time
// and without the optimizer: schemata.mjs says how. Libraries and types that survive meet their own tests too.
// --confirm tries survivors again, with longer lives in the invariants, and compiles them as they are deployed: where the
// code comes out the same, nothing was changed. Survivors that change nothing anybody can see are listed with the reason
// in mutants.json.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { HALVES, analyseHalf, compileHalf, isValid } from "./halves.mjs";
import { allMutants, stratified } from "./mutants.mjs";
import { choose, withChoices } from "./schemata.mjs";
import { LIBRARIES, failing, forLibraries, place, workplace } from "./workplace.mjs";

const home = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const build = join(home, "../build/mutation");
const GROUP = 100; // mutants compiled together

// The whole suite in the order of its cost. Sizes and gas are measured on optimized code alone, and the tests of the
// libraries do not see the artifacts.
const NOT_HERE = ["--no-match-test", "test_sizes", "--no-match-path"];
const PHASES = [
  { arguments: [...NOT_HERE, "test/{Gas*,Limits*,VectorLives*,libraries/*,symbolic/*,invariants/*}"] },
  { arguments: ["--match-path", "test/{VectorLives*,invariants/*}"], runs: "8" },
];
const LONGER = { arguments: ["--match-path", "test/invariants/*"], runs: "64" };

function options() {
  const given = process.argv.slice(2);
  const value = (name, otherwise) => (given.includes(name) ? given[given.indexOf(name) + 1] : otherwise);
  return {
    all: given.includes("--all"),
    confirm: given.includes("--confirm"),
    list: given.includes("--list"),
    sample: Number(value("--sample", 60)),
    seed: Number(value("--seed", 1)),
    file: new RegExp(value("--file", "")),
    results: resolve(value("--results", join(build, "results.json"))),
  };
}

/** A hash over the tests: whoever survived other tests is tried again. */
function suiteHash() {
  const hash = createHash("sha256");
  for (const name of readdirSync(join(home, "test"), { recursive: true }).sort()) {
    if (name.endsWith(".sol")) hash.update(name).update(readFileSync(join(home, "test", name)));
  }
  return hash.digest("hex").slice(0, 16);
}

class Trial {
  constructor(confirm) {
    this.confirm = confirm;
    this.whole = workplace(home, join(build, "whole"));
    this.optimized = {};
    const analysed = Object.keys(HALVES).map((half) => [half, analyseHalf(home, half).trees]);
    this.trees = Object.assign({}, ...analysed.map(([, trees]) => trees));
    this.halvesOf = (file) => analysed.filter(([, trees]) => trees[file]).map(([half]) => half);
    this.passed = new Set();
    failing(this.whole, { arguments: ["--match-path", "test/Views.t.sol"] }); // compiles
  }

  /** The place where libraries meet their own tests, when it is needed first. */
  get libraries() {
    if (!this.ofLibraries) {
      this.ofLibraries = workplace(home, join(build, "libraries"), forLibraries);
      if (failing(this.ofLibraries, { arguments: [] })) throw new Error("the tests of the libraries fail as they are");
    }
    return this.ofLibraries;
  }

  /** What of a phase fails, which passes where no mutant is chosen. */
  failing(phase, codes, plain) {
    if (!this.passed.has(phase)) {
      place(this.whole, plain);
      const wrong = failing(this.whole, phase);
      if (wrong) throw new Error(`the suite fails where no mutant is chosen: ${wrong}`);
      this.passed.add(phase);
    }
    place(this.whole, codes);
    return failing(this.whole, phase);
  }

  /** Compiles a group; returns its code without a mutant, and with each of those that compile. */
  group(mutants) {
    const valid = new Set(mutants.filter((m) => isValid(home, this.halvesOf(m.file)[0], { [m.file]: m.text })));
    const alone = new Set();
    const changed = {};
    [...valid].forEach((mutant, i) => (mutant.number = i + 1));
    for (const file of new Set([...valid].map((mutant) => mutant.file))) {
      const here = [...valid].filter((mutant) => mutant.file === file);
      const { text, left } = withChoices(readFileSync(join(home, file), "utf8"), this.trees[file], here);
      changed[file] = text;
      left.forEach((mutant) => alone.add(mutant));
    }
    const each = (make) => Object.fromEntries(Object.keys(HALVES).map((half) => [half, make(half)]));
    const codes = each((half) => {
      const { code, errors } = compileHalf(home, half, { changed });
      if (!code) throw new Error(`a group does not compile: ${errors.join("\n")}`);
      return code;
    });
    const chosen = (number) => each((half) => choose(codes[half], number));
    const plain = chosen(0);
    this.passed.clear();
    const withMutant = (mutant) => {
      if (!valid.has(mutant)) return null;
      if (!alone.has(mutant)) return chosen(mutant.number);
      const own = (half) => compileHalf(home, half, { changed: { [mutant.file]: mutant.text } }).code;
      return { ...plain, ...Object.fromEntries(this.halvesOf(mutant.file).map((half) => [half, own(half)])) };
    };
    return { plain, withMutant };
  }

  verdict(mutant, { plain, withMutant }) {
    const codes = withMutant(mutant);
    if (!codes) return { verdict: "does not compile" };
    for (const phase of this.confirm ? [...PHASES, LONGER] : PHASES) {
      const by = this.failing(phase, codes, plain);
      if (by) return { verdict: "killed", by };
    }
    if (LIBRARIES.test(mutant.file)) {
      const path = join(this.libraries, mutant.file);
      writeFileSync(path, mutant.text);
      const by = failing(this.libraries, { arguments: [] });
      writeFileSync(path, readFileSync(join(home, mutant.file)));
      if (by) return { verdict: "killed", by };
    }
    const same = this.confirm && this.halvesOf(mutant.file).every((half) => this.isSame(half, mutant));
    return { verdict: same ? "same code" : "survived", confirmed: this.confirm };
  }

  /** Whether the code that is deployed is the same. */
  isSame(half, mutant) {
    this.optimized[half] ??= compileHalf(home, half, { optimized: true }).code;
    const changed = { [mutant.file]: mutant.text };
    return compileHalf(home, half, { changed, optimized: true }).code === this.optimized[half];
  }
}

function readJson(path, otherwise) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : otherwise;
}

function report(chosen, results, isKnown) {
  const counts = {};
  const total = { killed: 0, survived: 0, equivalent: 0, "same code": 0, "does not compile": 0 };
  for (const mutant of chosen) {
    const result = results[mutant.id];
    if (!result) continue;
    const verdict = result.verdict === "survived" && isKnown(mutant) ? "equivalent" : result.verdict;
    counts[mutant.file] ??= { ...total };
    counts[mutant.file][verdict]++;
  }
  for (const row of Object.values(counts)) for (const name of Object.keys(total)) total[name] += row[name];
  console.table({ ...counts, total });
  const tried = total.killed + total.survived;
  console.log(`${total.killed} of ${tried} killed (${((100 * total.killed) / (tried || 1)).toFixed(1)} %)`);
  return total.survived === 0 ? 0 : 1;
}

function main() {
  const { all, confirm, list, sample, seed, file, results: path } = options();
  const made = allMutants(home).filter((mutant) => file.test(mutant.file));
  const chosen = all ? stratified(made, made.length, seed) : stratified(made, sample, seed);
  const nameOf = (m) => `${m.file}:${m.line}: "${m.from}" -> "${m.to}"`;
  if (list) {
    for (const mutant of chosen) console.log(nameOf(mutant));
    console.log(`${chosen.length} of ${made.length} mutants`);
    return 0;
  }
  const known = readJson(join(home, "tools/mutants.json"), { equivalent: [] }).equivalent;
  const lineOf = (m) => readFileSync(join(home, m.file), "utf8").split("\n")[m.line - 1];
  const isKnown = (m) =>
    known.some((e) => e.file === m.file && e.from === m.from && e.to === m.to && lineOf(m).includes(e.line));
  const results = readJson(path, {});
  const suite = suiteHash();
  const done = ({ id }) => {
    const { verdict, suite: tests, confirmed } = results[id] ?? {};
    return verdict === "survived" ? tests === suite && (!confirm || confirmed) : verdict !== undefined;
  };
  const left = chosen.filter((mutant) => !done(mutant));
  const trial = left.length ? new Trial(confirm) : null;
  for (let next = 0; next < left.length; next += GROUP) {
    const mutants = left.slice(next, next + GROUP);
    const compiled = trial.group(mutants);
    for (const [i, mutant] of mutants.entries()) {
      const began = Date.now();
      const found = trial.verdict(mutant, compiled);
      const seconds = Math.round((Date.now() - began) / 100) / 10;
      const { file: file_, line, from, to, id } = mutant;
      results[id] = { file: file_, line, from, to, ...found, seconds, suite };
      writeFileSync(path, JSON.stringify(results, null, 1));
      const by = found.by ? ` (${found.by})` : "";
      console.log(`${next + i + 1}/${left.length} ${found.verdict}: ${nameOf(mutant)}${by} ${seconds} s`);
    }
  }
  return report(chosen, results, isKnown);
}

process.exitCode = main();
