import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { confirmed, follow } from "../activity/activity";
import { imageUrl } from "../api/http";
import { useEvents } from "../api/live";
import {
  type Batch,
  batchItemsQuery,
  batchPartQuery,
  batchQuery,
  chainQuery,
  datasetQuery,
  domainOf,
  type Finding,
  type Item,
  isOver,
} from "../api/queries";
import { appeal } from "../batch/appealing";
import { Happened } from "../batch/Happened";
import { Seats } from "../batch/Seats";
import { classesOf, nameOf } from "../dataset/document";
import { ether } from "../money/amounts";
import { say } from "../strings";
import { Action, Await, Countdown, Empty, Phase } from "../ui/basics";
import { PictureGrid } from "../ui/PictureGrid";
import { keysOf, useSelection } from "../ui/selection";
import { shortAddress, useWallet } from "../wallet/store";

const route = getRouteApi("/batches/$batchId");

// The phases that every batch goes through, in their order.
const ORDER = ["Queued", "Screening", "Drawing", "Voting", "Decided", "Settled"];

/** One batch from its hand-in to its settlement. */
export function BatchPage() {
  const { batchId } = route.useParams();
  const batch = useQuery(batchQuery(batchId));
  const queries = useQueryClient();
  useEvents("batch_id", batchId, () => void queries.invalidateQueries({ queryKey: ["batch", batchId] }));
  return <Await query={batch}>{(one) => <Whole batch={one} />}</Await>;
}

function Whole({ batch }: { batch: Batch }) {
  const dataset = useQuery(datasetQuery(batch.dataset_id));
  useEffect(() => {
    if (batch.phase !== "Queued" && batch.phase !== "Refused") confirmed(`/batches/${batch.id}`);
  }, [batch.id, batch.phase]);
  const classes = dataset.data ? classesOf(dataset.data) : [];
  return (
    <>
      <div className="stack">
        <div className="row">
          <h1>{say.batch.title}</h1>
          <Phase phase={batch.phase} />
        </div>
        <code>{batch.id}</code>
        <p>
          {batch.item_count} {say.datasets.items} {say.batch.by} {shortAddress(batch.contributor)},{" "}
          <Link to="/datasets/$datasetId" params={{ datasetId: batch.dataset_id }}>
            {dataset.data ? nameOf(dataset.data) : batch.dataset_id.slice(0, 10)}
          </Link>
        </p>
      </div>
      {batch.refusal && <p className="note bad">{batch.refusal}</p>}
      {batch.waiting && <p className="note warn">{batch.waiting}</p>}
      <PhaseBar batch={batch} />
      {isOver(batch.phase) && batch.phase !== "Refused" && (
        <p className="note">
          {say.batch.accepted(batch.accepted_count, batch.item_count)}.{" "}
          {say.batch.rewards(ether(batch.reward), ether(batch.stake_returned))}.
        </p>
      )}
      <Items batch={batch} classes={classes} />
      {batch.phase !== "Queued" && batch.phase !== "Refused" && (
        <>
          <Happened id={batch.id} />
          <Seats batch={batch} />
        </>
      )}
    </>
  );
}

function PhaseBar({ batch }: { batch: Batch }) {
  const at = ORDER.indexOf(batch.phase);
  if (at < 0) return null;
  return (
    <ol className="phases">
      {ORDER.map((phase, place) => (
        <li
          key={phase}
          data-state={place < at || batch.phase === "Settled" ? "done" : place === at ? "now" : "later"}
          aria-current={place === at ? "step" : undefined}
        >
          {say.phases[phase]}
          {place === at && !isOver(phase) && batch.deadline > 0 && (
            <>
              {" "}
              (<Countdown until={batch.deadline} />)
            </>
          )}
        </li>
      ))}
    </ol>
  );
}

function Items({ batch, classes }: { batch: Batch; classes: readonly string[] }) {
  const decided = batch.accepted !== null;
  const items = useQuery({ ...batchItemsQuery(batch.id), enabled: batch.available });
  const findings = useQuery({ ...batchPartQuery<Finding[]>(batch.id, "findings"), enabled: decided });
  const [selection, select, pick] = useSelection();
  const found = useMemo(() => new Map(findings.data?.map((one) => [one.position, one])), [findings.data]);
  const tiles = (items.data ?? []).map((item) => tileOf(item, classes, found.get(item.position)));
  const active = found.get(items.data?.[selection.active]?.position ?? -1);
  return (
    <section className="stack">
      <h2>{say.batch.items}</h2>
      <PictureGrid
        label={say.batch.items}
        tiles={tiles}
        active={selection.active}
        selected={selection.selected}
        pick={pick}
        onKey={keysOf(select, tiles.length)}
        empty={!decided && <Empty>{say.batch.hidden}</Empty>}
      />
      {active?.flagged && (
        <p className="note warn">
          {say.batch.findings}: {active.reason} (p = {active.p_value.toPrecision(2)}
          {active.suggested_label !== null && `, ${classes[active.suggested_label]}?`})
        </p>
      )}
      {batch.phase === "Decided" && batch.deadline > 0 && <AppealButton batch={batch} places={selection.selected} />}
    </section>
  );
}

function AppealButton({ batch, places }: { batch: Batch; places: ReadonlySet<number> }) {
  const { wallet } = useWallet();
  const chain = useQuery(chainQuery);
  if (!wallet || !chain.data) return null;
  const domain = domainOf(chain.data);
  return (
    <div className="stack">
      <p className="quiet">{say.batch.appealHint}</p>
      <Action
        className="button"
        disabled={places.size === 0}
        act={() => follow(say.batch.appeal, `/batches/${batch.id}`, () => appeal(wallet, domain, batch, places))}
      >
        {say.batch.appeal}
      </Action>
    </div>
  );
}

function tileOf(item: Item, classes: readonly string[], finding: Finding | undefined) {
  const name = classes[item.label] ?? String(item.label);
  const flagged = finding?.flagged ? ` ⚑` : "";
  const status =
    item.accepted === null ? say.dataset.undecided : item.accepted ? say.dataset.accepted : say.dataset.rejected;
  return {
    key: String(item.position),
    source: imageUrl(item.sha256),
    caption: name + flagged,
    spoken: `${item.position + 1}: ${name}, ${status}${finding?.flagged ? `, ${say.review.flagged}` : ""}`,
    mark: item.accepted === null ? undefined : { good: item.accepted, text: item.accepted ? "✓" : "✗" },
  };
}
