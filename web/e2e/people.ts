import { type BrowserContext, expect, type Page, type Request } from "@playwright/test";
import { CLASSES, type TestPicture } from "./pictures";
import { install } from "./provider";
import type { SeatOfTest } from "./scene";

/** Signs in with the wallet that the context has. */
export async function signIn(page: Page): Promise<void> {
  await page.goto("/account");
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: /Test wallet/ }).click();
  await expect(page.getByText("Staked for reviewing")).toBeVisible();
  // The session comes a moment after the account: whoever leaves before it is signed in nowhere.
  await expect(page.getByText("Here", { exact: true })).toBeVisible();
}

/** Comes as the reviewer of a seat, signed in, and looks at the pictures to judge. */
export async function sitDown(context: BrowserContext, seat: SeatOfTest | undefined): Promise<Page> {
  if (!seat) throw new Error("Nobody was drawn.");
  await install(context, "Test wallet", seat.key);
  const page = await context.newPage();
  await signIn(page);
  await page.goto(addressOf(seat));
  await expect(page.getByRole("listbox")).toBeVisible();
  return page;
}

/** What the page of a seat says after its commitment: where all left their openings sealed the round is counted at once. */
export const COMMITTED = /Committed|This round is over/;

/** Goes on to what was signed here, without leaving the client: what is on its way goes on, and the chain may show it first. */
export async function toActivity(page: Page): Promise<void> {
  await page.getByRole("navigation").getByRole("link", { name: "Activity" }).click();
}

/** The page of a seat. */
export function addressOf({ review }: SeatOfTest): string {
  return `/review/${review.batch_id}/${review.round}`;
}

/** What the page says of the verdicts so far. */
export function verdictsSaid(page: Page, accepted: number, rejected: number, open: number) {
  return page.getByText(`${accepted} accepted · ${rejected} rejected · ${open} open`);
}

/** Counts the requests of a kind that a page or context makes: POST, to an address that ends so. */
export function counting(of: Page | BrowserContext, end: string): Request[] {
  const seen: Request[] = [];
  of.on("request", (request) => {
    if (request.method() === "POST" && new URL(request.url()).pathname.endsWith(end)) seen.push(request);
  });
  return seen;
}

/** A table with labels, as a file of a file field. */
export function csvOf(list: readonly TestPicture[], labelOf: (one: TestPicture) => number) {
  const lines = list.map((one) => `${one.name},${CLASSES[labelOf(one)]}`);
  return { name: "labels.csv", mimeType: "text/csv", buffer: Buffer.from(["file_name,label", ...lines].join("\n")) };
}

/** Pictures as files of a file field. */
export function files(list: readonly TestPicture[]) {
  return list.map(({ name, data }) => ({ name, mimeType: "image/png", buffer: data }));
}

/** Pictures and the table that labels them by what they show. */
export function labelled(list: readonly TestPicture[]) {
  return [csvOf(list, (one) => one.shows), ...files(list)];
}
