import { expect, type Locator, type Page, test } from "@playwright/test";
import { labelled } from "./people";
import { freshPictures, sharedDataset } from "./scene";

/** The grid of so many pictures that somebody is about to contribute. */
async function gridOf(page: Page, count: number): Promise<Locator> {
  await page.goto(`/datasets/${await sharedDataset()}/contribute`);
  await page.getByLabel("Choose images").setInputFiles(labelled(freshPictures(count)));
  const grid = page.getByRole("listbox");
  await expect(grid.getByRole("option").first()).toBeVisible();
  return grid;
}

/** How tall a grid is, and all that it holds, in pixels. */
function heights(grid: Locator): Promise<{ seen: number; whole: number; window: number }> {
  return grid.evaluate((frame) => ({
    seen: frame.clientHeight,
    whole: (frame.firstElementChild as HTMLElement).offsetHeight,
    window: window.innerHeight,
  }));
}

test("a grid of few pictures is as tall as they are", async ({ page }) => {
  const { seen, whole } = await heights(await gridOf(page, 6));
  expect(seen).toBe(whole);
});

test("a grid of many scrolls within, to whatever the keyboard is at", async ({ page }) => {
  const grid = await gridOf(page, 300);
  const { seen, whole, window } = await heights(grid);
  expect(seen).toBeLessThanOrEqual(0.7 * window);
  expect(whole).toBeGreaterThan(2 * seen);
  await grid.focus();
  await page.keyboard.press("End");
  await expect(grid.locator('[data-active="true"]')).toHaveAttribute("aria-posinset", "300");
  await expect(grid.locator('[data-active="true"]')).toBeInViewport({ ratio: 0.9 });
  await page.keyboard.press("Home");
  await expect(grid.locator('[data-active="true"]')).toBeInViewport({ ratio: 0.9 });
  // Both within a frame: the second must not take for in sight what the first has scrolled away.
  await grid.evaluate((frame) => {
    for (const key of ["End", "Home"]) frame.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  });
  await expect(grid.locator('[data-active="true"]')).toHaveAttribute("aria-posinset", "1");
  await expect(grid.locator('[data-active="true"]')).toBeInViewport({ ratio: 0.9 });
  await page.keyboard.press("PageDown");
  await page.keyboard.press("PageDown");
  await expect(grid.locator('[data-active="true"]')).toBeInViewport({ ratio: 0.9 });
});
