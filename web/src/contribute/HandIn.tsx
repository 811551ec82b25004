import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { follow } from "../activity/activity";
import { accountQuery, chainQuery, type Dataset, domainOf, LIVELY_MS } from "../api/queries";
import { ether } from "../money/amounts";
import type { Policy } from "../protocol/identity";
import type { LabelledDigest } from "../protocol/merkle";
import type { Domain } from "../protocol/messages";
import { say } from "../strings";
import { oneTab } from "../tabs";
import { Action } from "../ui/basics";
import { useWallet } from "../wallet/store";
import type { Wallet } from "../wallet/wallet";
import { keptBatch, type Step } from "./kept";
import { handIn } from "./signing";
import type { Picture } from "./upload";

/** A batch in the making, of a dataset. */
export interface MakingProps {
  readonly dataset: Dataset;
  readonly pictures: readonly Picture[];
  readonly change: (step: Step) => Promise<void>;
}

/** The signature under what is uploaded: what it stakes, what it can earn. */
export function HandIn({ dataset, pictures, change }: MakingProps) {
  const { wallet } = useWallet();
  const chain = useQuery(chainQuery);
  const account = useQuery({ ...accountQuery(wallet?.address ?? ""), refetchInterval: 2 * LIVELY_MS });
  const policy = dataset.policy as Policy;
  const items = pictures.flatMap(({ sha256, label, state }) =>
    state === "taken" && label !== null ? [{ sha256, label }] : [],
  );
  const batch = items.slice(0, policy.maxItems);
  if (!wallet || !chain.data || batch.length === 0) return null;
  const stake = batch.length * policy.itemStake;
  return (
    <div className="stack">
      <p>{say.contribute.price(ether(stake), ether(batch.length * policy.itemReward))}</p>
      {account.data && account.data.free < stake && (
        <p className="note warn">
          {say.contribute.short(ether(account.data.free))} <code>{wallet.address}</code>
        </p>
      )}
      <SignButton wallet={wallet} domain={domainOf(chain.data)} dataset={dataset} batch={batch} change={change} />
    </div>
  );
}

interface SignButtonProps {
  readonly wallet: Wallet;
  readonly domain: Domain;
  readonly dataset: Dataset;
  readonly batch: readonly LabelledDigest[];
  readonly change: MakingProps["change"];
}

function SignButton({ wallet, domain, dataset, batch, change }: SignButtonProps) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const signing = async () => {
    const before = await keptBatch(dataset.id).catch(() => null);
    const ids = new Set(batch.map(({ sha256 }) => sha256));
    // Another tab was quicker: this one shows what became of it.
    if (before?.handedIn && !before.pictures.some(({ id }) => ids.has(id))) return before.handedIn;
    const id = await follow(say.contribute.sign(batch.length), undefined, () =>
      handIn(wallet, domain, dataset.id, batch),
    );
    await change(({ pictures: now }) => ({ pictures: now.filter((one) => !ids.has(one.id)), handedIn: id }));
    return id;
  };
  const sign = async () => {
    const id = await oneTab(`hand in ${dataset.id}`, signing);
    await queries.invalidateQueries({ queryKey: ["dataset", dataset.id] });
    await navigate({ to: "/batches/$batchId", params: { batchId: id } });
  };
  return <Action act={sign}>{say.contribute.sign(batch.length)}</Action>;
}
