/** A part of a dataset card. */
export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "table"; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: "text"; readonly text: string };

/** The parts of a card in the Markdown that releases are written in, without its front matter. */
export function blocksOf(card: string): Block[] {
  const lines = withoutFrontMatter(card.split("\n"));
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    const heading = /^(#{1,6}) +(.*)$/.exec(line);
    if (heading) {
      blocks.push({ kind: "heading", level: heading[1]?.length ?? 1, text: heading[2] ?? "" });
      at++;
    } else if (line.startsWith("```")) {
      const code = takeWhile(lines, at + 1, (one) => !one.startsWith("```"));
      blocks.push({ kind: "code", text: code.join("\n") });
      at += code.length + 2;
    } else if (line.startsWith("|")) {
      const table = takeWhile(lines, at, (one) => one.startsWith("|"));
      const [head = [], , ...rows] = table.map(cellsOf);
      blocks.push({ kind: "table", head, rows });
      at += table.length;
    } else if (line.trim() === "") at++;
    else {
      const text = takeWhile(lines, at, (one) => one.trim() !== "" && !/^(#{1,6} |```|\|)/.test(one));
      blocks.push({ kind: "text", text: text.join(" ") });
      at += Math.max(1, text.length);
    }
  }
  return blocks;
}

/** A text cut where code begins and ends: every second piece is code. */
export function pieces(text: string): string[] {
  return text.split("`");
}

function withoutFrontMatter(lines: readonly string[]): readonly string[] {
  if (lines[0] !== "---") return lines;
  const end = lines.indexOf("---", 1);
  return end < 0 ? lines : lines.slice(end + 1);
}

function takeWhile(lines: readonly string[], from: number, holds: (line: string) => boolean): string[] {
  const rest = lines.slice(from);
  const end = rest.findIndex((line) => !holds(line));
  return end < 0 ? [...rest] : rest.slice(0, end);
}

function cellsOf(row: string): string[] {
  return row
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => cell.trim());
}
