import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { type BrowserContext, expect, type Locator, type Page, test } from "@playwright/test";
import { unzipSync } from "fflate";
import { csvOf, files, signIn } from "./people";
import { CLASSES, pictures, type TestPicture } from "./pictures";
import { install } from "./provider";
import { api, mine, NODE, REVIEWER_KEYS, until } from "./stage";

const EPOCH_ROOM = 600;

const seed = pictures(60, 1);
const honest = pictures(200, 2);
const poison = pictures(40, 3);
const known = new Map<string, TestPicture>([...seed, ...honest, ...poison].map((one) => [one.sha256, one]));

test.describe.configure({ mode: "serial" });

let datasetId = "";
let contributor: Page;
let owner: Page;
const reviewers: { page: Page; address: string }[] = [];

test("an owner opens a dataset with a wallet, in one transaction", async ({ browser }) => {
  const context = await browser.newContext();
  await install(context, "Test wallet");
  const page = await context.newPage();
  await signIn(page);
  await page.goto("/datasets/new");
  await page.getByLabel("Name", { exact: true }).fill("Dark and bright");
  await page.getByLabel(/^Classes/).fill(CLASSES.join(", "));
  await page.getByLabel(/^Stake for an image/).fill("0");
  // All five judge one after the other, however long that takes: nothing waits for the end of this but somebody absent.
  await page.getByLabel(/^Time to vote/).fill("0.1");
  await page.getByLabel(/^Time to open/).fill("0.05");
  await page.getByLabel(/^Time to appeal/).fill("0.003");
  await page.getByLabel("Choose images").setInputFiles([csvOf(seed, (one) => one.shows), ...files(seed)]);
  await expect(page.getByText(`${seed.length} of ${seed.length} images were taken in.`)).toBeVisible();
  await page.getByLabel(/^First bounty/).fill("5");
  await page.getByRole("button", { name: "Create the dataset" }).click();
  await expect(page.getByRole("heading", { name: "Dark and bright" })).toBeVisible();
  datasetId = page.url().match(/0x[0-9a-f]{64}/)?.[0] ?? "";
  expect(datasetId).not.toBe("");
  owner = page;
});

test("reviewers deposit and stake", async ({ browser }) => {
  for (const key of REVIEWER_KEYS) {
    const context: BrowserContext = await browser.newContext();
    const { address } = await install(context, "Test wallet", key);
    const page = await context.newPage();
    await signIn(page);
    const amount = page.getByLabel("Amount in ETH");
    await amount.fill("1");
    await page.getByRole("button", { name: "Deposit" }).click();
    await expect(page.locator("dl").getByText("1 ETH", { exact: true })).toBeVisible();
    // The chain may show the deposit before the page is through with it and clears the field.
    await expect(amount).toHaveValue("");
    await amount.fill("0.5");
    await page.getByRole("button", { name: "Stake", exact: true }).click();
    await expect(page.locator("dl").getByText("0.5 ETH", { exact: true })).toHaveCount(2);
    reviewers.push({ page, address });
  }
  await mine(EPOCH_ROOM);
});

test("a newcomer contributes 200 images with the browser's own wallet, without ether", async ({ browser }) => {
  const context = await browser.newContext();
  contributor = await context.newPage();
  await contributor.goto(`/datasets/${datasetId}`);
  await contributor.getByRole("link", { name: "Contribute images" }).click();
  await contributor.getByLabel("Choose images").setInputFiles([csvOf(honest, (one) => one.shows), ...files(honest)]);
  await contributor.getByRole("button", { name: "Upload 200 pictures" }).click();
  await expect(contributor.getByText("200 / 200")).toBeVisible();
  await contributor.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await contributor.getByRole("button", { name: "With a key in this browser" }).click();
  await contributor.getByRole("button", { name: "Sign and hand in a batch of 200" }).click();
  await expect(contributor.getByRole("heading", { name: "Batch" })).toBeVisible();
});

test("somebody who declines in the wallet is told so and loses nothing", async ({ browser }) => {
  const context = await browser.newContext();
  const wallet = await install(context, "Test wallet");
  const page = await context.newPage();
  await signIn(page);
  await page.goto(`/datasets/${datasetId}/contribute`);
  const few = poison.slice(0, 20);
  await page.getByLabel("Choose images").setInputFiles([csvOf(few, (one) => 1 - one.shows), ...files(few)]);
  await page.getByRole("button", { name: "Upload 20 pictures" }).click();
  await expect(page.getByText("20 / 20")).toBeVisible();
  wallet.refuseNext = true;
  await page.getByRole("button", { name: "Sign and hand in a batch of 20" }).click();
  await expect(page.getByText("You declined in your wallet")).toBeVisible();
  await page.getByRole("button", { name: "Sign and hand in a batch of 20" }).click();
  await expect(page.getByRole("heading", { name: "Batch" })).toBeVisible();
  await context.close();
});

/** Judges one seat from the keyboard by what the pictures really show, and commits; some leave the opening to the server. */
async function judge(page: Page, leave: boolean): Promise<void> {
  const vote = await linkOf(page, "Vote now");
  if (!vote) return;
  const task = page.waitForResponse((response) => response.url().includes("/task"));
  await vote.click();
  const { pictures: shown } = (await (await task).json()) as { pictures: { sha256: string; label: number }[] };
  const grid = page.getByRole("listbox");
  await grid.focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("a");
  await page.keyboard.press("ArrowRight"); // a step leaves one selected, or the next key would be for all of them
  for (const [place, picture] of shown.entries()) {
    if (known.get(picture.sha256)?.shows === picture.label) continue;
    await select(page, place);
    await page.keyboard.press("r");
  }
  await page.getByRole("checkbox", { name: "Open them for me when voting ends" }).setChecked(leave);
  await page.getByRole("button", { name: `Commit ${shown.length} verdicts` }).click();
  await expect(page.getByRole("heading", { name: /Committed|Open|This round is over/ })).toBeVisible();
}

/** Moves the keyboard's place to a picture, the way a person would: by arrows. */
async function select(page: Page, place: number): Promise<void> {
  const grid = page.getByRole("listbox");
  const at = async () => Number((await grid.getAttribute("aria-activedescendant"))?.match(/\d+$/)?.[0]);
  for (let here = await at(); here !== place; here = await at()) {
    const key = here < place ? "ArrowRight" : "ArrowLeft";
    for (let step = Math.abs(place - here); step > 0; step--) await page.keyboard.press(key);
  }
}

test("the panels judge from the keyboard, blind, and all but one close the page, until both batches are settled", async () => {
  test.setTimeout(1_800_000);
  const settled = async () => {
    const { results } = await api<{ results: { phase: string }[] }>(`/batches?dataset_id=${datasetId}`);
    return results.length === 2 && results.every((batch) => batch.phase === "Settled" || batch.phase === "Voided");
  };
  await until(async () => {
    for (const [number, { page, address }] of reviewers.entries()) {
      const leave = number > 0;
      const seats = await api<{ state: string }[]>(`/reviews/${address}`);
      if (seats.some(({ state }) => state === "commit")) {
        await judge(page, leave);
        if (leave) await page.goto("about:blank");
      } else if (!leave && seats.some(({ state }) => state === "reveal")) await open(page);
    }
    return settled();
  });
});

/** The link of a reviewer's first seat where something is to be done; null where that is over since it was asked. */
async function linkOf(page: Page, name: string): Promise<Locator | null> {
  await page.goto("/review");
  const panels = page.getByRole("main").getByRole("listitem");
  await expect(panels.or(page.getByText("You sit in no panel now")).first()).toBeVisible();
  const link = page.getByRole("link", { name });
  return (await link.count()) > 0 ? link.first() : null;
}

/** Opens one seat's verdicts by hand; whether it was opened from here before is known to the page alone. */
async function open(page: Page): Promise<void> {
  const link = await linkOf(page, "Open your verdicts now");
  if (!link) return;
  await link.click();
  await page.getByRole("button", { name: "Open my verdicts" }).click();
  await expect(page.getByRole("heading", { name: /Opened|This round is over/ })).toBeVisible();
}

test("whoever committed was counted, also those who never came back", async () => {
  const { results } = await api<{ results: { id: string }[] }>(`/batches?dataset_id=${datasetId}`);
  for (const { id } of results) {
    const seats = await api<{ commitment: string | null; verdicts: string[] | null }[]>(`/batches/${id}/seats`);
    expect(seats.length).toBeGreaterThan(0);
    for (const { commitment, verdicts } of seats) expect(verdicts === null).toBe(commitment === null);
  }
});

test("honest images are accepted, poison is rejected, and the reward arrives", async () => {
  await contributor.goto("/account");
  await expect(contributor.getByText("200 of 200 accepted")).toBeVisible();
  await expect(contributor.locator("dl").getByText("0.1 ETH", { exact: true }).first()).toBeVisible();
  await contributor.goto(`/datasets/${datasetId}?status=rejected`);
  await expect(contributor.getByText("200 of 220 decided images accepted")).toBeVisible();
  const images = contributor.getByRole("listbox", { name: "Images" });
  await expect(images.getByRole("option", { name: /rejected/i })).toHaveCount(20);
  await contributor.getByRole("button", { name: /^dark/ }).click();
  await expect(images.getByRole("option", { name: /dark, rejected/i })).toHaveCount(10);
  await expect(contributor).toHaveURL(/label=0/);
  await contributor.getByRole("button", { name: "Clear filters" }).click();
  await contributor
    .getByRole("button", { name: /Accepted, \d+ Rejected$/ })
    .last()
    .click();
  await expect(contributor).toHaveURL(/from=\d+&to=\d+/);
  await contributor.reload();
  await expect(images.getByRole("option").first()).toBeVisible();
  await contributor.getByRole("link", { name: /^0x/ }).first().click();
  await expect(contributor.getByText(/[\d,]+ gas/).first()).toBeVisible();
  await expect(contributor.getByRole("heading", { name: "Who decided" })).toBeVisible();
  await contributor.getByRole("table").getByRole("link", { name: /^0x/ }).first().click();
  await expect(contributor.getByRole("heading", { name: "Reviewer" })).toBeVisible();
});

test("the owner has the release built by the server and publishes it", async () => {
  await owner.goto(`/datasets/${datasetId}`);
  await owner.getByRole("button", { name: "Build the next release" }).click();
  await expect(owner.getByText("Release 1 is built and holds 200 images.")).toBeVisible();
  await owner.getByRole("button", { name: "Publish release 1" }).click();
  await expect(owner.getByRole("heading", { name: "Dark and bright, release 1" })).toBeVisible();
});

/** Has the browser verify the release that a page shows. */
async function verify(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Verify/ }).click();
  await expect(page.getByText("Everything holds: this release is what the chain says.")).toBeVisible();
  await expect(page.getByRole("list", { name: "Verify it in your browser" }).getByText("Holds:")).toHaveCount(16);
}

test("anyone verifies the release in the browser, step by step", async ({ page }) => {
  await page.goto(`/datasets/${datasetId}`);
  await page.getByRole("link", { name: /^Release 1/ }).click();
  // The bars of the classes are filled, and not only as wide as they should be.
  await expect(page.locator(".bar > span").first()).not.toHaveCSS("background-color", "rgba(0, 0, 0, 0)");
  await expect(page.getByRole("radio", { name: /this server names/ })).toBeChecked();
  await verify(page);
  await expect(page.getByText("200 images are exactly the accepted ones, with their labels.")).toBeVisible();
  await page.getByText("Show the card").click();
  await expect(page.getByText("Release 1: 200 images in 2 classes")).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
});

test("the node of a wallet tells of the chain, and so does one's own", async () => {
  await owner.reload();
  await expect(owner.getByRole("radio", { name: "The node of your wallet" })).toBeChecked();
  await verify(owner);
  await owner.getByRole("radio", { name: "A node of your own" }).check();
  await owner.getByLabel("URL of the node").fill("http://127.0.0.1:9");
  await owner.getByRole("button", { name: /^Verify/ }).click();
  await expect(owner.getByRole("alert")).toHaveText(/The node at http:\/\/127.0.0.1:9 cannot be reached/);
  await owner.getByLabel("URL of the node").fill(NODE);
  await verify(owner);
});

test("the downloaded archive, unpacked, passes sebrus verify", async ({ page }) => {
  await page.goto(`/datasets/${datasetId}/releases/1`);
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: /as one archive/ }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toBe("dark-and-bright-release-1.zip");
  const place = mkdtempSync(join(tmpdir(), "sebrus-release-"));
  for (const [name, data] of Object.entries(unzipSync(readFileSync(await download.path())))) {
    mkdirSync(dirname(join(place, name)), { recursive: true });
    writeFileSync(join(place, name), data);
  }
  const line = await page.getByRole("region", { name: "The line that verifies it" }).textContent();
  const [command, ...words] = line?.trim().split(" ") ?? [];
  expect(command).toBe("sebrus");
  const told = execFileSync(join(process.cwd(), "../.venv/bin/sebrus"), [...words, "--json"], { cwd: place });
  expect(JSON.parse(told.toString())).toMatchObject({ verified: true, broken: null });
});

test("a file that was tampered with on its way is named, and so is an image", async ({ page }) => {
  await page.goto(`/datasets/${datasetId}/releases/1`);
  const tamper = (name: string, change: (data: Buffer) => void) =>
    page.context().route(`**/files/${name}`, async (route) => {
      const response = await route.fetch();
      const data = await response.body();
      change(data);
      await route.fulfill({ response, body: data });
    });
  await tamper("README.md", (data) => data.write("9", data.indexOf("200 images")));
  await page.getByRole("button", { name: /^Verify/ }).click();
  await expect(page.getByRole("alert")).toHaveText(
    "This release does not hold. files: README.md has another sha256 than the manifest says.",
  );
  await page.context().unrouteAll();
  await tamper("data/*.parquet", (data) => data.write("X", data.indexOf("IDAT") + 6));
  await page.getByRole("button", { name: /^Verify/ }).click();
  await expect(page.getByRole("alert")).toHaveText(/files: data\/train-00000-of-00001.parquet has another sha256/);
});
