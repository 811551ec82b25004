import { expect, test } from "@playwright/test";
import { sitDown, verdictsSaid } from "./people";
import { freeSeat, PICTURES_OF_A_SEAT } from "./scene";

test("verdicts survive a reload, and can be undone and done again after it", async ({ context }) => {
  const page = await sitDown(context, await freeSeat());
  await page.getByRole("listbox").focus();
  for (const key of ["a", "r", "r"]) await page.keyboard.press(key);
  await page.keyboard.press("z");
  await expect(verdictsSaid(page, 1, 1, PICTURES_OF_A_SEAT - 2)).toBeVisible();
  await page.reload();
  await expect(verdictsSaid(page, 1, 1, PICTURES_OF_A_SEAT - 2)).toBeVisible();
  await page.getByRole("button", { name: "Redo" }).click();
  await expect(verdictsSaid(page, 1, 2, PICTURES_OF_A_SEAT - 3)).toBeVisible();
  for (let step = 0; step < 3; step++) await page.getByRole("button", { name: "Undo" }).click();
  await expect(verdictsSaid(page, 0, 0, PICTURES_OF_A_SEAT)).toBeVisible();
  await expect(page.getByRole("button", { name: "Undo" })).toBeDisabled();
});

test("the last verdict survives a reload that leaves no time for another frame", async ({ context }) => {
  const page = await sitDown(context, await freeSeat());
  await page.getByRole("listbox").evaluate((grid) => {
    grid.dispatchEvent(new KeyboardEvent("keydown", { key: "r", bubbles: true }));
    location.reload();
  });
  await expect(verdictsSaid(page, 0, 1, PICTURES_OF_A_SEAT - 1)).toBeVisible();
  await expect(page.getByRole("button", { name: "Undo" })).toBeEnabled();
});
