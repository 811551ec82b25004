import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { follow } from "../activity/activity";
import { type Account, accountQuery, chainQuery, contributionsQuery, domainOf, reviewerQuery } from "../api/queries";
import { ether, gweiOf } from "../money/amounts";
import { deposit, move, orderPayout } from "../money/movements";
import type { Domain } from "../protocol/messages";
import { say } from "../strings";
import { Action, Await, Empty, Phase } from "../ui/basics";
import { useWallet } from "../wallet/store";
import { SignInHere } from "../wallet/WalletMenu";
import type { Wallet } from "../wallet/wallet";

/** Money, record and batches of whoever is signed in. */
export function AccountPage() {
  const { wallet, ready } = useWallet();
  const chain = useQuery(chainQuery);
  return (
    <>
      <h1>{say.account.title}</h1>
      {wallet ? (
        <Await query={chain}>{(known) => <Mine wallet={wallet} domain={domainOf(known)} />}</Await>
      ) : (
        ready && <SignInHere />
      )}
    </>
  );
}

function Mine({ wallet, domain }: { wallet: Wallet; domain: Domain }) {
  const account = useQuery(accountQuery(wallet.address));
  return (
    <>
      <p>
        {say.account.address}: <code>{wallet.address}</code> <CopyButton text={wallet.address} />
      </p>
      <Await query={account}>{(one) => <Money account={one} wallet={wallet} domain={domain} />}</Await>
      <Record address={wallet.address} />
      <Contributions address={wallet.address} />
    </>
  );
}

function Money({ account, wallet, domain }: { account: Account; wallet: Wallet; domain: Domain }) {
  const [text, setText] = useState("");
  const field = useId();
  const queries = useQueryClient();
  const amount = gweiOf(text);
  const act = (title: string, work: (amount: number) => Promise<void>) => async () => {
    if (amount === null || amount === 0) throw new Error(say.account.badAmount);
    await follow(`${title} ${ether(amount)}`, "/account", () => work(amount));
    setText("");
    await queries.invalidateQueries({ queryKey: ["account", wallet.address] });
  };
  const order = async () => {
    await follow(say.account.payout, "/account", () => orderPayout(wallet, domain, !account.payout));
    await queries.invalidateQueries({ queryKey: ["account", wallet.address] });
  };
  return (
    <section className="stack">
      <dl className="cards">
        <Figure name={say.account.free} value={ether(account.free)} />
        <Figure
          name={say.account.stake}
          value={ether(account.stake)}
          note={`${ether(account.locked)} ${say.account.locked}`}
        />
        <Figure name={say.account.earned} value={ether(account.earned)} />
        <Figure name={say.account.slashed} value={ether(account.slashed)} />
      </dl>
      <div className="field" style={{ maxWidth: "16rem" }}>
        <label htmlFor={field}>{say.account.amount}</label>
        <input id={field} inputMode="decimal" value={text} onChange={({ target }) => setText(target.value)} />
      </div>
      <div className="row">
        {wallet.send && (
          <Action className="button" act={act(say.account.deposit, (gwei) => deposit(wallet, domain, gwei))}>
            {say.account.deposit}
          </Action>
        )}
        <Action act={act(say.account.withdraw, (gwei) => move(wallet, domain, "withdraw", gwei))}>
          {say.account.withdraw}
        </Action>
        <Action className="button" act={act(say.account.stakeMore, (gwei) => move(wallet, domain, "stake", gwei))}>
          {say.account.stakeMore}
        </Action>
        <Action className="button" act={act(say.account.unstake, (gwei) => move(wallet, domain, "unstake", gwei))}>
          {say.account.unstake}
        </Action>
      </div>
      <Action className="button plain" act={order}>
        <span aria-hidden="true">{account.payout ? "☑" : "☐"}</span> {say.account.payout}
      </Action>
    </section>
  );
}

function Figure({ name, value, note }: { name: string; value: string; note?: string }) {
  return (
    <div className="card">
      <dt className="quiet">{name}</dt>
      <dd className="figure" style={{ margin: 0 }}>
        {value}
      </dd>
      {note && (
        <dd className="quiet" style={{ margin: 0 }}>
          {note}
        </dd>
      )}
    </div>
  );
}

function Record({ address }: { address: string }) {
  const reviewer = useQuery(reviewerQuery(address));
  return (
    <section className="stack">
      <h2>{say.account.record}</h2>
      <Await query={reviewer}>
        {(one) =>
          one.items_seen === 0 && one.gold_seen === 0 ? (
            <Empty>{say.account.noRecord}</Empty>
          ) : (
            <ul>
              {one.gold_seen > 0 && <li>{say.account.gold(one.gold_right, one.gold_seen)}</li>}
              <li>{say.account.coherent(one.items_coherent, one.items_seen)}</li>
            </ul>
          )
        }
      </Await>
    </section>
  );
}

function Contributions({ address }: { address: string }) {
  const batches = useQuery(contributionsQuery(address));
  return (
    <section className="stack">
      <h2>{say.account.contributions}</h2>
      <Await query={batches}>
        {(all) =>
          all.length === 0 ? (
            <Empty>
              {say.empty.contributions} <Link to="/datasets">{say.datasets.title}</Link>
            </Empty>
          ) : (
            <ul className="stack" style={{ padding: 0, listStyle: "none" }}>
              {all.map((batch) => (
                <li key={batch.id} className="row">
                  <Link to="/batches/$batchId" params={{ batchId: batch.id }}>
                    <code>{batch.id.slice(0, 12)}…</code>
                  </Link>
                  <Phase phase={batch.phase} />
                  <span className="quiet">{say.batch.accepted(batch.accepted_count, batch.item_count)}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Await>
    </section>
  );
}

function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      className="button"
      onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
      onBlur={() => setCopied(false)}
    >
      {copied ? say.account.copied : say.account.copy}
    </button>
  );
}
