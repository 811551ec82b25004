import { get, post } from "../api/http";
import type { Account } from "../api/queries";
import type { Domain } from "../protocol/messages";
import { goodUntil } from "../wallet/deadline";
import type { Wallet } from "../wallet/wallet";

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
