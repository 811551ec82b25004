import { say } from "../strings";

/** One column of a chart: what it is made of, from below. */
export interface Column {
  readonly key: string;
  readonly name: string;
  /** Where it stands, from 0. */
  readonly place: number;
  readonly parts: readonly number[];
}

export interface ColumnsProps {
  readonly label: string;
  /** What the parts of a column are, in their order; each has its style, `part-0` and so on. */
  readonly parts: readonly string[];
  readonly columns: readonly Column[];
  readonly chosen: string | undefined;
  readonly choose: (key: string | undefined) => void;
}

const HEIGHT = 40;
const GAP = 0.15;

/** A chart of columns that filter what stands beside it, and the same as a table. */
export function Columns(props: ColumnsProps) {
  const { label, parts, columns } = props;
  return (
    <figure className="chart">
      <Legend parts={parts} />
      <Drawing {...props} />
      <figcaption className="row spread quiet">
        <span>{columns.at(0)?.name}</span>
        <span>{columns.length > 1 && columns.at(-1)?.name}</span>
      </figcaption>
      <details>
        <summary>{say.asTable}</summary>
        <div className="scroll-x">
          <table aria-label={label}>
            <thead>
              <tr>
                <th scope="col">{say.dataset.until}</th>
                {parts.map((part) => (
                  <th key={part} scope="col" className="number">
                    {part}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {columns.map(({ key, name, parts: counts }) => (
                <tr key={key}>
                  <th scope="row">{name}</th>
                  {counts.map((count, part) => (
                    <td key={parts[part]} className="number">
                      {count}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

/** Which colour is what. */
export function Legend({ parts }: { parts: readonly string[] }) {
  return (
    <ul className="legend">
      {parts.map((part, number) => (
        <li key={part}>
          <span className={`swatch part-${number}`} aria-hidden="true" /> {part}
        </li>
      ))}
    </ul>
  );
}

// The picture is for the eye; on each column lies a button, which keyboard and screen reader find.
function Drawing({ label, parts, columns, chosen, choose }: ColumnsProps) {
  const wide = (columns.at(-1)?.place ?? 0) + 1;
  const most = Math.max(1, ...columns.map((column) => sum(column.parts)));
  return (
    <div className="drawing">
      <svg viewBox={`0 0 ${wide} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {columns.map(({ key, place, parts: counts }) =>
          counts.map((count, part) => {
            const height = (HEIGHT * count) / most;
            const below = (HEIGHT * sum(counts.slice(0, part))) / most;
            return (
              <rect
                key={`${key} ${parts[part]}`}
                className={`part-${part}`}
                x={place + GAP / 2}
                width={1 - GAP}
                y={HEIGHT - below - height}
                height={height}
              />
            );
          }),
        )}
      </svg>
      <ul aria-label={label}>
        {columns.map(({ key, name, place, parts: counts }) => (
          <li key={key} style={{ left: `${(100 * place) / wide}%`, width: `${100 / wide}%` }}>
            <button
              type="button"
              aria-pressed={chosen === key}
              title={name}
              aria-label={`${name}: ${parts.map((part, number) => `${counts[number]} ${part}`).join(", ")}`}
              onClick={() => choose(chosen === key ? undefined : key)}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}
