import { expect, type Page } from "@playwright/test";
import { privateKeyToAddress } from "viem/accounts";
import { addressOf, sitDown } from "./people";
import { publishedDataset, type Released } from "./releasing";
import { freeSeat, type SeatOfTest, stakeReviewers } from "./scene";

/** What the addresses of a tour name: a seat with its batch and dataset, and a release. */
export interface Tour {
  readonly seat: SeatOfTest;
  readonly released: Released;
}

/** A page to look at: its name and its address. */
export interface Stop {
  readonly name: string;
  readonly address: (tour: Tour) => string;
}

/** Every page of the client; a new page is a line more. */
export const STOPS: readonly Stop[] = [
  { name: "home", address: () => "/" },
  { name: "datasets", address: () => "/datasets" },
  { name: "dataset", address: ({ seat }) => `/datasets/${seat.review.dataset_id}` },
  { name: "create", address: () => "/datasets/new" },
  { name: "contribute", address: ({ seat }) => `/datasets/${seat.review.dataset_id}/contribute` },
  { name: "release", address: ({ released }) => releaseAddress(released) },
  { name: "batch", address: ({ seat }) => `/batches/${seat.review.batch_id}` },
  { name: "panels", address: () => "/review" },
  { name: "review", address: ({ seat }) => addressOf(seat) },
  { name: "reviewer", address: ({ seat }) => `/reviewers/${privateKeyToAddress(seat.key)}` },
  { name: "account", address: () => "/account" },
  { name: "activity", address: () => "/activity" },
  { name: "not-found", address: () => "/nowhere" },
];

/** Goes to a page and waits until nothing on it is loading any more. */
export async function visit(page: Page, stop: Stop, tour: Tour): Promise<void> {
  await page.goto(stop.address(tour));
  await page.getByRole("heading", { level: 1 }).waitFor();
  await expect(page.getByText("Loading…")).toHaveCount(0);
}

/** The page of a release. */
export function releaseAddress({ dataset, version }: Released): string {
  return `/datasets/${dataset}/releases/${version}`;
}

/** A tour's guide: the page of a reviewer who has a seat. */
export async function guide(context: Parameters<typeof sitDown>[0]): Promise<{ page: Page; tour: Tour }> {
  await stakeReviewers();
  const released = await publishedDataset();
  const seat = await freeSeat();
  return { page: await sitDown(context, seat), tour: { seat, released } };
}
