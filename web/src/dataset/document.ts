import type { Dataset } from "../api/queries";
import { ether } from "../money/amounts";
import type { Policy } from "../protocol/identity";
import { duration } from "../ui/basics";

/** A dataset's name, or its id where its metadata is not on this server. */
export function nameOf(dataset: Dataset): string {
  const name = dataset.document?.name;
  return typeof name === "string" ? name : `${dataset.id.slice(0, 10)}…`;
}

/** The names of a dataset's classes; numbers where its metadata is not on this server. */
export function classesOf(dataset: Dataset): string[] {
  const classes = dataset.document?.classes;
  if (Array.isArray(classes)) return classes.map(String);
  return Array.from({ length: dataset.class_count }, (_, label) => String(label));
}

/** The rules of a dataset as a contributor or reviewer meets them, in plain words. */
export function rulesInWords(dataset: Dataset): string[] {
  const policy = dataset.policy as Policy;
  const share = (bps: number) => `${bps / 100} %`;
  const panels = [policy.panelSize, policy.escalatedSize, policy.finalSize].filter((size) => size > 0);
  return [
    `Each image stakes ${ether(policy.itemStake)} and earns ${ether(policy.itemReward)} when it is accepted.`,
    `An image that the reviewers reject loses ${share(policy.rejectedSlashBps)} of its stake; one that only the detector flags loses its reward.`,
    `A batch holds up to ${policy.maxItems} images. ${panels[0]} reviewers drawn by lot judge it; what is in doubt goes to ${panels.slice(1).join(" and then ") || "nobody further"}.`,
    `A reviewer earns up to ${ether(policy.reviewFee)} for each image, by how well good and bad ones are told apart; verdicts that do not depend on the pictures earn nothing.`,
    `By committing a reviewer puts ${ether(policy.seatStake)} at stake: ${share(policy.silentSlashBps)} of it is lost by not opening, and up to all of it by judging upside down.`,
    `Reviewers have ${duration(policy.commitWindow)} to commit and ${duration(policy.revealWindow)} to open. A decision is held for ${duration(policy.holdWindow)}, in which anyone may appeal with a bond; then everybody is paid.`,
  ];
}
