import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { follow } from "../activity/activity";
import { accountQuery, chainQuery, type Dataset, datasetQuery, domainOf, LIVELY_MS } from "../api/queries";
import { Chooser } from "../contribute/Chooser";
import { handIn } from "../contribute/handIn";
import { type Added, added } from "../contribute/pictures";
import type { Found } from "../contribute/reading";
import { type Picture, upload } from "../contribute/upload";
import { classesOf, nameOf } from "../dataset/document";
import { ether } from "../money/amounts";
import type { Policy } from "../protocol/identity";
import { say } from "../strings";
import { Action, Await } from "../ui/basics";
import { PictureGrid } from "../ui/PictureGrid";
import { useSelection } from "../ui/selection";
import { useWallet } from "../wallet/store";
import { SignInHere } from "../wallet/WalletMenu";

const route = getRouteApi("/datasets/$datasetId/contribute");

/** From files on somebody's disk to a signed batch. */
export function ContributePage() {
  const { datasetId } = route.useParams();
  const dataset = useQuery(datasetQuery(datasetId));
  return <Await query={dataset}>{(one) => <Work dataset={one} />}</Await>;
}

function Work({ dataset }: { dataset: Dataset }) {
  const classes = useMemo(() => classesOf(dataset), [dataset]);
  const [pictures, setPictures] = useState<readonly Picture[]>([]);
  const [told, setTold] = useState<Omit<Added, "pictures">>({ duplicates: 0, ignored: 0, oddLines: 0 });
  const take = async (found: Found) => {
    const { pictures: now, ...about } = await added(pictures, found, classes);
    setPictures(now);
    setTold(about);
  };
  return (
    <>
      <h1>
        {say.contribute.title}: {nameOf(dataset)}
      </h1>
      <Chooser take={take} />
      <Notes told={told} />
      {pictures.length > 0 && (
        <>
          <Labelling classes={classes} pictures={pictures} change={setPictures} />
          <Sending dataset={dataset} pictures={pictures} change={setPictures} />
        </>
      )}
    </>
  );
}

function Notes({ told }: { told: Omit<Added, "pictures"> }) {
  return (
    <div role="status" className="stack">
      {told.duplicates > 0 && <p className="note">{say.contribute.duplicates(told.duplicates)}</p>}
      {told.ignored > 0 && <p className="note warn">{say.contribute.ignored(told.ignored)}</p>}
      {told.oddLines > 0 && <p className="note warn">{say.contribute.oddLines(told.oddLines)}</p>}
    </div>
  );
}

type SetPictures = (change: (now: readonly Picture[]) => readonly Picture[]) => void;

function Labelling({
  classes,
  pictures,
  change,
}: {
  classes: readonly string[];
  pictures: readonly Picture[];
  change: SetPictures;
}) {
  const [selection, select, pick] = useSelection();
  const tiles = usePreviews(pictures, classes);
  const chosen = new Set([...selection.selected].map((place) => pictures[place]?.id));
  const label = (to: number) =>
    change((now) => now.map((one) => (chosen.has(one.id) && one.state !== "refused" ? { ...one, label: to } : one)));
  const unlabelled = pictures.flatMap((picture, place) => (picture.label === null ? [place] : []));
  return (
    <section className="stack">
      <div className="row">
        <span>{say.contribute.label}:</span>
        {classes.map((name, place) => (
          <button key={name} type="button" className="button" disabled={chosen.size === 0} onClick={() => label(place)}>
            {name}
          </button>
        ))}
        <button
          type="button"
          className="button"
          disabled={unlabelled.length === 0}
          onClick={() => select({ active: unlabelled[0] ?? 0, selected: new Set(unlabelled) })}
        >
          {say.contribute.selectUnlabelled}
        </button>
        <button
          type="button"
          className="button danger"
          disabled={chosen.size === 0}
          onClick={() => {
            change((now) => now.filter((one) => !chosen.has(one.id)));
            select({ active: 0, selected: new Set() });
          }}
        >
          {say.contribute.remove}
        </button>
      </div>
      <PictureGrid
        label={say.contribute.title}
        tiles={tiles}
        active={selection.active}
        selected={selection.selected}
        pick={pick}
      />
    </section>
  );
}

function Sending({
  dataset,
  pictures,
  change,
}: {
  dataset: Dataset;
  pictures: readonly Picture[];
  change: SetPictures;
}) {
  const { wallet } = useWallet();
  const stop = useRef<AbortController | null>(null);
  const [running, setRunning] = useState(false);
  useEffect(() => () => stop.current?.abort(), []);
  const due = pictures.filter((one) => one.label !== null && (one.state === "chosen" || one.state === "failed"));
  const unlabelled = pictures.filter((one) => one.label === null).length;
  const failed = pictures.filter((one) => one.state === "failed").length;
  const send = async () => {
    stop.current = new AbortController();
    setRunning(true);
    const note = (ids: ReadonlySet<string>, to: Partial<Picture>) =>
      change((now) => now.map((one) => (ids.has(one.id) ? { ...one, ...to } : one)));
    await upload(dataset.id, due, note, stop.current.signal).finally(() => setRunning(false));
  };
  return (
    <section className="stack">
      <Refusals pictures={pictures} />
      {unlabelled > 0 && <p className="note warn">{say.contribute.unlabelled(unlabelled)}</p>}
      <UploadBar pictures={pictures} />
      <div className="row">
        {running ? (
          <button type="button" className="button" onClick={() => stop.current?.abort()}>
            {say.contribute.pause}
          </button>
        ) : (
          due.length > 0 && (
            <Action act={send}>{failed > 0 ? say.contribute.retry : say.contribute.send(due.length)}</Action>
          )
        )}
      </div>
      {!running && due.length === 0 && (wallet ? <Sign dataset={dataset} pictures={pictures} /> : <SignInHere />)}
    </section>
  );
}

function Sign({ dataset, pictures }: { dataset: Dataset; pictures: readonly Picture[] }) {
  const { wallet } = useWallet();
  const chain = useQuery(chainQuery);
  const account = useQuery({ ...accountQuery(wallet?.address ?? ""), refetchInterval: 2 * LIVELY_MS });
  const navigate = route.useNavigate();
  const queries = useQueryClient();
  const policy = dataset.policy as Policy;
  const items = pictures.flatMap(({ sha256, label, state }) =>
    state === "taken" && label !== null ? [{ sha256, label }] : [],
  );
  const batch = items.slice(0, policy.maxItems);
  if (!wallet || !chain.data || batch.length === 0) return null;
  const domain = domainOf(chain.data);
  const stake = batch.length * policy.itemStake;
  const sign = async () => {
    const id = await follow(say.contribute.sign(batch.length), undefined, () =>
      handIn(wallet, domain, dataset.id, batch),
    );
    await queries.invalidateQueries({ queryKey: ["dataset", dataset.id] });
    await navigate({ to: "/batches/$batchId", params: { batchId: id } });
  };
  return (
    <div className="stack">
      <p>{say.contribute.price(ether(stake), ether(batch.length * policy.itemReward))}</p>
      {account.data && account.data.free < stake && (
        <p className="note warn">
          {say.contribute.short(ether(account.data.free))} <code>{wallet.address}</code>
        </p>
      )}
      <Action act={sign}>{say.contribute.sign(batch.length)}</Action>
    </div>
  );
}

function UploadBar({ pictures }: { pictures: readonly Picture[] }) {
  const done = pictures.filter((one) => one.state === "taken" || one.state === "refused").length;
  return (
    <div className="row">
      <progress value={done} max={pictures.length} aria-label={say.contribute.taken} />
      <span aria-live="polite">
        {done} / {pictures.length}
      </span>
    </div>
  );
}

function Refusals({ pictures }: { pictures: readonly Picture[] }) {
  const bad = pictures.filter((one) => one.state === "refused" || one.state === "failed");
  if (bad.length === 0) return null;
  return (
    <details className="note bad" open>
      <summary>
        {say.contribute.refused}: {bad.length}
      </summary>
      <ul>
        {bad.map((one) => (
          <li key={one.id}>
            <code>{one.path}</code> {one.reason}
          </li>
        ))}
      </ul>
    </details>
  );
}

const STATES: Record<Picture["state"], { good: boolean; text: string } | undefined> = {
  chosen: undefined,
  sending: undefined,
  taken: { good: true, text: "↑" },
  refused: { good: false, text: "✗" },
  failed: { good: false, text: "!" },
};

/** The tiles of files that are only here: each has an address of the browser's own, given back when it goes. */
function usePreviews(pictures: readonly Picture[], classes: readonly string[]) {
  const addresses = useRef(new Map<string, string>());
  useEffect(() => {
    const kept = addresses.current;
    return () => {
      for (const address of kept.values()) URL.revokeObjectURL(address);
      kept.clear();
    };
  }, []);
  return pictures.map((picture) => {
    let source = addresses.current.get(picture.id);
    if (source === undefined) {
      source = URL.createObjectURL(picture.file);
      addresses.current.set(picture.id, source);
    }
    const name = picture.label === null ? "?" : (classes[picture.label] ?? "?");
    return { key: picture.id, source, caption: name, spoken: `${picture.path}, ${name}`, mark: STATES[picture.state] };
  });
}
