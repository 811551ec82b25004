// A copy of the contracts and their tests in which things are tried out.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, sep } from "node:path";

const MINUTES = 10; // of one run of the tests: longer is a loop without an end

/** Sources with tests of their own. */
export const LIBRARIES = /^src\/(libraries|types)\//;

/** What the tests of the libraries need: without the contract they compile in seconds. */
export function forLibraries(path) {
  if (/^test\/base\/./.test(path)) return /\/(Harness|Naive|Test|Vm)\.sol$/.test(path);
  return !/^(src\/(Sebrus|Judgement|intake|judgement|state)|test\/(?!base|libraries))/.test(path);
}

/** Copies what lies in `home` to below `root`, to be compiled without the optimizer; `keep` says which files. */
export function workplace(home, root, keep = () => true) {
  const contracts = join(root, "contracts");
  for (const part of ["src", "test", "tools"]) rmSync(join(contracts, part), { recursive: true, force: true });
  mkdirSync(contracts, { recursive: true });
  const filter = (path) => keep(path.slice(home.length + 1).split(sep).join("/"));
  for (const part of ["src", "test", "tools", "snapshots"]) {
    cpSync(join(home, part), join(contracts, part), { recursive: true, filter });
  }
  cpSync(join(home, "../tests/vectors"), join(root, "tests/vectors"), { recursive: true });
  rmSync(join(root, "node_modules"), { force: true });
  symlinkSync(join(home, "../node_modules"), join(root, "node_modules"));
  const settings = readFileSync(join(home, "foundry.toml"), "utf8")
    .replace("bytecode_hash", "code_size_limit = 400000\nbytecode_hash")
    .replace(/via_ir = true, optimizer_runs = \d+ }/g, "via_ir = true, optimizer = false }")
    .replace(/, (min|max)_optimizer_runs = \d+ }/g, " }")
    .replace('deny = "warnings"', 'deny = "never"');
  writeFileSync(join(contracts, "foundry.toml"), settings);
  return contracts;
}

// Not tools/forge: when its time is over the launcher alone would end, and not forge.
function forgeBinary() {
  const machine = { x64: "amd64", arm64: "arm64" }[process.arch] ?? process.arch;
  const suffix = process.platform === "win32" ? ".exe" : "";
  const require = createRequire(import.meta.url);
  return require.resolve(`@foundry-rs/forge-${process.platform}-${machine}/bin/forge${suffix}`);
}

/** Null where all the tests chosen by `arguments` pass; what failed, where they do not. */
export function failing(contracts, { arguments: chosen, runs = "8", fuzz = "64" }) {
  const run = spawnSync(forgeBinary(), ["test", "--fail-fast", "--threads", "1", ...chosen], {
    cwd: contracts,
    timeout: MINUTES * 60_000,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    env: { ...process.env, FOUNDRY_INVARIANT_RUNS: runs, FOUNDRY_FUZZ_RUNS: fuzz },
  });
  if (run.status === 0) return null;
  const output = `${run.stdout}${run.stderr}`;
  if (!run.error && !/^Ran \d+ test/m.test(output)) throw new Error(`forge did not run: ${output}`);
  if (run.error) return "no end";
  return /\[FAIL.*\] (\w+)\(/.exec(output)?.[1] ?? `forge ended with ${run.status ?? run.signal}`;
}

/** Puts creation code of the halves where the tests find it, in a workplace that is compiled. */
export function place(contracts, codes) {
  for (const [half, code] of Object.entries(codes)) {
    const path = join(contracts, "out", `${half}.sol`, `${half}.json`);
    const artifact = JSON.parse(readFileSync(path, "utf8"));
    artifact.bytecode.object = `0x${code}`;
    writeFileSync(path, JSON.stringify(artifact));
  }
}
