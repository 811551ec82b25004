import { useQuery } from "@tanstack/react-query";
import { type Dataset, releasesQuery } from "../api/queries";
import { say } from "../strings";
import { Await, Empty } from "../ui/basics";

/** What was published of a dataset. */
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
