import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type ReactNode,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";

const TILE = 110;
const GAP = 6;
const CAPTION = 24;
const ROW = TILE + CAPTION + GAP;
const SMALL = 96;
const BORDERS = 2;
const ROWS_AHEAD = 6;

/** One picture of a grid. */
export interface Tile {
  readonly key: string;
  readonly source: string;
  readonly caption: string;
  /** What a screen reader says of it. */
  readonly spoken: string;
  readonly mark?: { readonly good: boolean; readonly text: string } | undefined;
}

export interface GridProps {
  readonly label: string;
  readonly tiles: readonly Tile[];
  readonly active: number;
  readonly selected: ReadonlySet<number>;
  /** A click or tap; with shift the range to it is meant, with control it alone. */
  readonly pick: (place: number, how: { range: boolean; toggle: boolean }) => void;
  readonly onKey?: ((event: KeyboardEvent, columns: number) => void) | undefined;
  readonly empty?: ReactNode;
  /** Called when the end comes near, where there are more tiles than these. */
  readonly more?: (() => void) | undefined;
}

/**
 * A grid of thousands of pictures of which only those in sight exist. The keyboard's focus stays on the frame; which picture is
 * meant is told by `aria-activedescendant`.
 */
export function PictureGrid(props: GridProps) {
  return props.tiles.length === 0 ? props.empty : <FilledGrid {...props} />;
}

function FilledGrid({ label, tiles, active, selected, pick, onKey, more }: GridProps) {
  const frame = useRef<HTMLDivElement>(null);
  const name = useId();
  const columns = useColumns(frame);
  const rows = Math.ceil(tiles.length / columns);
  const list = useVirtualizer({
    count: rows,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 3,
  });
  const scrolling = useRef(false);
  useEffect(() => {
    if (active < 0 || active >= tiles.length) return;
    const row = Math.floor(active / columns);
    // Scrolling asks for the layout in the middle of a key press: what is in sight is left alone.
    if (!scrolling.current && inSight(list, row)) return;
    scrolling.current = true;
    list.scrollToIndex(row);
  }, [active, columns, list, tiles.length]);
  const lastRow = list.getVirtualItems().at(-1)?.index ?? 0;
  const nearEnd = lastRow >= rows - 1 - ROWS_AHEAD;
  useEffect(() => {
    if (nearEnd) more?.();
  }, [nearEnd, more]);
  const press = (event: MouseEvent) => {
    const tile = (event.target as Element).closest<HTMLElement>("[data-place]");
    if (!tile) return;
    frame.current?.focus({ preventScroll: true });
    pick(Number(tile.dataset.place), { range: event.shiftKey, toggle: event.ctrlKey || event.metaKey });
  };
  return (
    <div
      ref={frame}
      className="grid-frame"
      role="listbox"
      aria-label={label}
      aria-multiselectable="true"
      aria-activedescendant={active >= 0 ? `${name}-${active}` : undefined}
      tabIndex={0}
      onKeyDown={(event) => onKey?.(event, columns)}
      onClick={press}
      style={{ maxHeight: list.getTotalSize() + BORDERS }}
      onScroll={() => {
        scrolling.current = false;
      }}
    >
      <div style={{ height: list.getTotalSize(), position: "relative" }} role="presentation">
        {list.getVirtualItems().map((row) => (
          <div
            key={row.key}
            className="grid-row"
            role="presentation"
            style={{
              transform: `translateY(${row.start}px)`,
              height: row.size,
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            }}
          >
            {tiles.slice(row.index * columns, (row.index + 1) * columns).map((tile, column) => {
              const place = row.index * columns + column;
              return (
                <Cell
                  key={tile.key}
                  id={`${name}-${place}`}
                  place={place}
                  size={more ? -1 : tiles.length}
                  source={tile.source}
                  caption={tile.caption}
                  spoken={tile.spoken}
                  good={tile.mark?.good}
                  mark={tile.mark?.text}
                  selected={selected.has(place)}
                  active={place === active}
                />
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}

/** Whether a whole row is in sight, as far as the last scroll that was seen tells. */
function inSight({ scrollOffset, scrollRect }: Virtualizer<HTMLDivElement, Element>, row: number): boolean {
  if (scrollOffset === null || scrollRect === null) return false;
  const start = row * ROW;
  return start >= scrollOffset && start + ROW <= scrollOffset + scrollRect.height;
}

interface CellProps {
  readonly id: string;
  readonly place: number;
  readonly size: number;
  readonly source: string;
  readonly caption: string;
  readonly spoken: string;
  readonly good: boolean | undefined;
  readonly mark: string | undefined;
  readonly selected: boolean;
  readonly active: boolean;
}

/** One picture of the grid, drawn again only when something of it changed: all it is given can be compared. */
const Cell = memo(function Cell({ id, place, size, source, caption, spoken, good, mark, selected, active }: CellProps) {
  return (
    // The frame has the focus, the keys and the clicks; an option is only ever pointed at.
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <div
      id={id}
      className="tile"
      role="option"
      aria-selected={selected}
      aria-label={spoken}
      aria-setsize={size}
      aria-posinset={place + 1}
      data-place={place}
      data-active={active}
    >
      <Thumbnail source={source} />
      <span className="caption">{caption}</span>
      {mark !== undefined && <span className={`mark ${good ? "good" : "bad"}`}>{mark}</span>}
    </div>
  );
});

/** A picture; small ones are enlarged without blur, so that every pixel can be seen. */
export function Thumbnail({ source }: { source: string }) {
  const [small, setSmall] = useState(true);
  if (source === "") return <span className="no-picture" aria-hidden="true" />;
  return (
    <img
      src={source}
      alt=""
      loading="lazy"
      decoding="async"
      data-small={small}
      onLoad={(event) => setSmall(event.currentTarget.naturalWidth < SMALL)}
    />
  );
}

function useColumns(frame: { readonly current: HTMLDivElement | null }): number {
  const [columns, setColumns] = useState(8);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => setColumns(Math.max(2, Math.floor((element.clientWidth - GAP) / (TILE + GAP))));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
  return columns;
}
