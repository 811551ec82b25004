import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { imageUrl } from "../api/http";
import { type Dataset, datasetQuery } from "../api/queries";
import { Chooser } from "../contribute/Chooser";
import { HandIn, type MakingProps } from "../contribute/HandIn";
import { noted } from "../contribute/kept";
import { added, duplicatesOf, read } from "../contribute/pictures";
import type { Found } from "../contribute/reading";
import { type Change, type Picture, upload } from "../contribute/upload";
import { useBatch } from "../contribute/useBatch";
import { classesOf, nameOf } from "../dataset/document";
import { say } from "../strings";
import { oneTab } from "../tabs";
import { Action, Await } from "../ui/basics";
import { PictureGrid } from "../ui/PictureGrid";
import { keysOf, useSelection } from "../ui/selection";
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
  const { pictures, handedIn, ready, change } = useBatch(dataset.id);
  const [told, setTold] = useState<Told>({ duplicates: 0, ignored: 0, oddLines: 0 });
  const setPictures: SetPictures = (to) => void change((now) => ({ ...now, pictures: to(now.pictures) }));
  const take = async (found: Found) => {
    const chosen = await read(found, classes);
    setTold({ ...chosen, duplicates: duplicatesOf(pictures, chosen) });
    await change((now) => ({ pictures: added(now.pictures, chosen), handedIn: null }));
  };
  if (!ready) return <p className="quiet">{say.loading}</p>;
  return (
    <>
      <h1>
        {say.contribute.title}: {nameOf(dataset)}
      </h1>
      {handedIn !== null && <HandedIn batchId={handedIn} />}
      <Kept pictures={pictures} change={setPictures} />
      <Chooser take={take} />
      <Notes told={told} />
      {pictures.length > 0 && (
        <>
          <Labelling classes={classes} pictures={pictures} change={setPictures} />
          <Sending dataset={dataset} pictures={pictures} change={change} />
        </>
      )}
    </>
  );
}

/** Another tab, or this one before, handed in what was here. */
function HandedIn({ batchId }: { batchId: string }) {
  return (
    <p className="note" role="status">
      {say.contribute.handedIn}{" "}
      <Link to="/batches/$batchId" params={{ batchId }}>
        {say.batch.title}
      </Link>
    </p>
  );
}

/** What an earlier tab left: what is uploaded is there, of the rest the files are to be chosen again. */
function Kept({ pictures, change }: { pictures: readonly Picture[]; change: SetPictures }) {
  const absent = pictures.filter((one) => one.state === "absent").length;
  if (absent === 0) return null;
  return (
    <div className="note warn row spread" role="status">
      <span>{say.contribute.kept(pictures.length - absent, absent)}</span>
      <button
        type="button"
        className="button"
        onClick={() => change((now) => now.filter((one) => one.state !== "absent"))}
      >
        {say.contribute.forget(absent)}
      </button>
    </div>
  );
}

interface Told {
  readonly duplicates: number;
  readonly ignored: number;
  readonly oddLines: number;
}

function Notes({ told }: { told: Told }) {
  return (
    <div role="status" className="stack">
      {told.duplicates > 0 && <p className="note">{say.contribute.duplicates(told.duplicates)}</p>}
      {told.ignored > 0 && <p className="note warn">{say.contribute.ignored(told.ignored)}</p>}
      {told.oddLines > 0 && <p className="note warn">{say.contribute.oddLines(told.oddLines)}</p>}
    </div>
  );
}

type SetPictures = (to: (now: readonly Picture[]) => readonly Picture[]) => void;

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
        onKey={keysOf(select, tiles.length)}
      />
    </section>
  );
}

/** The upload, and what comes after it. */
function Sending({ dataset, pictures, change }: MakingProps) {
  const { wallet } = useWallet();
  const stop = useRef<AbortController | null>(null);
  const [running, setRunning] = useState(false);
  useEffect(() => () => stop.current?.abort(), []);
  const due = pictures.filter((one) => one.label !== null && (one.state === "chosen" || one.state === "failed"));
  const unlabelled = pictures.filter((one) => one.label === null).length;
  const failed = pictures.filter((one) => one.state === "failed").length;
  const send = async () => {
    stop.current = new AbortController();
    const { signal } = stop.current;
    setRunning(true);
    const note: Change = (ids, to) => void change((now) => noted(now, ids, to));
    try {
      await oneTab(`upload ${dataset.id}`, () => upload(dataset.id, due, note, signal), signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      setRunning(false);
    }
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
      {!running &&
        due.length === 0 &&
        (wallet ? <HandIn dataset={dataset} pictures={pictures} change={change} /> : <SignInHere />)}
    </section>
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

/** Why pictures are not taken, each reason once with the files it is about. */
function Refusals({ pictures }: { pictures: readonly Picture[] }) {
  const bad = pictures.filter((one) => one.state === "refused" || one.state === "failed");
  if (bad.length === 0) return null;
  const reasons = new Map<string, string[]>();
  for (const { reason = "", path } of bad) reasons.set(reason, [...(reasons.get(reason) ?? []), path]);
  return (
    <details className="note bad" open>
      <summary>
        {say.contribute.refused}: {bad.length}
      </summary>
      <ul>
        {[...reasons].map(([reason, paths]) => (
          <li key={reason}>
            {reason} <code>{paths.slice(0, NAMED).join(", ")}</code>
            {paths.length > NAMED && ` ${say.contribute.andMore(paths.length - NAMED)}`}
          </li>
        ))}
      </ul>
    </details>
  );
}

const NAMED = 10;

const STATES: Record<Picture["state"], { good: boolean; text: string } | undefined> = {
  absent: { good: false, text: "?" },
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
    if (source === undefined && picture.file) {
      source = URL.createObjectURL(picture.file);
      addresses.current.set(picture.id, source);
    }
    source ??= picture.state === "taken" ? imageUrl(picture.sha256) : "";
    const name = picture.label === null ? "?" : (classes[picture.label] ?? "?");
    return { key: picture.id, source, caption: name, spoken: `${picture.path}, ${name}`, mark: STATES[picture.state] };
  });
}
