import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Dataset, releasesQuery } from "../api/queries";
import { say } from "../strings";
import { Await, Empty } from "../ui/basics";
import { Publish } from "./Publish";

/** The releases of a dataset, the newest first, and how its owner makes the next. */
export function Releases({ dataset }: { dataset: Dataset }) {
  const releases = useQuery(releasesQuery(dataset.id));
  return (
    <section className="stack">
      <h2>{say.dataset.releases}</h2>
      <Await query={releases}>
        {(all) =>
          all.length === 0 ? (
            <Empty>{say.empty.releases}</Empty>
          ) : (
            <ul className="cards" style={{ padding: 0, listStyle: "none" }}>
              {all.toReversed().map(({ version, item_count, manifest_root }) => (
                <li key={version}>
                  <Link
                    to="/datasets/$datasetId/releases/$version"
                    params={{ datasetId: dataset.id, version: String(version) }}
                    className="card"
                  >
                    <h3>{say.release.title(version)}</h3>
                    <span>{say.release.items(item_count)}</span>
                    <code className="quiet">{manifest_root.slice(0, 18)}…</code>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Await>
      <Publish dataset={dataset} />
    </section>
  );
}
