// Many mutants in one compilation: each place that a mutant changes becomes a choice between the code as it is and as
// the mutant has it (mutant schemata; Untch, Offutt and Harrold, ISSTA 1993). Which one runs is said by a constant in the
// compiled code, which is exchanged without compiling again. The choice is between whole statements, which always have
// a place for it; what is in no statement, like a constant, has to be compiled by itself.
const CHOSEN = "5eb205".padEnd(60, "c0de").padEnd(64, "0"); // found nowhere else in the code
const CHOICE = `\nfunction isChosen(uint256 id) pure returns (bool) {\n    return id == 0x${CHOSEN};\n}\n`;
const STATEMENTS = new Set(
  ["Expression", "Emit", "Revert", "If", "For", "While", "VariableDeclaration"].map((kind) => `${kind}Statement`),
).add("Return").add("InlineAssembly");

/** Code in which no mutant, or the one of the number `id`, is chosen. */
export function choose(code, id) {
  return code.replaceAll(CHOSEN, id.toString(16).padStart(64, "0"));
}

/** Gives the ranges of nodes in a text; offsets of the compiler count bytes. */
export function rangesOf(text) {
  const bytes = Buffer.from(text);
  return ({ src }) => {
    const [from, length] = src.split(":").map(Number);
    const [start, end] = [from, from + length].map((offset) => bytes.subarray(0, offset).toString().length);
    return { start, end };
  };
}

/** Statements where a block may stand, with their ranges and semicolons; `braced` are those that stand in a block. */
export function statementsOf(text, ast, rangeOf) {
  const found = [];
  const visit = (node, place) => {
    if (!node) return;
    if (place && STATEMENTS.has(node.nodeType)) {
      const { start, end } = rangeOf(node);
      const semicolon = /^\s*;/.exec(text.slice(end, end + 80))?.[0].length ?? 0;
      found.push({ start, end: end + semicolon, node, braced: place === "block" });
    }
    for (const statement of node.statements ?? []) visit(statement, "block");
    for (const body of [node.body, node.trueBody, node.falseBody]) visit(body, "body");
    for (const part of node.nodes ?? []) visit(part, null);
  };
  visit(ast, null);
  return found;
}

const changed = (text, { start, end }, { place }) =>
  text.slice(start, place.start) + place.replacement + text.slice(place.end, end);

function choices(mutants, mutated, plain) {
  const branches = mutants.map((mutant) => `if (isChosen(${mutant.number})) { ${mutated(mutant)} } else `);
  return `{ ${branches.join("")}{ ${plain} } }`;
}

// `T x = a;` becomes `T x; { if (...) { x = b; } else { x = a; } }`.
function declaration(text, node, mutants, rangeOf) {
  const value = rangeOf(node.initialValue);
  const declared = node.declarations.filter(Boolean).map((one) => text.slice(rangeOf(one).start, rangeOf(one).end));
  const names = node.declarations.map((one) => one?.name ?? "");
  const left = names.length === 1 ? names[0] : `(${names.join(", ")})`;
  const mutated = (mutant) => `${left} = ${changed(text, value, mutant)};`;
  return `${declared.join("; ")}; ${choices(mutants, mutated, `${left} = ${text.slice(value.start, value.end)};`)}`;
}

/** A source with choices for its mutants, each with its `number` from 1 on; and the mutants that no statement holds. */
export function withChoices(text, ast, mutants) {
  const rangeOf = rangesOf(text);
  const statements = statementsOf(text, ast, rangeOf);
  const holds = (range, { place }) => range.start <= place.start && place.end <= range.end;
  const size = (range) => range.end - range.start;
  const home = new Map();
  const left = [];
  for (const mutant of mutants) {
    const around = statements.filter((one) => holds(one, mutant)).sort((a, b) => size(a) - size(b))[0];
    const isDeclared = around?.node.nodeType === "VariableDeclarationStatement";
    if (!around || (isDeclared && !holds(rangeOf(around.node.initialValue), mutant))) left.push(mutant);
    else home.set(around, [...(home.get(around) ?? []), mutant]);
  }
  // from the inside out: what is around takes in what was rewritten
  const render = ({ start, end }) => {
    const inside = statements.filter((one) => start <= one.start && one.end <= end && size(one) < end - start);
    const isIn = (one, other) => size(one) < size(other) && other.start <= one.start && one.end <= other.end;
    const outermost = inside.filter((one) => !inside.some((other) => isIn(one, other)));
    let result = "";
    let next = start;
    for (const statement of outermost.sort((a, b) => a.start - b.start)) {
      result += text.slice(next, statement.start) + rewritten(statement);
      next = statement.end;
    }
    return result + text.slice(next, end);
  };
  const rewritten = (statement) => {
    const here = home.get(statement);
    if (!here) return render(statement);
    const { node } = statement;
    if (node.nodeType === "VariableDeclarationStatement") return declaration(text, node, here, rangeOf);
    return choices(here, (mutant) => changed(text, statement, mutant), render(statement));
  };
  return { text: render({ start: 0, end: text.length }) + CHOICE, left };
}
