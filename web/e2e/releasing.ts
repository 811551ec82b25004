import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { Schemas } from "../src/api/http";
import type { Draft } from "../src/api/queries";
import { publication } from "../src/release/publishing";
import { signInText } from "../src/wallet/session";
import { contribute, freshPictures, openDataset, send, somebody } from "./scene";
import { api, handIn, place, until } from "./stage";
import { settle } from "./voting";

/** A release that the chain knows. */
export interface Released {
  readonly dataset: string;
  readonly version: number;
}

const PICTURES = 24;

/** A dataset of a few pictures with its first release, published by its owner. */
export async function publishedDataset(): Promise<Released> {
  const owner = await somebody();
  const dataset = await openDataset("Released pictures", {}, {}, owner);
  const list = freshPictures(PICTURES);
  await settle(await contribute(dataset, list), list);
  return publish(dataset, owner);
}

/** Has the server build a dataset's next release, and publishes it as its owner. */
export async function publish(dataset: string, owner: Hex): Promise<Released> {
  const cookie = await sessionOf(owner);
  const path = `${place.server}/api/v1/datasets/${dataset}/releases/draft`;
  const headers = { cookie, origin: place.server };
  await fetch(path, { method: "POST", headers });
  const draft = await until(async () => {
    const now = (await (await fetch(path, { headers })).json()) as Draft;
    if (now.state === "failed") throw new Error(now.reason ?? "The release was not built.");
    return now.state === "built" && now;
  });
  const { contract } = await api<Schemas["ChainOut"]>("/chain");
  await send(owner, contract as Hex, publication(dataset, draft), 0n);
  const { version } = draft;
  await until(async () => (await api<{ version?: number }>(`/datasets/${dataset}/releases/${version}`)).version);
  return { dataset, version };
}

/** Signs in without a page; the cookie of the session. */
async function sessionOf(key: Hex): Promise<string> {
  const account = privateKeyToAccount(key);
  const { nonce, chain_id } = await handIn<Schemas["NonceOut"]>("/nonces", {});
  const here = { origin: place.server, host: new URL(place.server).host };
  const message = signInText(account.address, chain_id, nonce, here, new Date());
  const signature = await account.signMessage({ message });
  const answer = await fetch(`${place.server}/api/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: place.server },
    body: JSON.stringify({ message, signature }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
}
