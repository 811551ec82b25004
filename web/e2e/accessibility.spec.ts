import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { addressOf, files } from "./people";
import { freshPictures } from "./scene";
import { guide, releaseAddress, STOPS, type Tour, visit } from "./tour";

const NARROW = { width: 320, height: 640 };
const WIDE = { width: 1280, height: 720 };
const TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];

let page: Page;
let tour: Tour;

test.beforeAll(async ({ browser }) => {
  const context = await browser.newContext();
  ({ page, tour } = await guide(context));
});

/** What axe finds, as sentences. */
async function violations(of: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page: of }).withTags(TAGS).analyze();
  return found.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help}: ${target.join(" ")}`));
}

test("every page fits a narrow phone, and can be read there by everybody", async () => {
  await page.setViewportSize(NARROW);
  const found: string[] = [];
  for (const stop of STOPS) {
    await visit(page, stop, tour);
    // https://www.w3.org/TR/WCAG22/#reflow
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > NARROW.width) found.push(`${stop.name}: is ${wide} pixels wide`);
    found.push(...(await violations(page)).map((one) => `${stop.name}: ${one}`));
  }
  await page.setViewportSize(WIDE);
  expect(found).toEqual([]);
});

for (const theme of ["light", "dark"] as const) {
  test(`every page can be read by everybody, ${theme}`, async () => {
    await page.emulateMedia({ colorScheme: theme });
    const found: string[] = [];
    for (const stop of STOPS) {
      await visit(page, stop, tour);
      found.push(...(await violations(page)).map((one) => `${stop.name}: ${one}`));
    }
    expect(found).toEqual([]);
  });

  test(`dialogs and pages in the middle of their work can be read by everybody, ${theme}`, async ({ browser }) => {
    await page.emulateMedia({ colorScheme: theme });
    await page.goto(addressOf(tour.seat));
    const grid = page.getByRole("listbox");
    await grid.focus();
    for (const key of ["a", "r"]) await page.keyboard.press(key);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("banner").getByRole("button").last().click();
    await expect(page.getByRole("dialog", { name: "Test wallet" })).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");

    const stranger = await (await browser.newContext({ colorScheme: theme })).newPage();
    await stranger.goto(`/datasets/${tour.seat.review.dataset_id}/contribute`);
    await stranger.getByLabel("Choose images").setInputFiles(files(freshPictures(3)));
    await expect(stranger.getByText("3 pictures have no label yet.")).toBeVisible();
    expect(await violations(stranger)).toEqual([]);
    await stranger.getByRole("banner").getByRole("button", { name: "Sign in" }).click();
    await stranger.getByText("I have a backup file").click();
    expect(await violations(stranger)).toEqual([]);
    await stranger.keyboard.press("Escape");
    await stranger.goto(releaseAddress(tour.released));
    await stranger.getByText("Show the card").click();
    await stranger.getByRole("button", { name: /^Verify/ }).click();
    await expect(stranger.getByText("Everything holds: this release is what the chain says.")).toBeVisible();
    expect(await violations(stranger)).toEqual([]);
    await stranger.context().close();
  });
}
