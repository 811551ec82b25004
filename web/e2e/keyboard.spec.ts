import { expect, type Locator, type Page, test } from "@playwright/test";
import { addressOf, COMMITTED, files } from "./people";
import { install } from "./provider";
import { freeSeat, freshPictures, PICTURES_OF_A_SEAT, sharedDataset } from "./scene";

const MOST_STOPS = 80;

/** Presses Tab until something has the focus, the way a person without a mouse gets there; every stop must be seen. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    await page.keyboard.press("Tab");
    await seesFocus(page);
    if (await wanted.evaluate((element) => element === document.activeElement).catch(() => false)) return;
  }
  throw new Error(`Tab does not lead to ${wanted}.`);
}

/** Goes on by Tab to a control and presses it. */
async function pressBy(page: Page, key: "Enter" | "Space", wanted: Locator): Promise<void> {
  await wanted.waitFor();
  await tabTo(page, wanted);
  await page.keyboard.press(key);
}

/** What has the focus shows it by an outline, and is within the window; nothing has it past the last stop. */
async function seesFocus(page: Page): Promise<void> {
  const seen = await page.evaluate(() => {
    const element = document.activeElement as HTMLElement | null;
    if (element === null || element === document.body) return null;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
    const outline = style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2;
    return { outline, inside, what: element.outerHTML.slice(0, 120) };
  });
  if (seen) expect(seen).toEqual({ outline: true, inside: true, what: seen.what });
}

test("the first Tab leads past the menu to the content", async ({ page }) => {
  await page.goto("/datasets");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await seesFocus(page);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("searchbox")).toBeFocused();
});

test("dialogs take the focus, keep it, close by Escape and give it back", async ({ page }) => {
  await page.goto("/datasets");
  const signIn = page.getByRole("banner").getByRole("button", { name: "Sign in" });
  await pressBy(page, "Enter", signIn);
  const dialog = page.getByRole("dialog");
  await expect(dialog).toBeVisible();
  for (let stop = 0; stop < 12; stop++) {
    await page.keyboard.press("Tab");
    const outside = await page.evaluate(
      () => document.activeElement !== document.body && !document.activeElement?.closest("dialog"),
    );
    expect(outside).toBe(false);
  }
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(signIn).toBeFocused();
});

test("somebody without a mouse contributes: labels by keys, uploads, makes a key, hands in", async ({ page }) => {
  await page.goto(`/datasets/${await sharedDataset()}`);
  await pressBy(page, "Enter", page.getByRole("link", { name: "Contribute images" }));
  const list = freshPictures(6);
  // The browser's own dialog for files is no part of the page; that its button can be reached is.
  await tabTo(page, page.getByRole("button", { name: "Choose images" }));
  await page.getByLabel("Choose images", { exact: true }).and(page.locator("input")).setInputFiles(files(list));
  const grid = page.getByRole("listbox");
  await grid.waitFor();
  // All are bright but the dark ones among them, which lie at the even places.
  await tabTo(page, grid);
  await page.keyboard.press("Control+a");
  await backTo(page, page.getByRole("button", { name: "bright" }));
  await page.keyboard.press("Space");
  await tabTo(page, grid);
  await page.keyboard.press("Home");
  for (const place of [0, 2, 4]) {
    if (place > 0) for (const key of ["ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
    await backTo(page, page.getByRole("button", { name: "dark", exact: true }));
    await page.keyboard.press("Enter");
    await tabTo(page, grid);
  }
  await expect(page.getByRole("option", { name: /dark/ })).toHaveCount(3);
  await pressBy(page, "Enter", page.getByRole("button", { name: "Upload 6 pictures" }));
  await expect(page.getByText("6 / 6")).toBeVisible();
  await pressBy(page, "Enter", page.getByRole("main").getByRole("button", { name: "Sign in" }));
  await pressBy(page, "Enter", page.getByRole("button", { name: "With a key in this browser" }));
  await pressBy(page, "Enter", page.getByRole("button", { name: "Sign and hand in a batch of 6" }));
  await expect(page.getByRole("heading", { name: "Batch" })).toBeVisible();
});

/** Goes back by Shift and Tab. */
async function backTo(page: Page, wanted: Locator): Promise<void> {
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    await page.keyboard.press("Shift+Tab");
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`Shift and Tab do not lead to ${wanted}.`);
}

test("somebody without a mouse reviews: signs in, finds the panel, judges, looks closer, commits", async ({
  context,
  page,
}) => {
  const seat = await freeSeat();
  await install(context, "Test wallet", seat.key);
  await page.goto("/review");
  await pressBy(page, "Enter", page.getByRole("main").getByRole("button", { name: "Sign in" }));
  await pressBy(page, "Enter", page.getByRole("button", { name: /Test wallet/ }));
  await pressBy(page, "Enter", page.locator(`a[href="${addressOf(seat)}"]`));
  const grid = page.getByRole("listbox");
  await grid.waitFor();
  await tabTo(page, grid);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(grid).toBeFocused();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(grid).toBeFocused();
  for (let place = 0; place < PICTURES_OF_A_SEAT; place++) await page.keyboard.press(place === 2 ? "r" : "a");
  await pressBy(page, "Enter", page.getByRole("button", { name: `Commit ${PICTURES_OF_A_SEAT} verdicts` }));
  await expect(page.getByRole("heading", { name: COMMITTED })).toBeVisible();
});
