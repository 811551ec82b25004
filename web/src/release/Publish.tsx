import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { follow } from "../activity/activity";
import { draftArchiveUrl } from "../api/http";
import { chainQuery, type Dataset, type Draft } from "../api/queries";
import { say } from "../strings";
import { Action } from "../ui/basics";
import { asSignedIn, signIn, useSession } from "../wallet/session";
import { sameAccount, useWallet } from "../wallet/store";
import type { Wallet } from "../wallet/wallet";
import { buildRelease, draftQuery, publishRelease } from "./publishing";

/** What a dataset's owner does to release it: have it built here, then one transaction. */
export function Publish({ dataset }: { dataset: Dataset }) {
  const { wallet } = useWallet();
  if (!wallet || !sameAccount(wallet.address, dataset.owner)) return null;
  return <Steps dataset={dataset} wallet={wallet} />;
}

function Steps({ dataset, wallet }: { dataset: Dataset; wallet: Wallet }) {
  const [asked, setAsked] = useState<Draft | null>();
  const [certificate, setCertificate] = useState<File | null>(null);
  const session = useSession(wallet.address);
  const kept = useQuery({ ...draftQuery(dataset.id), enabled: session !== null && asked === undefined });
  const draft = asked === undefined ? keptDraft(kept.data) : asked;
  const chain = useQuery(chainQuery);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const build = async () => {
    setAsked(null);
    await signIn(wallet);
    try {
      const audit = certificate ? await certificate.text() : null;
      setAsked(await asSignedIn(buildRelease(dataset.id, audit, setAsked)));
    } catch (error) {
      setAsked(null);
      throw error;
    } finally {
      // It is in the release now, or was refused.
      setCertificate(null);
    }
  };
  const publish = async () => {
    if (!draft || !chain.data) return;
    const known = chain.data;
    const { version } = draft;
    const link = `/datasets/${dataset.id}/releases/${version}`;
    await follow(say.release.publish.title(version), link, () => publishRelease(wallet, known, dataset.id, draft));
    await queries.invalidateQueries({ queryKey: ["dataset", dataset.id, "releases"] });
    await navigate({
      to: "/datasets/$datasetId/releases/$version",
      params: { datasetId: dataset.id, version: String(version) },
    });
  };
  return (
    <div className="card">
      <h3>{say.release.publish.heading}</h3>
      <p className="quiet">{say.release.publish.hint}</p>
      {draft && <Built draft={draft} />}
      {draft?.state === "built" && <Auditing datasetId={dataset.id} give={setCertificate} />}
      <div className="row">
        {draft?.state === "built" && <Action act={publish}>{say.release.publish.title(draft.version)}</Action>}
        <Action className={draft?.state === "built" ? "button" : "button main"} act={build}>
          {draft?.state !== "built"
            ? say.release.publish.build
            : certificate
              ? say.release.publish.withAudit
              : say.release.publish.again}
        </Action>
      </div>
    </div>
  );
}

/** What the server has of the release from before this page was opened, if that is of any use. */
function keptDraft(known: Draft | undefined): Draft | null {
  return known?.state === "built" || known?.state === "building" ? known : null;
}

/** How far the release is, or what it came to. */
function Built({ draft }: { draft: Draft }) {
  const { state, done, total, version, item_count, manifest_hash, audited } = draft;
  if (state === "building") {
    return (
      <div className="row" role="status">
        <progress value={done} max={Math.max(1, total)} aria-label={say.release.publish.building} />
        <span className="quiet">{say.release.publish.progress(done, total)}</span>
      </div>
    );
  }
  return (
    <>
      <p>
        {say.release.publish.built(version, item_count ?? 0)}{" "}
        {audited ? say.release.publish.audited : say.release.publish.unaudited}
      </p>
      <p className="quiet">
        {say.release.facts.hash}: <code>{manifest_hash}</code>
      </p>
    </>
  );
}

/** How the owner has the release carry an audit: the draft to take along, and what an audit of it left. */
function Auditing({ datasetId, give }: { datasetId: string; give: (certificate: File | null) => void }) {
  const field = useId();
  return (
    <details>
      <summary>{say.release.publish.auditTitle}</summary>
      <div className="stack">
        <p>
          {say.release.publish.auditHint} <code>sebrus audit DRAFT --out audit/</code>
        </p>
        <a className="button plain" href={draftArchiveUrl(datasetId)} download>
          {say.release.publish.download}
        </a>
        <div className="field">
          <label htmlFor={field}>{say.release.publish.certificate}</label>
          <input
            id={field}
            type="file"
            accept=".json,application/json"
            onChange={({ target }) => give(target.files?.[0] ?? null)}
          />
        </div>
      </div>
    </details>
  );
}
