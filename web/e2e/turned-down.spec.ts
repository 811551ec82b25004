import { expect, test } from "@playwright/test";
import { signIn } from "./people";
import { install } from "./provider";

test("a stake that the contract turned down is told with the reason", async ({ context, page }) => {
  await install(context, "Test wallet");
  await signIn(page);
  const heading = page.getByRole("heading", { name: "Turned down" });
  await expect(page.getByRole("heading", { name: "Your batches" })).toBeVisible();
  await expect(heading, "nothing was turned down yet").toBeHidden();
  const amount = page.getByLabel("Amount in ETH");
  await amount.fill("1");
  await page.getByRole("button", { name: "Deposit" }).click();
  await expect(page.getByText("1 ETH", { exact: true })).toBeVisible();
  await expect(amount).toHaveValue("");
  // Less than a reviewer must stake.
  await amount.fill("0.000000001");
  await page.getByRole("button", { name: "Stake", exact: true }).click();
  await expect(heading).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "A movement of money" })).toContainText(
    /A movement of money: .*gwei.*\.$/,
  );
});
