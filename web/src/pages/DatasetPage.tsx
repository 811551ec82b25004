import { type InfiniteData, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useEvents } from "../api/live";
import { type Dataset, datasetQuery, type Item, imagesKey, imagesQuery, type Page } from "../api/queries";
import { Batches } from "../dataset/Batches";
import { Board } from "../dataset/Board";
import { ClassBalance } from "../dataset/ClassBalance";
import { nameOf, rulesInWords } from "../dataset/document";
import { changed, type FilterChange, queryOf } from "../dataset/filter";
import { Gallery } from "../dataset/Gallery";
import { History } from "../dataset/History";
import { Totals } from "../dataset/Totals";
import { Releases } from "../release/Releases";
import { say } from "../strings";
import { Await } from "../ui/basics";

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
  const choose = (change: FilterChange) => void navigate({ search: changed(filter, change), replace: true });
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
      <Totals dataset={dataset} />
      <ClassBalance dataset={dataset} chosen={filter.label} choose={(label) => choose({ label })} />
      <History dataset={dataset} filter={filter} choose={choose} />
      <News dataset={dataset} />
      <Gallery dataset={dataset} filter={filter} choose={choose} />
      <Board dataset={dataset} chosen={filter.contributor} choose={(contributor) => choose({ contributor })} />
      <Rules dataset={dataset} />
      <Batches dataset={dataset} />
      <Releases dataset={dataset} />
    </>
  );
}

// What changes which images are public, or what became of them.
const DECIDING = ["Concluded", "Held", "Appealed", "Settled", "Unseated", "rewind"];

/** Keeps the page up to date. Images one has scrolled through do not move by themselves: they are offered anew. */
function News({ dataset }: { dataset: Dataset }) {
  const queries = useQueryClient();
  const filter = route.useSearch();
  const [offered, offer] = useState(false);
  const images = { queryKey: imagesKey(dataset.id) };
  useEvents("dataset_id", dataset.id, (names) => {
    void queries.invalidateQueries({ queryKey: ["dataset", dataset.id] });
    const deciding = names.size === 0 || DECIDING.some((name) => names.has(name));
    if (!deciding) return;
    const shown = queries.getQueryData<InfiniteData<Page<Item>>>(imagesQuery(dataset.id, queryOf(filter)).queryKey);
    if (!shown || shown.pages.length === 1) void queries.invalidateQueries(images);
    else if (names.size > 0) offer(true);
  });
  if (!offered) return null;
  const renew = () => {
    offer(false);
    void queries.resetQueries(images);
  };
  return (
    <p className="note row" role="status">
      <span>{say.dataset.news}</span>
      <button type="button" className="button" onClick={renew}>
        {say.dataset.renew}
      </button>
    </p>
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
