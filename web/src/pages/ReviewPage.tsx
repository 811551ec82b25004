import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { follow } from "../activity/activity";
import { untilAnswered } from "../api/connection";
import { get, Refused } from "../api/http";
import {
  batchPartQuery,
  batchQuery,
  chainQuery,
  datasetQuery,
  domainOf,
  type Review,
  reviewsQuery,
  type Seat as SeatOnChain,
} from "../api/queries";
import { classesOf } from "../dataset/document";
import { ether } from "../money/amounts";
import type { Hex } from "../protocol/bytes";
import type { Domain } from "../protocol/messages";
import { keptVerdicts } from "../review/keeping";
import { TaskGrid } from "../review/TaskGrid";
import { commitVerdicts, loadTask, revealVerdicts, seatName } from "../review/voting";
import { say } from "../strings";
import { oneTab, tellTabs } from "../tabs";
import { Action, Await, Countdown, Empty } from "../ui/basics";
import { SignInFirst } from "../wallet/NeedsSession";
import { lookForSession, useSession } from "../wallet/session";
import { sameAccount, useWallet } from "../wallet/store";
import { SignInHere } from "../wallet/WalletMenu";
import type { Wallet } from "../wallet/wallet";

const route = getRouteApi("/review/$batchId/$round");

/** One seat: look, judge, commit, and open when all have committed. */
export function ReviewPage() {
  const { wallet, ready } = useWallet();
  const chain = useQuery(chainQuery);
  if (!wallet) return ready ? <SignInHere /> : null;
  return (
    <Await query={chain}>
      {(known) => <Mine wallet={wallet} domain={domainOf(known)} keeper={known.keeper as Hex} />}
    </Await>
  );
}

function Mine(mine: Omit<SeatProps, "seat">) {
  const { wallet } = mine;
  const { batchId, round } = route.useParams();
  const seats = useQuery(reviewsQuery(wallet.address));
  return (
    <Await query={seats}>
      {(all) => {
        const seat = all.find((one) => one.batch_id === batchId && one.round === Number(round));
        if (seat) return <Seat seat={seat} {...mine} />;
        return <Over batchId={batchId} round={Number(round)} address={wallet.address} />;
      }}
    </Await>
  );
}

interface PlaceProps {
  readonly batchId: string;
  readonly round: number;
  readonly address: string;
}

/** No seat of this account is open in the round: it is counted, was drawn again, or the account never sat in it. */
function Over({ batchId, round, address }: PlaceProps) {
  const batch = useQuery(batchQuery(batchId));
  const running = batch.data?.round === round && (batch.data.phase === "Voting" || batch.data.phase === "Drawing");
  return (
    <>
      <h1>{running ? say.review.notSeated : say.review.over}</h1>
      {running ? <Empty>{say.review.notSeatedHint}</Empty> : <Cost batchId={batchId} round={round} address={address} />}
      <p className="row">
        <Link to="/batches/$batchId" params={{ batchId }}>
          {say.batch.title}
        </Link>
        <Link to="/review">{say.review.title}</Link>
      </p>
    </>
  );
}

/** What became of a seat whose time is over, and what that costs, in one sentence. */
function Cost({ batchId, round, address }: PlaceProps) {
  const seats = useQuery(batchPartQuery<SeatOnChain[]>(batchId, "seats"));
  const mine = seats.data?.find((one) => one.round === round && sameAccount(one.reviewer, address));
  if (mine?.commitment === null) return <p className="note warn">{say.review.missed}</p>;
  if (mine?.verdicts === null)
    return <p className="note bad">{say.review.notOpened(mine.slash === null ? null : ether(mine.slash))}</p>;
  return <Empty>{say.review.overHint}</Empty>;
}

interface SeatProps {
  readonly seat: Review;
  readonly wallet: Wallet;
  readonly domain: Domain;
  /** The public key that this server opens with what was left sealed. */
  readonly keeper: Hex;
}

function Seat(props: SeatProps) {
  const { seat } = props;
  return (
    <>
      <SeatBar seat={seat} />
      {seat.state === "commit" && <Judging {...props} />}
      {seat.state === "committed" && <p className="note">{seat.sealed ? say.review.sealed : say.review.committed}</p>}
      {seat.state === "reveal" && <Revealing {...props} />}
      {seat.state === "revealed" && <p className="note">{say.review.revealed}</p>}
      {seat.state === "missed" && <Cost batchId={seat.batch_id} round={seat.round} address={props.wallet.address} />}
    </>
  );
}

function SeatBar({ seat }: { seat: Review }) {
  const committing = seat.state === "commit" || seat.state === "committed";
  return (
    <section className="stack">
      <h1>{say.review.states[seat.state]}</h1>
      <ol className="phases">
        <li data-state={seat.state === "commit" ? "now" : "done"}>
          {say.review.states.commit}
          {seat.state === "commit" && (
            <>
              {" "}
              (<Countdown until={seat.commit_deadline} />)
            </>
          )}
        </li>
        <li data-state={seat.state === "committed" ? "now" : committing ? "later" : "done"}>
          {say.review.states.committed}
        </li>
        <li data-state={seat.state === "reveal" ? "now" : seat.state === "revealed" ? "done" : "later"}>
          {say.review.states.reveal}
          {seat.state === "reveal" && (
            <>
              {" "}
              (<Countdown until={seat.reveal_deadline} />)
            </>
          )}
        </li>
      </ol>
      {!seat.sealed && say.review.losing[seat.state] && <p className="quiet">{say.review.losing[seat.state]}</p>}
    </section>
  );
}

function Judging({ seat, wallet, domain, keeper }: SeatProps) {
  const queries = useQueryClient();
  const session = useSession(wallet.address);
  const task = useQuery({
    queryKey: ["task", seatName(seat), wallet.address],
    queryFn: () => loadTask(seat),
    // What was shown stays, and can be committed to, when the session ends meanwhile.
    enabled: session !== null,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const dataset = useQuery(datasetQuery(seat.dataset_id));
  const classes = useMemo(() => (dataset.data ? classesOf(dataset.data) : []), [dataset.data]);
  const refused = task.error instanceof Refused && task.error.code === "not_your_seat";
  useEffect(() => {
    // The server knows nobody any more, as after the session was ended elsewhere.
    if (refused) void lookForSession();
  }, [refused]);
  if (!task.data && !session) return <SignInFirst wallet={wallet} why={say.session.whyReview} />;
  const commit = (verdicts: readonly boolean[], leave: boolean) =>
    oneTab(`commit ${seatName(seat)}`, async () => {
      const title = say.review.commit(verdicts.length);
      if ((await stateNow(seat, wallet)) === "commit")
        await follow(title, "/review", () => commitVerdicts(wallet, domain, seat, verdicts, leave ? keeper : null));
      await queries.invalidateQueries({ queryKey: ["reviews", wallet.address] });
      tellTabs(["reviews", wallet.address]);
    });
  return (
    <Await query={task}>
      {(shown) => <TaskGrid name={seatName(seat)} task={shown} classes={classes} commit={commit} />}
    </Await>
  );
}

/** What the server says of a seat now: another tab may have acted for it. */
async function stateNow(seat: Review, wallet: Wallet): Promise<Review["state"] | undefined> {
  const seats = await untilAnswered(() => get<Review[]>(`/reviews/${wallet.address}`));
  return seats.find((one) => seatName(one) === seatName(seat))?.state;
}

function Revealing({ seat, wallet, domain }: SeatProps) {
  const queries = useQueryClient();
  const verdicts = keptVerdicts(seatName(seat), seat.positions);
  const tried = useRef(false);
  // The server says that an opening is here only to whoever is signed in.
  const [opened, setOpened] = useState(false);
  const reveal = () =>
    oneTab(`open ${seatName(seat)}`, async () => {
      if (!verdicts) return;
      if ((await stateNow(seat, wallet)) === "reveal")
        await follow(say.review.reveal, "/review", () => revealVerdicts(wallet, domain, seat, verdicts));
      setOpened(true);
      await queries.invalidateQueries({ queryKey: ["reviews", wallet.address] });
      tellTabs(["reviews", wallet.address]);
    });
  const byItself = useRef(reveal);
  byItself.current = reveal;
  useEffect(() => {
    // The browser's own key signs without asking; a wallet would open a window that nobody called for.
    if (wallet.kind !== "browser" || tried.current) return;
    tried.current = true;
    void byItself.current().catch(() => undefined);
  }, [wallet.kind]);
  if (opened) return <p className="note">{say.review.revealed}</p>;
  if (seat.sealed) return <p className="note">{say.review.sealed}</p>;
  if (!verdicts) return <p className="note bad">{say.review.lost}</p>;
  return <Action act={reveal}>{say.review.reveal}</Action>;
}
