// Compiles one half of the contract alone, in this process: forge would start the compiler anew each time, and compile
// the tests with it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const solc = createRequire(import.meta.url)("solc");

/** The two halves, and the runs they are optimized for where they are deployed. */
export const HALVES = { Sebrus: 200, Judgement: 5000 };

// What the compiler makes of a half; `changed` maps names of source files to texts that take their place.
function compiled(home, half, changed, optimized, outputSelection) {
  const file = `src/${half}.sol`;
  const textOf = (name) => {
    const path = name.startsWith("solady/") ? name.replace("solady/", "solady/src/") : name;
    const library = /^(@openzeppelin|solady)\//.test(name);
    return changed[name] ?? readFileSync(library ? join(home, "../node_modules", path) : join(home, name), "utf8");
  };
  const settings = {
    viaIR: true,
    optimizer: { enabled: optimized, runs: HALVES[half] },
    evmVersion: "cancun",
    metadata: { bytecodeHash: "none", appendCBOR: false },
    outputSelection,
  };
  const input = { language: "Solidity", sources: { [file]: { content: textOf(file) } }, settings };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: (name) => ({ contents: textOf(name) }) }));
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  return { output, errors: errors.map(({ formattedMessage }) => formattedMessage) };
}

/** The creation code, or what the compiler refuses. Without the optimizer it is larger than may be deployed. */
export function compileHalf(home, half, { changed = {}, optimized = false } = {}) {
  const wanted = { "*": { [half]: ["evm.bytecode.object"] } };
  const { output, errors } = compiled(home, half, changed, optimized, wanted);
  return { code: output.contracts?.[`src/${half}.sol`]?.[half]?.evm?.bytecode?.object ?? null, errors };
}

/** The syntax trees of a half's sources by name. */
export function analyseHalf(home, half) {
  const { output } = compiled(home, half, {}, false, { "*": { "": ["ast"] } });
  return { trees: Object.fromEntries(Object.entries(output.sources).map(([name, { ast }]) => [name, ast])) };
}

/** Whether the compiler takes a half. */
export function isValid(home, half, changed) {
  return compiled(home, half, changed, false, {}).errors.length === 0;
}
