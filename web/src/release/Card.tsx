import { Fragment } from "react";
import { type Block, blocksOf, pieces } from "./card";

/** A dataset card. Its headings come below the page's own. */
export function Card({ text }: { text: string }) {
  return (
    <div className="stack card-text">
      {blocksOf(text).map((block, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a card does not change while it is shown
        <Part key={place} block={block} />
      ))}
    </div>
  );
}

function Part({ block }: { block: Block }) {
  if (block.kind === "heading") {
    return block.level === 1 ? (
      <h3>{block.text}</h3>
    ) : (
      <h4>
        <Words text={block.text} />
      </h4>
    );
  }
  if (block.kind === "code") return <pre>{block.text}</pre>;
  if (block.kind === "text") {
    return (
      <p>
        <Words text={block.text} />
      </p>
    );
  }
  return <Table head={block.head} rows={block.rows} />;
}

function Table({ head, rows }: { head: readonly string[]; rows: readonly (readonly string[])[] }) {
  return (
    <div className="scroll-x">
      <table>
        {head.some((cell) => cell !== "") && (
          <thead>
            <tr>
              {head.map((cell) => (
                <th key={cell} scope="col">
                  {cell}
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {rows.map((row) => (
            <tr key={row.join("|")}>
              {row.map((cell) => (
                <td key={cell}>
                  <Words text={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Words({ text }: { text: string }) {
  return pieces(text).map((piece, place) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: as above
    place % 2 === 1 ? <code key={place}>{piece}</code> : <Fragment key={place}>{piece}</Fragment>,
  );
}
