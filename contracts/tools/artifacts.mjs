// Writes what Python needs of the compiled contracts into the package: src/sebrus/chain/artifacts/*.json.
// `node tools/artifacts.mjs --check` writes nothing and fails when a file is not what the sources compile to.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const contracts = join(dirname(fileURLToPath(import.meta.url)), "..");
const targets = join(contracts, "..", "src", "sebrus", "chain", "artifacts");

/** sha256 over the sources' names and contents, in order of name. */
function sourceHash() {
  const hash = createHash("sha256");
  const files = readdirSync(join(contracts, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".sol"))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .map((file) => [relative(contracts, file).split(sep).join("/"), readFileSync(file)])
    .sort(([left], [right]) => (left < right ? -1 : 1));
  for (const [name, content] of files) hash.update(`${name}\0${content.length}\0`).update(content);
  return hash.digest("hex");
}

/** What forge made of a source file that holds one contract or interface of the same name. */
function built(name) {
  return JSON.parse(readFileSync(join(contracts, "out", `${name}.sol`, `${name}.json`), "utf8"));
}

/** The ABI of the contract with the functions that it runs by the code of its second half. */
function wholeAbi() {
  const second = built("ISebrusJudgement").abi.filter((entry) => entry.type === "function");
  const abi = [...built("Sebrus").abi.filter((entry) => entry.type !== "fallback"), ...second];
  const known = new Set(abi.map((entry) => `${entry.type} ${entry.name}`));
  return [...abi, ...built("ISebrusEvents").abi.filter((entry) => !known.has(`${entry.type} ${entry.name}`))];
}

function artifactOf(name, abi) {
  const { bytecode, deployedBytecode, metadata } = built(name);
  const { compiler, settings } = metadata;
  return {
    contractName: name,
    abi,
    bytecode: bytecode.object,
    deployedBytecode: deployedBytecode.object,
    compiler: compiler.version,
    settings: { evmVersion: settings.evmVersion, optimizer: settings.optimizer, viaIR: settings.viaIR ?? false },
    sourceHash: sourceHash(),
  };
}

const constructor = built("Judgement").abi.filter((entry) => entry.type === "constructor");
for (const artifact of [artifactOf("Sebrus", wholeAbi()), artifactOf("Judgement", constructor)]) {
  const target = join(targets, `${artifact.contractName}.json`);
  const text = `${JSON.stringify(artifact, null, 1)}\n`;
  if (!process.argv.includes("--check")) writeFileSync(target, text);
  else if (!existsSync(target) || readFileSync(target, "utf8") !== text) {
    console.error(`${target} is not what the sources compile to: run \`make artifacts\` and commit it`);
    process.exitCode = 1;
  }
}
