import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { datasetQuery, type Review, reviewsQuery } from "../api/queries";
import { nameOf } from "../dataset/document";
import { say } from "../strings";
import { Await, Countdown, Empty } from "../ui/basics";
import { useWallet } from "../wallet/store";
import { SignInHere } from "../wallet/WalletMenu";

/** The panels that somebody sits in now. */
export function ReviewsPage() {
  const { wallet, ready } = useWallet();
  return (
    <>
      <h1>{say.review.title}</h1>
      {wallet ? <Panels address={wallet.address} /> : ready && <SignInHere />}
    </>
  );
}

function Panels({ address }: { address: string }) {
  const seats = useQuery(reviewsQuery(address));
  return (
    <Await query={seats}>
      {(all) =>
        all.length === 0 ? (
          <Empty>
            {say.empty.reviews} <Link to="/account">{say.account.stakeMore}</Link>
          </Empty>
        ) : (
          <ul className="cards" style={{ padding: 0, listStyle: "none" }}>
            {all.map((seat) => (
              <SeatCard key={`${seat.batch_id} ${seat.round}`} seat={seat} />
            ))}
          </ul>
        )
      }
    </Await>
  );
}

function SeatCard({ seat }: { seat: Review }) {
  const dataset = useQuery(datasetQuery(seat.dataset_id));
  const urgent = seat.state === "commit" || seat.state === "reveal";
  return (
    <li className="card">
      <div className="row spread">
        <h2>
          {seat.positions} {say.datasets.items}
        </h2>
        <span className={`pill ${urgent ? "warn" : "good"}`}>{say.review.states[seat.state]}</span>
      </div>
      <p className="quiet">
        {dataset.data && `${nameOf(dataset.data)}, `}
        <code>{seat.batch_id.slice(0, 12)}…</code>
      </p>
      {urgent && (
        <p>
          <Countdown until={seat.state === "commit" ? seat.commit_deadline : seat.reveal_deadline} /> {say.review.left}.{" "}
          {seat.sealed ? say.review.sealed : say.review.losing[seat.state]}
        </p>
      )}
      <Link
        to="/review/$batchId/$round"
        params={{ batchId: seat.batch_id, round: String(seat.round) }}
        className={urgent ? "button main" : "button"}
      >
        {say.review.states[seat.state]}
      </Link>
    </li>
  );
}
