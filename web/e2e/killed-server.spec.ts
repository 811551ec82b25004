import { expect, test } from "@playwright/test";
import { labelled } from "./people";
import { freshPictures, openDataset } from "./scene";
import { OwnServer } from "./server";
import { CHAIN_PORT, NODE, PORT, place, SERVER } from "./stage";

const own = new OwnServer(PORT + 1, CHAIN_PORT + 1);

test.beforeAll(async () => {
  await own.start();
  Object.assign(place, { server: own.url, node: own.node });
});

test.afterAll(async () => {
  Object.assign(place, { server: SERVER, node: NODE });
  await own.stop("SIGTERM");
});

test("an upload survives a server that is killed in its middle, and goes on when it is back", async ({ page }) => {
  const dataset = await openDataset("Killed while uploading");
  await own.saved();
  await page.goto(`${own.url}/datasets/${dataset}/contribute`);
  await page.getByLabel("Choose images").setInputFiles(labelled(freshPictures(160)));
  let requests = 0;
  await page.route(/\/api\/v1\/images\?/, async (route) => {
    requests += 1;
    if (requests === 2) await own.stop("SIGKILL");
    await route.continue();
  });
  await page.getByRole("button", { name: "Upload 160 pictures" }).click();
  await expect(page.getByText("The server does not answer.")).toBeVisible();
  await expect(page.getByText("160 / 160")).toBeHidden();
  await own.start();
  await expect(page.getByText("160 / 160")).toBeVisible();
  await expect(page.getByText("The server does not answer.")).toBeHidden();
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "With a key in this browser" }).click();
  await page.getByRole("button", { name: "Sign and hand in a batch of 160" }).click();
  await expect(page.getByRole("heading", { name: "Batch" })).toBeVisible();
  await expect(page.getByText("Handed in").first()).toBeVisible();
});
