// Writes what Python needs of the compiled contract into the package: src/sebrus/chain/artifacts/Sebrus.json.
// `node tools/artifacts.mjs --check` writes nothing and fails when the file is not what the sources compile to.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const contracts = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(contracts, "..", "src", "sebrus", "chain", "artifacts", "Sebrus.json");

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

const built = JSON.parse(readFileSync(join(contracts, "out", "Sebrus.sol", "Sebrus.json"), "utf8"));
const { compiler, settings } = built.metadata;
const artifact = {
  contractName: "Sebrus",
  abi: built.abi,
  bytecode: built.bytecode.object,
  deployedBytecode: built.deployedBytecode.object,
  compiler: compiler.version,
  settings: { evmVersion: settings.evmVersion, optimizer: settings.optimizer, viaIR: settings.viaIR ?? false },
  sourceHash: sourceHash(),
};
const text = `${JSON.stringify(artifact, null, 1)}\n`;

if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error("the committed artifact is not what the sources compile to: run `make artifacts` and commit it");
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
