import type { BrowserContext } from "@playwright/test";
import { createWalletClient, type Hex, hexToString, http } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { place, rpc } from "./stage";

/** A wallet outside the page, as an extension is: it signs with a real key, and sends to the real chain. */
export interface TestWallet {
  readonly address: Hex;
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
  const account = privateKeyToAccount(key);
  const wallet: TestWallet = { address: account.address, refuseNext: false, chainId: CHAIN_ID };
  await rpc("anvil_setBalance", account.address, `0x${(100n * ETHER).toString(16)}`);
  const client = createWalletClient({ account, transport: http(place.node) });
  const answer = async (method: string, params: unknown[]): Promise<unknown> => {
    if (method === "eth_accounts" || method === "eth_requestAccounts") return [account.address];
    if (method === "eth_chainId") return `0x${wallet.chainId.toString(16)}`;
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
      return client.sendTransaction({ to, data, value: BigInt(value), chain: null });
    }
    if (READS.has(method)) return rpc(method, ...params);
    throw new Error(`The test wallet does not know ${method}.`);
  };
  await context.exposeFunction("answerWallet", answer);
  await context.addInitScript((title: string) => {
    const provider = {
      async request({ method, params = [] }: { method: string; params?: unknown[] }) {
        const ask = (window as unknown as { answerWallet: (method: string, params: unknown[]) => Promise<unknown> })
          .answerWallet;
        const result = (await ask(method, params)) as { refused?: boolean } | null;
        if (result?.refused) throw Object.assign(new Error("User rejected the request."), { code: 4001 });
        return result;
      },
      on() {},
      removeListener() {},
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
