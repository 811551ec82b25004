import { type ReactNode, useEffect, useRef } from "react";
import { say } from "../strings";
import { Action, Failure } from "../ui/basics";
import { signIn, useSession, useSessionState } from "./session";
import type { Wallet } from "./wallet";

/** What is only for whoever is signed in; asks for it where that is not so, or not any more. */
export function NeedsSession({ wallet, why, children }: { wallet: Wallet; why: string; children: ReactNode }) {
  const session = useSession(wallet.address);
  return session ? children : <SignInFirst wallet={wallet} why={why} />;
}

/** The way to sign in. The browser's own key does it by itself; a wallet would open a window that nobody called for. */
export function SignInFirst({ wallet, why }: { wallet: Wallet; why: string }) {
  const { looked, failure } = useSessionState();
  const tried = useRef("");
  useEffect(() => {
    if (!looked || wallet.kind !== "browser" || tried.current === wallet.address) return;
    tried.current = wallet.address;
    void signIn(wallet).catch(() => undefined);
  }, [looked, wallet]);
  if (!looked) {
    return (
      <p className="quiet" role="status">
        {say.loading}
      </p>
    );
  }
  return (
    <div className="card">
      <p>{why}</p>
      {failure !== null && <Failure error={failure} />}
      <Action act={() => signIn(wallet).catch(() => undefined)}>{say.session.signIn}</Action>
    </div>
  );
}
