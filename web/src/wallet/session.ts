import { useEffect, useState, useSyncExternalStore } from "react";
import { createSiweMessage } from "viem/siwe";
import { get, post, Refused, remove, type Schemas } from "../api/http";
import { say } from "../strings";
import { sameAccount } from "./store";
import type { Wallet } from "./wallet";

export type Session = Schemas["SessionOut"];

/** Who is signed in at the server from this browser, as far as it is known. */
export interface SessionState {
  /** Whether the server was asked. */
  readonly looked: boolean;
  readonly session: Session | null;
  /** Why the last sign-in came to nothing. */
  readonly failure: unknown;
}

// The cookie cannot be read here. This tells whether it is worth asking the server who it stands for.
const HINT = "sebrus-signed-in";

let state: SessionState = { looked: false, session: null, failure: null };
const listeners = new Set<() => void>();

/** What is known of the session, kept up to date. */
export function useSessionState(): SessionState {
  return useSyncExternalStore(subscribe, () => state);
}

/** The running session of this account; null where it has none, or has it no more. */
export function useSession(address: string): Session | null {
  const { session } = useSessionState();
  const [, tick] = useState(0);
  const expires = session?.expires;
  useEffect(() => {
    if (expires === undefined) return;
    const left = Math.min(expires * 1000 - Date.now(), LONGEST_TIMER_MS);
    const timer = setTimeout(() => tick((count) => count + 1), Math.max(left, 0));
    return () => clearTimeout(timer);
  }, [expires]);
  return isFor(session, address, Date.now()) ? session : null;
}

const LONGEST_TIMER_MS = 2_000_000_000;

/** Whether a session is this account's, and runs at that time (milliseconds since 1970). */
export function isFor(session: Session | null, address: string, now: number): boolean {
  return session !== null && sameAccount(session.account, address) && session.expires * 1000 > now;
}

/** Asks the server whose session this browser has. */
export async function lookForSession(): Promise<void> {
  if (localStorage.getItem(HINT) === null) {
    set({ looked: true });
    return;
  }
  try {
    set({ looked: true, session: await get<Session>("/sessions/current") });
  } catch (error) {
    if (isOver(error)) forgetSession();
    set({ looked: true });
  }
}

let signing: { readonly address: string; readonly done: Promise<void> } | null = null;

/** Signs in with a wallet (EIP-4361) unless it is, asking it once however often this is called; what goes wrong is kept, and raised. */
export function signIn(wallet: Wallet): Promise<void> {
  if (signing?.address === wallet.address) return signing.done;
  const done = signInNow(wallet).finally(() => {
    signing = null;
  });
  signing = { address: wallet.address, done };
  return done;
}

async function signInNow(wallet: Wallet): Promise<void> {
  set({ failure: null });
  if (isFor(state.session, wallet.address, Date.now())) return;
  try {
    if (state.session && !sameAccount(state.session.account, wallet.address)) await signOut();
    const { nonce, chain_id } = await post<Schemas["NonceOut"]>("/nonces", {});
    const message = signInText(wallet.address, chain_id, nonce, window.location, new Date());
    const signature = await wallet.signText(message);
    const session = await post<Session>("/sessions", { message, signature });
    localStorage.setItem(HINT, "yes");
    set({ looked: true, session });
  } catch (error) {
    set({ failure: error });
    throw error;
  }
}

/** The text that is signed to sign in. https://eips.ethereum.org/EIPS/eip-4361 */
export function signInText(
  address: Wallet["address"],
  chainId: number,
  nonce: string,
  place: { readonly host: string; readonly origin: string },
  issuedAt: Date,
): string {
  return createSiweMessage({
    address,
    chainId,
    nonce,
    domain: place.host,
    uri: place.origin,
    version: "1",
    statement: say.session.statement,
    issuedAt,
  });
}

/** Ends the session on the server. */
export async function signOut(): Promise<void> {
  if (state.session === null) return;
  try {
    await remove("/sessions/current");
  } catch (error) {
    if (!isOver(error)) throw error;
  }
  forgetSession();
}

/** Forgets a session that the server has ended. */
export function forgetSession(): void {
  localStorage.removeItem(HINT);
  set({ session: null });
}

/** What only the signed-in account may ask; where the session has ended meanwhile it is forgotten here too. */
export async function asSignedIn<T>(ask: Promise<T>): Promise<T> {
  try {
    return await ask;
  } catch (error) {
    if (isOver(error)) forgetSession();
    throw error;
  }
}

function isOver(error: unknown): boolean {
  return error instanceof Refused && error.code === "not_signed_in";
}

function set(change: Partial<SessionState>): void {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
