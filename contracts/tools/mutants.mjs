// What mutation testing changes: one place of one source file at a time.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";

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
  // conditions that never and always hold
  [/(?<=\bif \().*(?=\) (?:revert|return|continue|break|[\w.[\]]+ [-+|&]?= ).*;$)/gm, ["true", "false"]],
  [/(?<=\bif \().*(?=\) \{$)/gm, ["true", "false"]],
  [/(?<= \? ).*(?= : )/gm, (chosen, code, at) => [otherBranch(code, at + chosen.length)]],
  // statements left out: assignments, calls, events
  [/^ +(?!(?:if|for|while|else|return|revert|emit|import|pragma|using|error|event|unchecked|assembly|struct|type)\b)(?:[\w.[\]]+|\((?![^=;)]*\w \w)[^=;]*\)) [-+|&^]?= [^;{}]*;$/gm, [""]],
  [/^ +(?:(?!return|revert|else)[\w.]+)\([^;{}]*\);$/gm, [""]],
  [/^ +emit [^;]*;$/gm, [""]],
  // the same in assembly
  [/\badd\(/g, ["sub("]],
  [/\bsub\(/g, ["add("]],
  [/\band\(/g, ["or("]],
  [/\bor\(/g, ["and("]],
  [/\bxor\(/g, ["or("]],
  [/\bshl\(/g, ["shr("]],
  [/\bshr\(/g, ["shl("]],
  [/\blt\(/g, ["gt("]],
  [/\biszero\((?=\w)/g, ["("]],
  [/\b0x[248]0\b/g, (number) => [`0x${(Number(number) + 32).toString(16)}`]],
  [/^ +(?:mstore|calldatacopy|returndatacopy|log2|revert)\([^{}\n]*\)$/gm, [""]],
  [/^ +\w+ := [^{}\n]*\)$/gm, [""]],
];

// The other side of `? a : b`, from the end of `a` on.
function otherBranch(code, end) {
  const rest = code.slice(end + 3);
  let depth = 0;
  for (let i = 0; i < rest.length; i++) {
    if ("([".includes(rest[i])) depth++;
    else if (")]".includes(rest[i]) && depth-- === 0) return rest.slice(0, i);
    else if (depth === 0 && ";,".includes(rest[i])) return rest.slice(0, i);
  }
  return rest;
}

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "interfaces" ? [] : sources(path);
    return path.endsWith(".sol") ? [path] : [];
  });
}

// Code with comments and strings blanked out, so that no mutant is made of prose.
function blanked(text) {
  return text
    .replace(/\/\/.*$|\/\*[^]*?\*\//gm, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/"[^"\n]*"/g, (string) => `"${"_".repeat(string.length - 2)}"`);
}

function mutantsOf(home, path) {
  const text = readFileSync(path, "utf8");
  const code = blanked(text);
  const file = relative(home, path).split(sep).join("/");
  const made = SWAPS.flatMap(([pattern, replacements]) =>
    [...code.matchAll(pattern)].flatMap((match) => {
      if (/^\s*(import|pragma)/.test(code.slice(code.lastIndexOf("\n", match.index) + 1))) return [];
      const found = text.slice(match.index, match.index + match[0].length);
      const options = typeof replacements === "function" ? replacements(match[0], code, match.index) : replacements;
      const start = match.index + found.search(/\S|$/);
      const end = match.index + found.trimEnd().length;
      return options.map((option) => {
        const replacement = option.trim();
        return {
          file,
          line: text.slice(0, start).split("\n").length,
          from: found.trim().replace(/\s+/g, " "),
          to: replacement,
          place: { start, end, replacement },
          text: text.slice(0, start) + replacement + text.slice(end),
        };
      });
    }),
  );
  const seen = new Set([text]);
  return made
    .filter((mutant) => !seen.has(mutant.text) && seen.add(mutant.text))
    .map((mutant) => ({ ...mutant, id: createHash("sha256").update(mutant.file + mutant.text).digest("hex").slice(0, 16) }));
}

/** All mutants of the sources below `home`, in a fixed order. `id` names the mutated text of the whole file. */
export function allMutants(home) {
  return sources(join(home, "src")).sort().flatMap((path) => mutantsOf(home, path));
}

/** The list in an order that a linear congruential generator draws: the same seed draws the same everywhere. */
export function shuffled(list, seed) {
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

/** A random sample in which each file has its share, and one mutant at least. */
export function stratified(mutants, size, seed) {
  const files = new Map();
  for (const mutant of shuffled(mutants, seed)) files.set(mutant.file, [...(files.get(mutant.file) ?? []), mutant]);
  const chosen = [...files.values()].flatMap((ofFile) =>
    ofFile.slice(0, Math.max(1, Math.round((size * ofFile.length) / mutants.length))),
  );
  return shuffled(chosen, seed);
}
