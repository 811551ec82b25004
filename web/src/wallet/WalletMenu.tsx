import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { chainQuery } from "../api/queries";
import { say } from "../strings";
import { Action, Dialog } from "../ui/basics";
import { BackupForm, RestoreForm } from "./BackupForms";
import { NeedsSession } from "./NeedsSession";
import { signIn, signOut } from "./session";
import {
  leaveWallet,
  removeBrowserWallet,
  shortAddress,
  switchTo,
  takeBrowserWallet,
  takeExtension,
  useWallet,
} from "./store";
import type { Wallet } from "./wallet";

/** The button at the top: who acts, or a way to become somebody. */
export function WalletMenu() {
  const [open, setOpen] = useState(false);
  const { wallet } = useWallet();
  return (
    <>
      <button type="button" className={wallet ? "button" : "button main"} onClick={() => setOpen(true)}>
        {wallet ? shortAddress(wallet.address) : say.wallet.connect}
      </button>
      <Dialog open={open} title={wallet ? wallet.name : say.wallet.title} close={() => setOpen(false)}>
        {wallet ? <SignedIn done={() => setOpen(false)} /> : <Choices done={() => setOpen(false)} />}
      </Dialog>
    </>
  );
}

/** A page's own button to sign in, where signing in is the next step. */
export function SignInHere() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="button main" onClick={() => setOpen(true)}>
        {say.wallet.connect}
      </button>
      <Dialog open={open} title={say.wallet.title} close={() => setOpen(false)}>
        <Choices done={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Choices({ done }: { done: () => void }) {
  const { announced } = useWallet();
  const enter = async (take: Promise<Wallet | null>) => {
    const wallet = await take;
    done();
    // Who says no here can still act, for what acts is signed; where a session is needed it is asked for again.
    if (wallet) void signIn(wallet).catch(() => undefined);
  };
  return (
    <>
      <div className="card">
        <h3>{say.wallet.browser}</h3>
        <p className="quiet">{say.wallet.browserHint}</p>
        <Action act={() => enter(takeBrowserWallet())}>{say.wallet.browser}</Action>
        <details>
          <summary>{say.wallet.restore}</summary>
          <RestoreForm restored={enter} />
        </details>
      </div>
      <div className="card">
        <h3>{say.wallet.extension}</h3>
        <p className="quiet">{announced.length === 0 ? say.wallet.none : say.wallet.extensionHint}</p>
        {announced.map((one) => (
          <Action key={one.info.uuid} className="button" act={() => enter(takeExtension(one))}>
            <img src={one.info.icon} alt="" width="20" height="20" /> {one.info.name}
          </Action>
        ))}
      </div>
    </>
  );
}

function SignedIn({ done }: { done: () => void }) {
  const { wallet } = useWallet();
  if (!wallet) return null;
  const leave = async () => {
    await signOut();
    leaveWallet();
    done();
  };
  const remove = async () => {
    if (!confirm(say.wallet.removeSure)) return;
    await signOut();
    await removeBrowserWallet();
    done();
  };
  return (
    <>
      <p>
        <code>{wallet.address}</code>
      </p>
      <WrongChain />
      <NeedsSession wallet={wallet} why={say.session.out}>
        {null}
      </NeedsSession>
      {wallet.kind === "browser" && <BackupForm address={wallet.address} />}
      <div className="row">
        <Action className="button" act={leave}>
          {say.wallet.leave}
        </Action>
        {wallet.kind === "browser" && (
          <Action className="button danger" act={remove}>
            {say.wallet.remove}
          </Action>
        )}
      </div>
    </>
  );
}

/** Offers to switch where the wallet is on another chain than the contract. */
export function WrongChain() {
  const { chainId } = useWallet();
  const chain = useQuery(chainQuery);
  if (chainId === null || !chain.data || chain.data.chain_id === chainId) return null;
  const wanted = chain.data.chain_id;
  return (
    <div className="note warn row" role="status">
      <span>{say.wallet.wrongChain(chainId, wanted)}</span>
      <Action act={() => switchTo(wanted)}>{say.wallet.switchChain}</Action>
    </div>
  );
}
