import { expect, test } from "@playwright/test";
import { install } from "./provider";
import { SERVER } from "./stage";

test("an account signs in with one signature, makes a key for a program and revokes it, and signs out", async ({
  browser,
}) => {
  const context = await browser.newContext();
  const wallet = await install(context, "Test wallet");
  const page = await context.newPage();
  await page.goto("/account");
  wallet.refuseNext = true;
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: /Test wallet/ }).click();
  await expect(page.getByText("You declined in your wallet")).toBeVisible();
  await expect(page.getByText("Staked for reviewing"), "money needs no session").toBeVisible();
  await page.getByRole("button", { name: "Sign in with a signature" }).click();
  await expect(page.getByText("Here", { exact: true })).toBeVisible();

  await page.getByText("Make a key").first().click();
  await page.getByLabel("What it is for").fill("nightly upload");
  await page.getByRole("checkbox", { name: "Contribute" }).check();
  await page.getByRole("button", { name: "Make a key" }).click();
  const key = await page.locator("code", { hasText: "sebrus_" }).textContent();
  const asks = () => fetch(`${SERVER}/api/v1/me`, { headers: { authorization: `Bearer ${key}` } });
  expect(await (await asks()).json()).toMatchObject({ account: wallet.address, scopes: ["read", "contribute"] });
  await page.getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("You have no API keys.")).toBeVisible();
  expect((await asks()).status).toBe(401);

  await page.reload();
  await expect(page.getByText("Here", { exact: true }), "the session outlives the page").toBeVisible();
  await page.getByRole("listitem").getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("button", { name: "Sign in with a signature" })).toBeVisible();
  await context.close();
});

test("a session that ended elsewhere is asked for again, and its account's keys are hidden", async ({ browser }) => {
  const context = await browser.newContext();
  await install(context, "Test wallet");
  const page = await context.newPage();
  await page.goto("/account");
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: /Test wallet/ }).click();
  await expect(page.getByText("Here", { exact: true })).toBeVisible();
  const cookies = await context.cookies();
  expect(cookies.map(({ httpOnly, sameSite }) => ({ httpOnly, sameSite }))).toEqual([
    { httpOnly: true, sameSite: "Lax" },
  ]);
  await context.request.delete(`${SERVER}/api/v1/sessions/current`, { headers: { origin: SERVER } });
  await page.reload();
  await page.getByRole("button", { name: "Sign in with a signature" }).click();
  await expect(page.getByText("Here", { exact: true })).toBeVisible();
  await context.close();
});

test("the browser's own key signs in by itself", async ({ page }) => {
  await page.goto("/account");
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "With a key in this browser" }).click();
  await expect(page.getByText("Here", { exact: true })).toBeVisible();
});
