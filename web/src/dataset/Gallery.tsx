import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { imageUrl } from "../api/http";
import { type Dataset, type Item, imagesQuery } from "../api/queries";
import { say } from "../strings";
import { Empty, Failure } from "../ui/basics";
import { PictureGrid, type Tile } from "../ui/PictureGrid";
import { keysOf, useSelection } from "../ui/selection";
import { shortAddress } from "../wallet/store";
import { classesOf } from "./document";
import { type FilterChange, type GalleryFilter, queryOf, STATUSES } from "./filter";

export interface GalleryProps {
  readonly dataset: Dataset;
  readonly filter: GalleryFilter;
  readonly choose: (change: FilterChange) => void;
}

/** The images that the filter lets through, page after page as one scrolls. */
export function Gallery(props: GalleryProps) {
  const classes = useMemo(() => classesOf(props.dataset), [props.dataset]);
  return (
    <section className="stack" aria-label={say.dataset.gallery}>
      <div className="row">
        <h2>{say.dataset.gallery}</h2>
        <Filters classes={classes} filter={props.filter} choose={props.choose} />
      </div>
      <Pictures key={JSON.stringify(props.filter)} id={props.dataset.id} classes={classes} filter={props.filter} />
    </section>
  );
}

function Pictures({ id, classes, filter }: { id: string; classes: readonly string[]; filter: GalleryFilter }) {
  const images = useInfiniteQuery(imagesQuery(id, queryOf(filter)));
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = images;
  const [selection, select, pick] = useSelection();
  const items = useMemo(() => images.data?.pages.flatMap((page) => page.results) ?? [], [images.data]);
  const tiles = useMemo(() => items.map((item) => tileOf(item, classes)), [items, classes]);
  const more = useCallback(() => {
    if (!isFetchingNextPage && !isError) void fetchNextPage();
  }, [isFetchingNextPage, isError, fetchNextPage]);
  const active = items[selection.active];
  const again = () => void (images.data ? fetchNextPage() : images.refetch());
  return (
    <>
      {images.error && <Failure error={images.error} again={again} />}
      {images.isPending && <div className="grid-frame" aria-busy="true" />}
      <PictureGrid
        label={say.dataset.gallery}
        tiles={tiles}
        active={selection.active}
        selected={selection.selected}
        pick={pick}
        onKey={keysOf(select, tiles.length)}
        more={hasNextPage ? more : undefined}
        empty={images.data && <Empty>{Object.keys(filter).length === 0 ? say.empty.items : say.empty.filtered}</Empty>}
      />
      <div className="row spread quiet">
        <span role="status">{images.data && say.dataset.shown(tiles.length, hasNextPage)}</span>
        {active && selection.selected.size === 1 && (
          <Link to="/batches/$batchId" params={{ batchId: active.batch_id }}>
            {say.batch.title} {active.batch_id.slice(0, 10)}…
          </Link>
        )}
      </div>
    </>
  );
}

function Filters({ classes, filter, choose }: { classes: readonly string[] } & Omit<GalleryProps, "dataset">) {
  const { label, status, contributor, from, to } = filter;
  const set: { name: string; away: FilterChange }[] = [];
  if (label !== undefined) set.push({ name: classes[label] ?? String(label), away: { label: undefined } });
  if (contributor) set.push({ name: shortAddress(contributor), away: { contributor: undefined } });
  if (from !== undefined || to !== undefined) {
    set.push({ name: say.dataset.settledIn(from, to), away: { from: undefined, to: undefined } });
  }
  return (
    <>
      <select
        aria-label={say.dataset.anyStatus}
        value={status ?? ""}
        onChange={({ target }) => choose({ status: STATUSES.find((one) => one === target.value) })}
      >
        <option value="">{say.dataset.anyStatus}</option>
        {STATUSES.map((one) => (
          <option key={one} value={one}>
            {say.dataset.statuses[one]}
          </option>
        ))}
      </select>
      {set.map(({ name, away }) => (
        <button
          key={name}
          type="button"
          className="button"
          aria-label={say.dataset.without(name)}
          onClick={() => choose(away)}
        >
          {name} <span aria-hidden="true">✕</span>
        </button>
      ))}
      {Object.keys(filter).length > 0 && (
        <button
          type="button"
          className="button"
          onClick={() =>
            choose({ label: undefined, status: undefined, contributor: undefined, from: undefined, to: undefined })
          }
        >
          {say.dataset.clear}
        </button>
      )}
    </>
  );
}

const made = new WeakMap<Item, Tile>();

// A gallery grows by a page at a time; the tiles it had stay what they were.
function tileOf(item: Item, classes: readonly string[]): Tile {
  const before = made.get(item);
  if (before) return before;
  const name = classes[item.label] ?? String(item.label);
  const status =
    item.accepted === null ? say.dataset.undecided : item.accepted ? say.dataset.accepted : say.dataset.rejected;
  const tile: Tile = {
    key: `${item.batch_id}-${item.position}`,
    source: imageUrl(item.sha256),
    caption: name,
    spoken: `${name}, ${status}`,
    mark: item.accepted === null ? undefined : { good: item.accepted, text: item.accepted ? "✓" : "✗" },
  };
  made.set(item, tile);
  return tile;
}
