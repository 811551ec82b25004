// Probes for measuring coverage: each statement, and each way a condition can go, tells that it was reached.
import { statementsOf, rangesOf } from "./schemata.mjs";

/**
 * A source with probes. Numbers are given by `next`, which is told what each stands for: a file, a line, and "statement",
 * or which way the condition went. Probes use the cheat codes of forge: they are for tests alone.
 */
export function withProbes(file, text, ast, next) {
  const rangeOf = rangesOf(text);
  const lineOf = (start) => text.slice(0, start).split("\n").length;
  const inserts = []; // offset, order, text: at one offset an outer condition opens first
  for (const { start, braced } of statementsOf(text, ast, rangeOf)) {
    if (!braced) continue; // which way the condition before it went tells
    inserts.push([start, 1, `_reached(${next({ file, line: lineOf(start), what: "statement" })}); `]);
  }
  for (const condition of conditionsOf(ast)) {
    const { start, end } = rangeOf(condition);
    const [yes, no] = ["true", "false"].map((what) => next({ file, line: lineOf(start), what }));
    inserts.push([start, 2 + 1 / (end - start), `_went(${yes}, ${no}, `], [end, 0, ")"]);
  }
  inserts.sort(([a, left], [b, right]) => a - b || left - right);
  let result = "";
  let at = 0;
  for (const [offset, , inserted] of inserts) {
    result += text.slice(at, offset) + inserted;
    at = offset;
  }
  return result + text.slice(at) + PROBES;
}

// Conditions of if, for, while and ?:, and both sides of && and ||.
function conditionsOf(ast) {
  const found = new Set();
  const visit = (node) => {
    if (!node || typeof node !== "object") return;
    if (node.nodeType === "InlineAssembly") return;
    if (node.condition) found.add(node.condition);
    if (node.nodeType === "BinaryOperation" && ["&&", "||"].includes(node.operator)) {
      found.add(node.leftExpression).add(node.rightExpression);
    }
    for (const part of Object.values(node)) Array.isArray(part) ? part.forEach(visit) : visit(part);
  };
  visit(ast);
  return [...found];
}

// A pure function may not call: the type of the pointer says that this one does not. What was reached is kept where
// nobody else looks, until the test ends, so that each test tells once; `vm.store` works inside a static call too.
const PROBES = `
interface ProbeVm {
    function load(address target, bytes32 slot) external view returns (bytes32);
    function store(address target, bytes32 slot, bytes32 value) external;
    function writeLine(string calldata path, string calldata data) external;
    function toString(uint256 value) external pure returns (string memory);
}

function _tell(uint256 id) {
    uint256 free;
    assembly ("memory-safe") {
        free := mload(0x40)
    }
    _note(id);
    assembly ("memory-safe") {
        mstore(0x40, free) // nothing is kept: what loops for long would run out of gas for memory
    }
}

function _note(uint256 id) {
    ProbeVm vm_ = ProbeVm(address(uint160(uint256(keccak256("hevm cheat code")))));
    address notes = address(0x9707e5);
    if (vm_.load(notes, bytes32(id)) != 0) return;
    vm_.store(notes, bytes32(id), bytes32(uint256(1)));
    vm_.writeLine("./reached.txt", vm_.toString(id));
}

function _reached(uint256 id) pure {
    function (uint256) tell = _tell;
    function (uint256) pure pretended;
    assembly ("memory-safe") {
        pretended := tell
    }
    pretended(id);
}

function _went(uint256 yes, uint256 no, bool condition) pure returns (bool) {
    _reached(condition ? yes : no);
    return condition;
}
`;
