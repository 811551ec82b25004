import { encodeFunctionData } from "viem";
import { get, post } from "../api/http";
import type { Account } from "../api/queries";
import type { Hex } from "../protocol/bytes";
import type { Domain } from "../protocol/messages";
import { goodUntil } from "../wallet/deadline";
import { type Wallet, WalletError } from "../wallet/wallet";

const DEPOSIT = [
  {
    type: "function",
    name: "deposit",
    stateMutability: "payable",
    inputs: [{ name: "account", type: "address" }],
    outputs: [],
  },
];

/** Has the wallet send ether to its own account in the contract; the amount in gwei. */
export async function deposit(wallet: Wallet, domain: Domain, amount: number): Promise<void> {
  if (!wallet.send) throw new WalletError("This key has no ether of its own: have somebody deposit to your address.");
  const data = deposition(wallet.address);
  await wallet.send(domain.chainId, { to: domain.contract, data, value: BigInt(amount) * 1_000_000_000n });
}

/** The call of the contract that credits an account with the ether sent along. */
export function deposition(account: Hex): Hex {
  return encodeFunctionData({ abi: DEPOSIT, functionName: "deposit", args: [account] });
}

const NAMES = { stake: "Stake", unstake: "Unstake", withdraw: "Withdraw" } as const;

/** Signs a stake, unstake or withdrawal of gwei and hands it in. */
export async function move(wallet: Wallet, domain: Domain, kind: keyof typeof NAMES, amount: number): Promise<void> {
  const { nonce } = await get<Account>(`/accounts/${wallet.address}`);
  const deadline = goodUntil();
  const value = { account: wallet.address, amount: BigInt(amount), nonce: BigInt(nonce), deadline: BigInt(deadline) };
  const signature = await wallet.sign(domain, { name: NAMES[kind], value });
  await post("/movements", { kind, account: wallet.address, amount, nonce, deadline, signature });
}

/** Signs a standing order to be paid out whenever a batch is finalized, or ends it. */
export async function orderPayout(wallet: Wallet, domain: Domain, payout: boolean): Promise<void> {
  const { nonce } = await get<Account>(`/accounts/${wallet.address}`);
  const deadline = goodUntil();
  const value = { account: wallet.address, payout, nonce: BigInt(nonce), deadline: BigInt(deadline) };
  const signature = await wallet.sign(domain, { name: "Payout", value });
  await post("/payouts", { account: wallet.address, payout, nonce, deadline, signature });
}
