import { mkdirSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { sitDown } from "./people";
import type { TestPicture } from "./pictures";
import { publish } from "./releasing";
import { contribute, openDataset, type SeatOfTest, seatsOf, somebody, stakeReviewers } from "./scene";
import { SHAPES, shapes } from "./shapes";
import { STOPS, type Stop, type Tour, visit } from "./tour";
import { settle } from "./voting";

const PLACE = "../build/pictures";
const WIDTHS = { wide: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } };

test.describe.configure({ mode: "serial", timeout: 600_000 });

let page: Page;
let tour: Tour;
let settled: string;

test.beforeAll(async ({ browser }) => {
  mkdirSync(PLACE, { recursive: true });
  await stakeReviewers();
  const about = { classes: SHAPES, description: "Coloured shapes, for a model that is to tell them apart." };
  const owner = await somebody();
  const dataset = await openDataset("Shapes from everywhere", { itemReward: 500_000 }, about, owner);
  const careful = shapes(96, 1);
  const careless = shapes(48, 2);
  // Somebody sends one shape in six under another's name.
  const wrong = (one: { shows: number; name: string }) =>
    /[05]\.png$/.test(one.name) ? (one.shows + 1) % 4 : one.shows;
  await settle(await contribute(dataset, careful), careful);
  settled = await contribute(dataset, careless, wrong);
  await settle(settled, careless);
  const released = await publish(dataset, owner);
  const doubtful = shapes(72, 3);
  const seat = (await seatsOf(await contribute(dataset, doubtful, wrong)))[0] as SeatOfTest;
  tour = { seat, released };
  page = await sitDown(await browser.newContext(), seat);
  await judgeSome(doubtful);
});

/** Judges the first pictures by what they show. */
async function judgeSome(known: readonly TestPicture[]): Promise<void> {
  await page.getByRole("listbox").focus();
  for (let place = 0; place < 24; place++) {
    const option = page.getByRole("option").nth(place);
    const source = (await option.locator("img").getAttribute("src")) ?? "";
    const shows = known.find(({ sha256 }) => source.endsWith(sha256))?.shows ?? -1;
    const label = await option.locator(".caption").textContent();
    await page.keyboard.press(SHAPES[shows] === label ? "a" : "r");
  }
}

const MORE: readonly Stop[] = [{ name: "settled", address: () => `/batches/${settled}` }];

for (const theme of ["light", "dark"] as const) {
  for (const [name, size] of Object.entries(WIDTHS)) {
    test(`every page, ${theme}, ${name}`, async () => {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await page.setViewportSize(size);
      for (const stop of [...STOPS, ...MORE]) {
        await visit(page, stop, tour);
        await page.waitForLoadState("networkidle").catch(() => undefined);
        await page.screenshot({ path: `${PLACE}/${stop.name}-${theme}-${name}.png`, fullPage: true });
      }
      await visit(page, STOPS.find((stop) => stop.name === "review") as Stop, tour);
      await page.getByRole("listbox").focus();
      await page.keyboard.press("?");
      await expect(page.getByRole("dialog")).toBeVisible();
      await page.screenshot({ path: `${PLACE}/keys-${theme}-${name}.png` });
      await page.keyboard.press("Escape");
      await page.getByRole("banner").getByRole("button").last().click();
      await page.screenshot({ path: `${PLACE}/wallet-${theme}-${name}.png` });
      await page.keyboard.press("Escape");
    });
  }
}
