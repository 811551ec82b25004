import { getAddress, type Hex, stringToHex } from "viem";
import { type Domain, MESSAGES, type Message, typedDomain } from "../protocol/messages";
import { type OwnTransaction, SignatureRefused, type Wallet, WalletError } from "./wallet";

/** EIP-1193. https://eips.ethereum.org/EIPS/eip-1193 */
export interface Provider {
  request(call: { method: string; params?: readonly unknown[] | object }): Promise<unknown>;
  on?(event: string, listener: (value: never) => void): void;
  removeListener?(event: string, listener: (value: never) => void): void;
}

/** A wallet that announced itself. https://eips.ethereum.org/EIPS/eip-6963 */
export interface Announced {
  readonly info: { readonly uuid: string; readonly name: string; readonly icon: string; readonly rdns: string };
  readonly provider: Provider;
}

const USER_REJECTED = 4001;
const UNKNOWN_CHAIN = 4902;
const ALREADY_PENDING = -32002;

/** Calls back with every wallet that the browser has, as they announce themselves; returns what ends it. */
export function discover(found: (wallet: Announced) => void): () => void {
  const listener = (event: Event) => found((event as CustomEvent<Announced>).detail);
  window.addEventListener("eip6963:announceProvider", listener);
  window.dispatchEvent(new Event("eip6963:requestProvider"));
  return () => window.removeEventListener("eip6963:announceProvider", listener);
}

/** Connects to a wallet, asking its owner unless `quietly`; null when quietly it gives no account. */
export async function connect(announced: Announced, quietly: boolean): Promise<Wallet | null> {
  const method = quietly ? "eth_accounts" : "eth_requestAccounts";
  const accounts = (await asked(announced.provider, method)) as string[];
  const first = accounts[0];
  if (first === undefined) return null;
  return walletOf(announced, getAddress(first));
}

/** The chain that a wallet is on. */
export async function chainOf(provider: Provider): Promise<number> {
  return Number(await asked(provider, "eth_chainId"));
}

/** Asks the wallet to go to another chain. */
export async function switchChain(provider: Provider, chainId: number): Promise<void> {
  try {
    await asked(provider, "wallet_switchEthereumChain", [{ chainId: `0x${chainId.toString(16)}` }]);
  } catch (error) {
    if (error instanceof WalletError && error.cause === UNKNOWN_CHAIN) {
      throw new WalletError(`Your wallet does not know chain ${chainId}; add it there first, then try again.`);
    }
    throw error;
  }
}

function walletOf(announced: Announced, address: Hex): Wallet {
  const { provider, info } = announced;
  return {
    kind: "extension",
    name: info.name,
    icon: info.icon,
    address,
    async sign(domain: Domain, message: Message) {
      await requireChain(provider, domain.chainId);
      const typed = {
        domain: typedDomain(domain),
        types: { EIP712Domain: DOMAIN_TYPE, [message.name]: MESSAGES[message.name] },
        primaryType: message.name,
        message: message.value,
      };
      const text = JSON.stringify(typed, (_, value) => (typeof value === "bigint" ? value.toString() : value));
      return (await asked(provider, "eth_signTypedData_v4", [address, text])) as Hex;
    },
    async signText(text: string) {
      return (await asked(provider, "personal_sign", [stringToHex(text), address])) as Hex;
    },
    async send(chainId: number, transaction: OwnTransaction) {
      await requireChain(provider, chainId);
      const { to, data, value } = transaction;
      return (await asked(provider, "eth_sendTransaction", [
        { from: address, to, data, value: `0x${value.toString(16)}` },
      ])) as Hex;
    },
  };
}

const DOMAIN_TYPE = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
];

async function requireChain(provider: Provider, chainId: number): Promise<void> {
  if ((await chainOf(provider)) !== chainId) await switchChain(provider, chainId);
}

async function asked(provider: Provider, method: string, params?: readonly unknown[]): Promise<unknown> {
  try {
    return await provider.request(params ? { method, params } : { method });
  } catch (error) {
    const { code, message } = error as { code?: number; message?: string };
    if (code === USER_REJECTED) throw new SignatureRefused();
    if (code === ALREADY_PENDING)
      throw new WalletError("Your wallet already waits for an answer: open it and decide there.");
    throw new WalletError(message ?? "Your wallet did not answer; unlock it and try again.", { cause: code });
  }
}
