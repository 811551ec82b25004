import { expect, type Page, test } from "@playwright/test";
import { COMMITTED, counting, labelled, sitDown, toActivity, verdictsSaid } from "./people";
import { freeSeat, freshPictures, PICTURES_OF_A_SEAT, sharedDataset } from "./scene";

const UPLOADS = /\/api\/v1\/images\?/;
const AWAY = "The server does not answer.";

async function choose(page: Page, count: number): Promise<void> {
  await page.goto(`/datasets/${await sharedDataset()}/contribute`);
  await page.getByLabel("Choose images").setInputFiles(labelled(freshPictures(count)));
}

test("an upload goes on by itself when the browser is online again", async ({ context, page }) => {
  await choose(page, 120);
  let requests = 0;
  await page.route(UPLOADS, async (route) => {
    requests += 1;
    if (requests === 2) await context.setOffline(true);
    await route.continue();
  });
  await page.getByRole("button", { name: "Upload 120 pictures" }).click();
  await expect(page.getByText(AWAY)).toBeVisible();
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
  await expect(page.getByText("120 / 120")).toBeHidden();
  await context.setOffline(false);
  await expect(page.getByText("120 / 120")).toBeVisible();
  await expect(page.getByText(AWAY)).toBeHidden();
});

test("what arrived before the connection broke is not sent again", async ({ page }) => {
  await choose(page, 60);
  let lost = 0;
  await page.route(UPLOADS, async (route) => {
    if (lost++ > 0) return route.continue();
    await route.fetch();
    await route.abort("connectionreset");
  });
  const sent = counting(page, "/images");
  await page.getByRole("button", { name: "Upload 60 pictures" }).click();
  await expect(page.getByText("60 / 60")).toBeVisible();
  // Fifty, whose answer was lost, and ten: nothing a third time.
  expect(sent).toHaveLength(2);
});

test("an upload can be paused while the server is away, and is resumed by hand", async ({ page }) => {
  await choose(page, 20);
  await page.route(UPLOADS, (route) => route.abort("connectionrefused"));
  await page.getByRole("button", { name: "Upload 20 pictures" }).click();
  await expect(page.getByText(AWAY)).toBeVisible();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.unroute(UPLOADS);
  await page.getByRole("button", { name: "Upload 20 pictures" }).click();
  await expect(page.getByText("20 / 20")).toBeVisible();
});

test("verdicts go on without a connection, and the commitment follows by itself", async ({ context }) => {
  const page = await sitDown(context, await freeSeat());
  await page.getByRole("listbox").focus();
  await page.keyboard.press("r");
  await context.setOffline(true);
  await page.keyboard.press("Control+a");
  await page.keyboard.press("a");
  await expect(verdictsSaid(page, PICTURES_OF_A_SEAT, 0, 0)).toBeVisible();
  const commit = page.getByRole("button", { name: `Commit ${PICTURES_OF_A_SEAT} verdicts` });
  await commit.click();
  await expect(page.getByText(AWAY)).toBeVisible();
  await expect(commit).toBeDisabled();
  await context.setOffline(false);
  await expect(page.getByRole("heading", { name: COMMITTED })).toBeVisible();
});

test("a commitment whose answer was lost is sent again, and counts once", async ({ context }) => {
  const page = await sitDown(context, await freeSeat());
  let tries = 0;
  await page.route("**/api/v1/ballots", async (route) => {
    if (tries++ > 1) return route.continue();
    await route.fetch();
    await route.abort("connectionreset");
  });
  await page.getByRole("button", { name: "Accept the rest" }).click();
  await page.getByRole("button", { name: `Commit ${PICTURES_OF_A_SEAT} verdicts` }).click();
  await expect(page.getByRole("heading", { name: COMMITTED })).toBeVisible();
  await toActivity(page);
  await expect(page.getByText("Handed in")).toHaveCount(1);
});
