import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { confirmed } from "../activity/activity";
import {
  chainQuery,
  type Dataset,
  datasetQuery,
  type Publication,
  type ReleaseFile,
  releaseFilesQuery,
  releaseQuery,
  releaseTextQuery,
} from "../api/queries";
import { classesOf, nameOf } from "../dataset/document";
import { Audit } from "../release/Audit";
import { Card } from "../release/Card";
import { Files } from "../release/Files";
import { type Snippet, snippets, verifyLine } from "../release/snippets";
import { Verify } from "../release/Verify";
import { say } from "../strings";
import "../styles/release.css";
import { Await } from "../ui/basics";
import { CopyButton } from "../ui/CopyButton";
import { AUDIT } from "../verify/audit";
import { NotFoundPage } from "./NotFoundPage";

const route = getRouteApi("/datasets/$datasetId/releases/$version");
const CARD = "README.md";

/** One release: what it is, how to check it, how to get and use it. */
export function ReleasePage() {
  const { datasetId, version } = route.useParams();
  return /^\d{1,9}$/.test(version) ? <Known datasetId={datasetId} version={Number(version)} /> : <NotFoundPage />;
}

function Known({ datasetId, version }: { datasetId: string; version: number }) {
  const dataset = useQuery(datasetQuery(datasetId));
  const release = useQuery(releaseQuery(datasetId, version));
  const files = useQuery(releaseFilesQuery(datasetId, version));
  useEffect(() => {
    if (release.data) confirmed(`/datasets/${datasetId}/releases/${version}`);
  }, [release.data, datasetId, version]);
  return (
    <Await query={dataset}>
      {(one) => (
        <Await query={release}>
          {(published) => (
            <Await query={files}>{(all) => <Whole dataset={one} release={published} files={all} />}</Await>
          )}
        </Await>
      )}
    </Await>
  );
}

interface Parts {
  readonly dataset: Dataset;
  readonly release: Publication;
  readonly files: readonly ReleaseFile[];
}

function Whole({ dataset, release, files }: Parts) {
  const chain = useQuery(chainQuery);
  const carried = files.some((file) => file.path === AUDIT);
  const rpcUrl = chain.data?.rpc_url ?? null;
  const line = verifyLine(release.folder, rpcUrl);
  return (
    <>
      <div className="stack">
        <p>
          <Link to="/datasets/$datasetId" params={{ datasetId: dataset.id }}>
            {nameOf(dataset)}
          </Link>
        </p>
        <h1>{say.release.heading(nameOf(dataset), release.version)}</h1>
      </div>
      <Facts dataset={dataset} release={release} />
      <section className="stack">
        <h2>{say.release.verify.title}</h2>
        {files.length > 0 && chain.data && <Verify release={release} files={files} rpcUrl={rpcUrl} />}
        <p>{say.release.verify.elsewhere}</p>
        <Code code={line} about={say.release.verify.line} />
      </section>
      <section className="stack">
        <h2>{say.release.download}</h2>
        <Files release={release} files={files} />
      </section>
      <section className="stack">
        <h2>{say.release.use}</h2>
        <Snippets all={snippets(release.folder, dataset.id, release.version, location.origin, line)} />
      </section>
      {files.length > 0 && (
        <section className="stack">
          <h2>{say.release.audit.title}</h2>
          <Audit release={release} carried={carried} />
        </section>
      )}
      {files.some((file) => file.path === CARD) && <CardOf release={release} />}
    </>
  );
}

function Facts({ dataset, release }: Omit<Parts, "files">) {
  const names = classesOf(dataset);
  const { classes, time, block } = release;
  const most = Math.max(1, ...(classes ?? []));
  return (
    <>
      <dl className="facts">
        <dt>{say.release.facts.items}</dt>
        <dd>{release.item_count.toLocaleString("en")}</dd>
        <dt>{say.release.facts.published}</dt>
        <dd>
          {time !== null && <time dateTime={new Date(time * 1000).toISOString()}>{when(time)}</time>}{" "}
          {say.release.facts.block(block)}
        </dd>
        <Hash name={say.release.facts.transaction} value={release.transaction_hash} />
        <Hash name={say.release.facts.root} value={release.manifest_root} />
        <Hash name={say.release.facts.hash} value={release.manifest_hash} />
      </dl>
      {classes && (
        <section className="stack">
          <h2>{say.release.balance}</h2>
          <ul className="balance">
            {classes.map((count, label) => (
              <li key={names[label] ?? label}>
                <span className="caption">{names[label] ?? label}</span>
                <span className="bar" aria-hidden="true">
                  <span className="part-0" style={{ width: `${(100 * count) / most}%` }} />
                </span>
                <span className="number">{count}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function when(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString("en", { dateStyle: "long", timeStyle: "short" });
}

function Hash({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="row">
        <code>{value}</code> <CopyButton text={value} about={name} />
      </dd>
    </>
  );
}

function Snippets({ all }: { all: readonly Snippet[] }) {
  return all.map(({ title, code }) => (
    <div key={title} className="stack">
      <h3>{title}</h3>
      <Code code={code} about={title} />
    </div>
  ));
}

function Code({ code, about }: { code: string; about: string }) {
  return (
    <div className="code">
      {/* Long lines scroll, by keys too. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <section tabIndex={0} aria-label={about} className="scroll-x">
        <pre>{code}</pre>
      </section>
      <CopyButton text={code} about={about} />
    </div>
  );
}

function CardOf({ release }: { release: Publication }) {
  const text = useQuery(releaseTextQuery(release.dataset_id, release.version, CARD));
  return (
    <section className="stack">
      <h2>{say.release.card}</h2>
      <details>
        <summary>{say.release.showCard}</summary>
        <Await query={text}>{(card) => <Card text={card} />}</Await>
      </details>
    </section>
  );
}
