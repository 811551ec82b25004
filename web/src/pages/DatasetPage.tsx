import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { imageUrl } from "../api/http";
import {
  type Dataset,
  datasetBatchesQuery,
  datasetItemsQuery,
  datasetQuery,
  type Item,
  releasesQuery,
} from "../api/queries";
import { Board } from "../dataset/Board";
import { classesOf, nameOf, rulesInWords } from "../dataset/document";
import { ether } from "../money/amounts";
import type { GalleryFilter } from "../router";
import { say } from "../strings";
import { Await, Bars, Empty, Failure, Phase } from "../ui/basics";
import { PictureGrid } from "../ui/PictureGrid";
import { keysOf, useSelection } from "../ui/selection";

const route = getRouteApi("/datasets/$datasetId");

/** One dataset: its images, how far it is, who contributes, its rules. */
export function DatasetPage() {
  const { datasetId } = route.useParams();
  const dataset = useQuery(datasetQuery(datasetId));
  return <Await query={dataset}>{(one) => <Whole dataset={one} />}</Await>;
}

function Whole({ dataset }: { dataset: Dataset }) {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const choose = (change: Partial<Record<keyof GalleryFilter, unknown>>) => {
    const next = Object.entries({ ...filter, ...change }).filter(([, value]) => value !== undefined);
    void navigate({ search: Object.fromEntries(next) as GalleryFilter, replace: true });
  };
  const items = useQuery(datasetItemsQuery(dataset.id, {}));
  const batches = useQuery(datasetBatchesQuery(dataset.id));
  const senders = useMemo(() => new Map(batches.data?.map((batch) => [batch.id, batch.contributor])), [batches.data]);
  const classes = classesOf(dataset);
  const description = dataset.document?.description;
  return (
    <>
      <div className="row spread">
        <h1>{nameOf(dataset)}</h1>
        {dataset.closed ? (
          <span className="pill">{say.datasets.closed}</span>
        ) : (
          <Link to="/datasets/$datasetId/contribute" params={{ datasetId: dataset.id }} className="button main">
            {say.dataset.contribute}
          </Link>
        )}
      </div>
      {typeof description === "string" && <p>{description}</p>}
      <Progress dataset={dataset} items={items.data ?? []} />
      <section className="stack" aria-label={say.dataset.balance}>
        <h2>{say.dataset.balance}</h2>
        <Bars
          label={say.dataset.balance}
          entries={classes.map((name, label) => ({
            key: String(label),
            name,
            count: acceptedOf(items.data ?? [], label),
          }))}
          chosen={filter.label === undefined ? undefined : String(filter.label)}
          choose={(key) => choose({ label: key === undefined ? undefined : Number(key) })}
        />
      </section>
      <Gallery items={items} senders={senders} classes={classes} filter={filter} choose={choose} />
      <section className="stack">
        <h2>{say.dataset.board}</h2>
        <Board
          batches={batches.data ?? []}
          chosen={filter.contributor}
          choose={(contributor) => choose({ contributor })}
        />
      </section>
      <Rules dataset={dataset} />
      <Batches dataset={dataset} />
      <Releases dataset={dataset} />
    </>
  );
}

function Progress({ dataset, items }: { dataset: Dataset; items: readonly Item[] }) {
  const accepted = items.filter((item) => item.accepted).length;
  return (
    <dl className="cards">
      <div className="card">
        <dt className="quiet">{say.dataset.gallery}</dt>
        <dd className="figure" style={{ margin: 0 }}>
          {accepted}
        </dd>
        <dd className="quiet" style={{ margin: 0 }}>
          {say.dataset.progress(accepted, items.length)}
        </dd>
      </div>
      <div className="card">
        <dt className="quiet">{say.datasets.bounty}</dt>
        <dd className="figure" style={{ margin: 0 }}>
          {ether(dataset.bounty)}
        </dd>
      </div>
    </dl>
  );
}

interface GalleryProps {
  items: { data: Item[] | undefined; error: Error | null; refetch: () => unknown };
  senders: ReadonlyMap<string, string>;
  classes: readonly string[];
  filter: GalleryFilter;
  choose: (change: Partial<Record<keyof GalleryFilter, unknown>>) => void;
}

function Gallery({ items, senders, classes, filter, choose }: GalleryProps) {
  const [selection, select, pick] = useSelection();
  const shown = useMemo(
    () => (items.data ?? []).filter((item) => matches(item, filter, senders)),
    [items.data, filter, senders],
  );
  const tiles = useMemo(() => shown.map((item) => tileOf(item, classes)), [shown, classes]);
  const active = shown[selection.active];
  return (
    <section className="stack" aria-label={say.dataset.gallery}>
      <div className="row">
        <h2>{say.dataset.gallery}</h2>
        <select
          aria-label={say.dataset.anyStatus}
          value={String(filter.accepted ?? "")}
          onChange={({ target }) => choose({ accepted: target.value === "" ? undefined : target.value === "true" })}
        >
          <option value="">{say.dataset.anyStatus}</option>
          <option value="true">{say.dataset.accepted}</option>
          <option value="false">{say.dataset.rejected}</option>
        </select>
        {Object.keys(filter).length > 0 && (
          <button
            type="button"
            className="button"
            onClick={() => choose({ label: undefined, accepted: undefined, contributor: undefined })}
          >
            {say.dataset.clear}
          </button>
        )}
        {active && selection.selected.size === 1 && (
          <Link to="/batches/$batchId" params={{ batchId: active.batch_id }}>
            {say.batch.title} {active.batch_id.slice(0, 10)}…
          </Link>
        )}
      </div>
      {items.error && <Failure error={items.error} again={() => void items.refetch()} />}
      <PictureGrid
        label={say.dataset.gallery}
        tiles={tiles}
        active={selection.active}
        selected={selection.selected}
        pick={pick}
        onKey={keysOf(select, tiles.length)}
        empty={items.data && <Empty>{items.data.length === 0 ? say.empty.items : say.empty.filtered}</Empty>}
      />
    </section>
  );
}

function Rules({ dataset }: { dataset: Dataset }) {
  return (
    <section className="stack">
      <h2>{say.dataset.rules}</h2>
      <ul>
        {rulesInWords(dataset).map((rule) => (
          <li key={rule}>{rule}</li>
        ))}
      </ul>
    </section>
  );
}

function Batches({ dataset }: { dataset: Dataset }) {
  const batches = useQuery(datasetBatchesQuery(dataset.id));
  return (
    <section className="stack">
      <h2>{say.dataset.batches}</h2>
      <Await query={batches}>
        {(all) =>
          all.length === 0 ? (
            <Empty>{say.empty.batches}</Empty>
          ) : (
            <ul className="stack" style={{ padding: 0, listStyle: "none" }}>
              {all.map((batch) => (
                <li key={batch.id} className="row">
                  <Link to="/batches/$batchId" params={{ batchId: batch.id }}>
                    <code>{batch.id.slice(0, 12)}…</code>
                  </Link>
                  <Phase phase={batch.phase} />
                  <span className="quiet">
                    {batch.item_count} {say.datasets.items}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Await>
    </section>
  );
}

function Releases({ dataset }: { dataset: Dataset }) {
  const releases = useQuery(releasesQuery(dataset.id));
  return (
    <section className="stack">
      <h2>{say.dataset.releases}</h2>
      <Await query={releases}>
        {(all) =>
          all.length === 0 ? (
            <Empty>{say.empty.releases}</Empty>
          ) : (
            <ul className="stack" style={{ padding: 0, listStyle: "none" }}>
              {all.map((release) => (
                <li key={release.version} className="card">
                  <h3>
                    {release.version} · {release.item_count} {say.datasets.items}
                  </h3>
                  <code>sebrus verify RELEASE_DIR --rpc URL</code>
                  <p className="quiet">
                    <code>{release.manifest_root}</code>
                  </p>
                </li>
              ))}
            </ul>
          )
        }
      </Await>
    </section>
  );
}

function acceptedOf(items: readonly Item[], label: number): number {
  return items.filter((item) => item.accepted && item.label === label).length;
}

function matches(item: Item, filter: GalleryFilter, senders: ReadonlyMap<string, string>): boolean {
  if (filter.label !== undefined && item.label !== filter.label) return false;
  if (filter.accepted !== undefined && item.accepted !== filter.accepted) return false;
  return filter.contributor === undefined || senders.get(item.batch_id) === filter.contributor;
}

function tileOf(item: Item, classes: readonly string[]) {
  const name = classes[item.label] ?? String(item.label);
  const status =
    item.accepted === null ? say.dataset.undecided : item.accepted ? say.dataset.accepted : say.dataset.rejected;
  return {
    key: `${item.batch_id}-${item.position}`,
    source: imageUrl(item.sha256),
    caption: name,
    spoken: `${name}, ${status}`,
    mark: item.accepted === null ? undefined : { good: item.accepted, text: item.accepted ? "✓" : "✗" },
  };
}
