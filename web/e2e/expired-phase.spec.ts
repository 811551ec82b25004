import { expect, test } from "@playwright/test";
import { signIn, sitDown } from "./people";
import { install } from "./provider";
import { contribute, freshPictures, openDataset, seatsOf, stakeReviewers } from "./scene";
import { api, pass, until } from "./stage";

// Half of it is what the reviewers may take until they have committed. Not more: the chain is ahead of the clock by as much
// afterwards, and what a page signs is good for an hour.
const WINDOW_SECONDS = 600;

test("a vote that ran out while the reviewer looked says what it cost, and leaves no dead button", async ({
  browser,
}) => {
  await stakeReviewers();
  const rules = { commitWindow: WINDOW_SECONDS, revealWindow: WINDOW_SECONDS };
  const dataset = await openDataset("Soon over", rules);
  const batch = await contribute(dataset, freshPictures(8));
  const seats = await seatsOf(batch);
  const late = await sitDown(await browser.newContext(), seats[0]);
  await late.getByRole("button", { name: "Accept the rest" }).click();
  const punctual = await sitDown(await browser.newContext(), seats[1]);
  await punctual.getByRole("button", { name: "Accept the rest" }).click();
  await punctual.getByRole("checkbox", { name: "Open them for me when voting ends" }).uncheck();
  await punctual.getByRole("button", { name: "Commit 8 verdicts" }).click();
  await expect(punctual.getByRole("heading", { name: /Committed/ })).toBeVisible();

  // The draw goes to the chain when half of the window is over and some have not committed.
  await pass(WINDOW_SECONDS / 2);
  await until(async () => (await api<{ phase: string }>(`/batches/${batch}`)).phase === "Voting");
  const visitor = await (await browser.newContext()).newPage();
  await visitor.goto(`/batches/${batch}`);
  await expect(visitor.getByRole("heading", { name: "Who decides" })).toBeVisible();
  await pass(WINDOW_SECONDS);
  await expect(late.getByText("you earn no fee for this round, and lose nothing else")).toBeVisible();
  await expect(late.getByRole("main").getByRole("button")).toHaveCount(0);

  // Whoever committed and does not open loses a part of the stake, and is told how much.
  await expect(punctual.getByRole("button", { name: "Open my verdicts" })).toBeVisible();
  await pass(WINDOW_SECONDS + 1);
  await expect(punctual.getByText("your verdicts were not opened in time")).toBeVisible();
  await expect(punctual.getByRole("main").getByRole("button")).toHaveCount(0);
});

test("a place in a panel that does not exist is told as such", async ({ context, page }) => {
  await install(context, "Test wallet");
  await signIn(page);
  await page.goto(`/review/0x${"ab".repeat(32)}/0`);
  await expect(page.getByRole("heading", { name: "This round is over" })).toBeVisible();
});
