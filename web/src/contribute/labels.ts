/** The label of a file by the folder it lies in: the nearest folder whose name is a class, ignoring case. */
export function labelByFolder(path: string, classes: readonly string[]): number | null {
  const folders = path.split("/").slice(0, -1).reverse();
  for (const folder of folders) {
    const label = classes.findIndex((name) => name.toLowerCase() === folder.trim().toLowerCase());
    if (label >= 0) return label;
  }
  return null;
}

/**
 * Labels by file name from a CSV with `file_name,label` (a header is optional); labels are names or places of classes.
 * Lines that say nothing usable are counted in `odd`.
 */
export function labelsFromCsv(text: string, classes: readonly string[]): { labels: Map<string, number>; odd: number } {
  const labels = new Map<string, number>();
  let odd = 0;
  for (const [number, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const [name, said] = cells(line);
    const label = said === undefined ? null : labelOf(said.trim(), classes);
    if (name && label !== null) labels.set(name.trim(), label);
    else if (number > 0 || !/file|name|label/i.test(line)) odd += 1;
  }
  return { labels, odd };
}

function labelOf(said: string, classes: readonly string[]): number | null {
  const named = classes.findIndex((name) => name.toLowerCase() === said.toLowerCase());
  if (named >= 0) return named;
  const place = Number(said);
  return /^\d+$/.test(said) && place < classes.length ? place : null;
}

/** The cells of a line of CSV (RFC 4180, without line breaks within cells). */
function cells(line: string): string[] {
  const found: string[] = [];
  let cell = "";
  let quoted = false;
  for (let place = 0; place < line.length; place++) {
    const sign = line[place];
    if (sign === '"' && quoted && line[place + 1] === '"') {
      cell += '"';
      place += 1;
    } else if (sign === '"') {
      quoted = !quoted;
    } else if (sign === "," && !quoted) {
      found.push(cell);
      cell = "";
    } else {
      cell += sign;
    }
  }
  return [...found, cell];
}
