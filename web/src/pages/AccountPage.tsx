import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { Contributions } from "../account/Contributions";
import { Keys } from "../account/Keys";
import { Sessions } from "../account/Sessions";
import { TurnedDown } from "../account/TurnedDown";
import { follow } from "../activity/activity";
import { useEvents } from "../api/live";
import { type Account, accountQuery, chainQuery, domainOf, reviewerQuery } from "../api/queries";
import { ether, gweiOf } from "../money/amounts";
import { deposit, move, orderPayout } from "../money/movements";
import type { Domain } from "../protocol/messages";
import { say } from "../strings";
import { Action, Await, Empty } from "../ui/basics";
import { CopyButton } from "../ui/CopyButton";
import { Figure } from "../ui/Figure";
import { NeedsSession } from "../wallet/NeedsSession";
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
  const queries = useQueryClient();
  useEvents("account", wallet.address, () => {
    for (const part of ["account", "contributions", "reviewer"]) {
      void queries.invalidateQueries({ queryKey: [part, wallet.address] });
    }
  });
  return (
    <>
      <p>
        {say.account.address}: <code>{wallet.address}</code> <CopyButton text={wallet.address} />
      </p>
      <Await query={account}>{(one) => <Money account={one} wallet={wallet} domain={domain} />}</Await>
      <Record address={wallet.address} />
      <Contributions address={wallet.address} />
      <NeedsSession wallet={wallet} why={say.session.whyAccount}>
        <TurnedDown account={wallet.address} />
        <Sessions account={wallet.address} />
        <Keys account={wallet.address} />
      </NeedsSession>
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
              <li>
                <Link to="/reviewers/$address" params={{ address }}>
                  {say.account.whole}
                </Link>
              </li>
            </ul>
          )
        }
      </Await>
    </section>
  );
}
