import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type Dataset, datasetsQuery } from "../api/queries";
import { classesOf, nameOf } from "../dataset/document";
import { ether } from "../money/amounts";
import { say } from "../strings";
import { Await, Empty } from "../ui/basics";

const route = getRouteApi("/datasets");

/** All datasets, with a search that the address holds. */
export function DatasetsPage() {
  const { q = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const datasets = useQuery(datasetsQuery);
  return (
    <>
      <div className="row spread">
        <h1>{say.datasets.title}</h1>
        <div className="row">
          <input
            type="search"
            aria-label={say.datasets.search}
            placeholder={say.datasets.search}
            value={q}
            onChange={(event) =>
              void navigate({ search: event.target.value ? { q: event.target.value } : {}, replace: true })
            }
          />
          <Link to="/datasets/new" className="button">
            {say.create.title}
          </Link>
        </div>
      </div>
      <Await query={datasets}>
        {(all) => {
          const shown = all.filter((one) => matches(one, q));
          if (shown.length === 0) return <Empty>{all.length === 0 ? say.empty.datasets : say.empty.filtered}</Empty>;
          return (
            <div className="cards">
              {shown.map((one) => (
                <DatasetCard key={one.id} dataset={one} />
              ))}
            </div>
          );
        }}
      </Await>
    </>
  );
}

function DatasetCard({ dataset }: { dataset: Dataset }) {
  const classes = classesOf(dataset);
  return (
    <Link to="/datasets/$datasetId" params={{ datasetId: dataset.id }} className="card">
      <h2>
        {nameOf(dataset)} {dataset.closed && <span className="pill">{say.datasets.closed}</span>}
      </h2>
      <p className="quiet">{classes.slice(0, 12).join(", ")}</p>
      <p>
        {say.datasets.bounty}: {ether(dataset.bounty)}
      </p>
    </Link>
  );
}

function matches(dataset: Dataset, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return [nameOf(dataset), dataset.id, ...classesOf(dataset)].some((word) => word.toLowerCase().includes(wanted));
}
