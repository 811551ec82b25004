import type { BrowserContext } from "@playwright/test";
import { createWalletClient, type Hex, hexToString, http } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { place, rpc } from "./stage";

/** A wallet outside the page, as an extension is: it signs with a real key, and sends to the real chain. */
export interface TestWallet {
  /** The account that it gives to pages, unless it is locked. */
  readonly address: Hex;
  /** Goes to another account, and tells every page of it. */
  change(key: Hex): Promise<void>;
  /** Gives no account any more, and tells every page of it. */
  lock(): Promise<void>;
  /** What the owner answers to the next request for a signature. */
  refuseNext: boolean;
  chainId: number;
}

const CHAIN_ID = 31_337;
const ETHER = 10n ** 18n;
// What a wallet passes on to its node without asking anybody.
const READS = new Set(["eth_call", "eth_getBlockByNumber", "eth_getCode", "eth_getLogs"]);

/** Puts a wallet with ether into a browser context; it announces itself by EIP-6963. */
export async function install(
  context: BrowserContext,
  name: string,
  key: Hex = generatePrivateKey(),
): Promise<TestWallet> {
  let account = await funded(key);
  let locked = false;
  const given = () => (locked ? [] : [account.address]);
  const tell = (accounts: readonly string[]) =>
    window.dispatchEvent(new CustomEvent("test-wallet:accountsChanged", { detail: accounts }));
  const tellPages = () => Promise.all(context.pages().map((page) => page.evaluate(tell, given())));
  const wallet = {
    address: account.address,
    refuseNext: false,
    chainId: CHAIN_ID,
    async change(to: Hex) {
      account = await funded(to);
      wallet.address = account.address;
      await tellPages();
    },
    async lock() {
      locked = true;
      await tellPages();
    },
  };
  const answer = async (method: string, params: unknown[]): Promise<unknown> => {
    if (method === "eth_accounts" || method === "eth_requestAccounts") return given();
    if (method === "eth_chainId") return `0x${wallet.chainId.toString(16)}`;
    if (locked) throw new Error("The test wallet is locked.");
    if (wallet.refuseNext) {
      wallet.refuseNext = false;
      return { refused: true };
    }
    if (method === "wallet_switchEthereumChain") {
      wallet.chainId = Number((params[0] as { chainId: Hex }).chainId);
      return null;
    }
    if (method === "personal_sign") return account.signMessage({ message: hexToString(params[0] as Hex) });
    if (method === "eth_signTypedData_v4") {
      const typed = JSON.parse(params[1] as string);
      const { EIP712Domain: _, ...types } = typed.types;
      return account.signTypedData({ ...typed, types });
    }
    if (method === "eth_sendTransaction") {
      const { to, data, value } = params[0] as { to: Hex; data: Hex; value: Hex };
      const client = createWalletClient({ account, transport: http(place.node) });
      return client.sendTransaction({ to, data, value: BigInt(value), chain: null });
    }
    if (READS.has(method)) return rpc(method, ...params);
    throw new Error(`The test wallet does not know ${method}.`);
  };
  await context.exposeFunction("answerWallet", answer);
  await context.addInitScript((title: string) => {
    const heardBy = new Map<(value: unknown) => void, (told: Event) => void>();
    const provider = {
      async request({ method, params = [] }: { method: string; params?: unknown[] }) {
        const ask = (window as unknown as { answerWallet: (method: string, params: unknown[]) => Promise<unknown> })
          .answerWallet;
        const result = (await ask(method, params)) as { refused?: boolean } | null;
        if (result?.refused) throw Object.assign(new Error("User rejected the request."), { code: 4001 });
        return result;
      },
      // https://eips.ethereum.org/EIPS/eip-1193#events
      on(event: string, listener: (value: unknown) => void) {
        const heard = (told: Event) => listener((told as CustomEvent).detail);
        heardBy.set(listener, heard);
        window.addEventListener(`test-wallet:${event}`, heard);
      },
      removeListener(event: string, listener: (value: unknown) => void) {
        const heard = heardBy.get(listener);
        if (heard) window.removeEventListener(`test-wallet:${event}`, heard);
      },
    };
    const info = {
      uuid: crypto.randomUUID(),
      name: title,
      icon: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>",
      rdns: "test.sebrus.wallet",
    };
    const announce = () =>
      window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));
    window.addEventListener("eip6963:requestProvider", announce);
    announce();
  }, name);
  return wallet;
}

/** The account of a key, which has ether. */
async function funded(key: Hex) {
  const account = privateKeyToAccount(key);
  await rpc("anvil_setBalance", account.address, `0x${(100n * ETHER).toString(16)}`);
  return account;
}
