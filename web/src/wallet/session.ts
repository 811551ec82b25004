import { get, post, Refused, type Schemas } from "../api/http";
import { sameAccount } from "./store";
import type { Wallet } from "./wallet";

type Session = Schemas["SessionOut"];

/** Signs the wallet's account in at this server, unless it is; the browser keeps the session's cookie. */
export async function signIn(wallet: Wallet): Promise<void> {
  const current = await currentSession();
  if (current && sameAccount(current.account, wallet.address)) return;
  const { nonce, chain_id } = await post<Schemas["NonceOut"]>("/nonces", {});
  const message = signInText(location, wallet.address, chain_id, nonce, new Date());
  await post<Session>("/sessions", { message, signature: await wallet.signText(message) });
}

async function currentSession(): Promise<Session | null> {
  try {
    return await get<Session>("/sessions/current");
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return null;
    throw error;
  }
}

/** The text that a sign-in signs. https://eips.ethereum.org/EIPS/eip-4361 */
export function signInText(
  place: Pick<Location, "host" | "origin">,
  address: string,
  chainId: number,
  nonce: string,
  now: Date,
): string {
  return [
    `${place.host} wants you to sign in with your Ethereum account:`,
    address,
    "",
    "Sign in to SeBRUS.",
    "",
    `URI: ${place.origin}`,
    "Version: 1",
    `Chain ID: ${chainId}`,
    `Nonce: ${nonce}`,
    `Issued At: ${now.toISOString()}`,
  ].join("\n");
}
