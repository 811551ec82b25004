import { useSyncExternalStore } from "react";
import type { Hex } from "../protocol/bytes";
import { createWallet, forgetWallet, keepKey, keptWallet } from "./browser";
import { type Announced, chainOf, connect, discover, switchChain } from "./extension";
import { readKeystore } from "./keystore";
import type { Wallet } from "./wallet";

/** Who acts in this page, and which wallets the browser has. */
export interface WalletState {
  readonly ready: boolean;
  readonly wallet: Wallet | null;
  readonly announced: readonly Announced[];
  /** The chain that an extension's wallet is on; null where it does not matter. */
  readonly chainId: number | null;
}

// Which wallet this page was last used with: "browser", or an extension's reverse domain name.
const REMEMBERED = "sebrus-wallet-in-use";
const BROWSER = "browser";

let state: WalletState = { ready: false, wallet: null, announced: [], chainId: null };
let leave: (() => void) | null = null;
const listeners = new Set<() => void>();

/** The state of the wallet, kept up to date. */
export function useWallet(): WalletState {
  return useSyncExternalStore(subscribe, () => state);
}

/** Looks for wallets and takes up the one in use last; once, when the page starts. */
export async function startWallets(): Promise<void> {
  discover((found) => {
    if (state.announced.some((one) => one.info.uuid === found.info.uuid)) return;
    set({ announced: [...state.announced, found] });
    if (state.wallet === null && localStorage.getItem(REMEMBERED) === found.info.rdns) void takeExtension(found, true);
  });
  window.addEventListener("storage", ({ key }) => key === REMEMBERED && void followOtherTab());
  if (localStorage.getItem(REMEMBERED) === BROWSER) {
    const kept = await keptWallet().catch(() => null);
    if (kept) set({ wallet: kept });
  }
  set({ ready: true });
}

/** Somebody signed in or out in another tab: the same person sits here. */
async function followOtherTab(): Promise<void> {
  const remembered = localStorage.getItem(REMEMBERED);
  const announced = state.announced.find(({ info }) => info.rdns === remembered);
  if (remembered === BROWSER) {
    const kept = await keptWallet().catch(() => null);
    if (kept) take(kept, BROWSER);
  } else if (announced) await takeExtension(announced, true);
  else leaveWallet();
}

/** Uses the wallet kept in this browser, made now if there is none. */
export async function takeBrowserWallet(): Promise<Wallet> {
  return take((await keptWallet()) ?? (await createWallet()), BROWSER);
}

/** Uses the wallet of a backup file, in place of the one that is kept. */
export async function restoreBrowserWallet(file: string, passphrase: string): Promise<Wallet> {
  return take(await keepKey(await readKeystore(file, passphrase)), BROWSER);
}

/** Uses a wallet of an extension; asks its owner unless `quietly`; null where it gives no account. */
export async function takeExtension(announced: Announced, quietly = false): Promise<Wallet | null> {
  const wallet = await connect(announced, quietly);
  if (wallet === null) return null;
  take(wallet, announced.info.rdns);
  const { provider } = announced;
  const onAccounts = () =>
    void connect(announced, true).then((again) => (again ? set({ wallet: again }) : leaveWallet()));
  const onChain = (chainId: string) => set({ chainId: Number(chainId) });
  provider.on?.("accountsChanged", onAccounts);
  provider.on?.("chainChanged", onChain as (value: never) => void);
  leave = () => {
    provider.removeListener?.("accountsChanged", onAccounts);
    provider.removeListener?.("chainChanged", onChain as (value: never) => void);
  };
  set({ chainId: await chainOf(provider) });
  return wallet;
}

/** Has the wallet in use go to another chain; some tell nobody that they did, so it is asked where it is afterwards. */
export async function switchTo(chainId: number): Promise<void> {
  const provider = providerInUse();
  if (!provider) return;
  await switchChain(provider, chainId);
  set({ chainId: await chainOf(provider) });
}

/** Stops using the wallet; its key stays where it is. */
export function leaveWallet(): void {
  localStorage.removeItem(REMEMBERED);
  leave?.();
  leave = null;
  set({ wallet: null, chainId: null });
}

/** Stops using the browser's wallet and forgets its key. */
export async function removeBrowserWallet(): Promise<void> {
  await forgetWallet();
  leaveWallet();
}

/** Whether two addresses are the same account. */
export function sameAccount(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase();
}

/** An address for people: its ends. */
export function shortAddress(address: Hex | string): string {
  return `${address.slice(0, 6)}…${address.slice(-4)}`;
}

function take(wallet: Wallet, remembered: string): Wallet {
  leave?.();
  leave = null;
  localStorage.setItem(REMEMBERED, remembered);
  set({ wallet, chainId: null });
  return wallet;
}

function set(change: Partial<WalletState>): void {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The provider behind the wallet in use. */
export function providerInUse(): Announced["provider"] | null {
  const rdns = localStorage.getItem(REMEMBERED);
  return state.announced.find((one) => one.info.rdns === rdns)?.provider ?? null;
}
