import type { Hex } from "../protocol/bytes";
import type { Domain, Message } from "../protocol/messages";

/** A transaction of one's own, as `eth_sendTransaction` takes it. */
export interface OwnTransaction {
  readonly to: Hex;
  readonly data: Hex;
  readonly value: bigint;
}

/** Somebody who can sign: a key kept in this browser, or a wallet that the browser has as an extension. */
export interface Wallet {
  readonly kind: "browser" | "extension";
  readonly name: string;
  readonly icon?: string | undefined;
  readonly address: Hex;
  /** Signs an EIP-712 message for the contract. */
  sign(domain: Domain, message: Message): Promise<Hex>;
  /** Signs a text (EIP-191, `personal_sign`); the same text gives the same signature. */
  signText(text: string): Promise<Hex>;
  /** Sends a transaction that the account pays for; absent where the wallet has no ether to pay with. */
  send?(chainId: number, transaction: OwnTransaction): Promise<Hex>;
}

/** The person said no in the wallet. */
export class SignatureRefused extends Error {
  constructor() {
    super("You declined in your wallet, so nothing was sent. Press the button again when you want to sign.");
    this.name = "SignatureRefused";
  }
}

/** The wallet is on another chain, or cannot do what is asked. */
export class WalletError extends Error {
  override name = "WalletError";
}
