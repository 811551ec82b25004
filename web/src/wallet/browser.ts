import { bytesToHex, type Hex, hexToBytes } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { type Store, settled, within } from "../keeping";
import { type Domain, MESSAGES, type Message, typedDomain } from "../protocol/messages";
import type { Wallet } from "./wallet";

// The key lies in IndexedDB, encrypted by a key of the browser's own that no script can read out. That keeps it from whoever
// copies the profile's files or a backup of them, not from a script that runs in this page: the page allows none but its own.
const KEYS: Store = { database: "sebrus-wallet", store: "keys" };
const ONLY = "key";

interface Kept {
  readonly address: Hex;
  readonly lock: CryptoKey;
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly ciphertext: ArrayBuffer;
}

/** The wallet kept in this browser; null when there is none. */
export async function keptWallet(): Promise<Wallet | null> {
  const kept = await read();
  return kept ? walletOf(await opened(kept)) : null;
}

/** Makes a key, keeps it in this browser, and returns its wallet. */
export async function createWallet(): Promise<Wallet> {
  return keepKey(generatePrivateKey());
}

/** Keeps a key in this browser, in place of the one that was there. */
export async function keepKey(key: Hex): Promise<Wallet> {
  const lock = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const ciphertext = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, lock, hexToBytes(key) as BufferSource);
  const kept: Kept = { address: privateKeyToAccount(key).address, lock, iv, ciphertext };
  await write((store) => store.put(kept, ONLY));
  return walletOf(key);
}

/** The key itself, to be written into a backup. */
export async function keyForBackup(): Promise<Hex> {
  const kept = await read();
  if (!kept) throw new Error("There is no wallet in this browser.");
  return opened(kept);
}

/** Forgets the key. Without a backup the account is lost. */
export async function forgetWallet(): Promise<void> {
  await write((store) => store.delete(ONLY));
}

function walletOf(key: Hex): Wallet {
  const account = privateKeyToAccount(key);
  return {
    kind: "browser",
    name: "This browser",
    address: account.address,
    sign: (domain: Domain, message: Message) =>
      account.signTypedData({
        domain: typedDomain(domain),
        types: { [message.name]: [...MESSAGES[message.name]] },
        primaryType: message.name,
        message: message.value,
      }),
    signText: (text: string) => account.signMessage({ message: text }),
  };
}

async function opened(kept: Kept): Promise<Hex> {
  const key = await crypto.subtle.decrypt({ name: "AES-GCM", iv: kept.iv }, kept.lock, kept.ciphertext);
  return bytesToHex(new Uint8Array(key));
}

function read(): Promise<Kept | null> {
  return within(KEYS, "readonly", async (store) => (await settled<Kept | undefined>(store.get(ONLY))) ?? null);
}

async function write(change: (store: IDBObjectStore) => IDBRequest): Promise<void> {
  await within(KEYS, "readwrite", (store) => settled(change(store)));
}
