import { expect, test } from "@playwright/test";
import { signIn } from "./people";
import { install } from "./provider";

const ANOTHER_CHAIN = 1;

test("a wallet on another chain is offered to switch, and works afterwards", async ({ context, page }) => {
  const wallet = await install(context, "Test wallet");
  wallet.chainId = ANOTHER_CHAIN;
  await signIn(page);
  const note = page
    .getByRole("status")
    .filter({ hasText: "Your wallet is on chain 1; this server's contract is on chain" });
  await expect(note).toBeVisible();
  await note.getByRole("button", { name: "Switch chain" }).click();
  await expect(note).toBeHidden();
  await page.getByLabel("Amount in ETH").fill("1");
  await page.getByRole("button", { name: "Deposit" }).click();
  await expect(page.locator("dl").getByText("1 ETH", { exact: true })).toBeVisible();
});

test("whoever declines to switch is told so, and nothing is signed on the wrong chain", async ({ context, page }) => {
  const wallet = await install(context, "Test wallet");
  wallet.chainId = ANOTHER_CHAIN;
  await signIn(page);
  wallet.refuseNext = true;
  await page.getByLabel("Amount in ETH").fill("1");
  await page.getByRole("button", { name: "Deposit" }).click();
  await expect(page.getByText("You declined in your wallet")).toBeVisible();
  expect(wallet.chainId).toBe(ANOTHER_CHAIN);
  await expect(page.locator("dl").getByText("1 ETH", { exact: true })).toBeHidden();
});
