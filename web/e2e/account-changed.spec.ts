import { expect, test } from "@playwright/test";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";
import { addressOf, signIn, verdictsSaid } from "./people";
import { install } from "./provider";
import { freeSeat, PICTURES_OF_A_SEAT } from "./scene";
import { SERVER } from "./stage";

test("the wallet goes to another account: that one is asked to sign in, and the other session is ended", async ({
  context,
  page,
}) => {
  const wallet = await install(context, "Test wallet");
  const before = wallet.address;
  await signIn(page);
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const whose = (of: string) => fetch(`${SERVER}/api/v1/sessions/current`, { headers: { cookie: of } });
  expect(await (await whose(cookie)).json()).toMatchObject({ account: before });

  const next = generatePrivateKey();
  await wallet.change(next);
  await expect(page.getByText(privateKeyToAddress(next))).toBeVisible();
  await expect(page.getByText(before)).toBeHidden();
  await expect(page.getByText("Here", { exact: true }), "the session is not this account's").toBeHidden();
  await page.getByRole("button", { name: "Sign in with a signature" }).click();
  await expect(page.getByText("Here", { exact: true })).toBeVisible();
  expect(await (await context.request.get(`${SERVER}/api/v1/me`)).json()).toMatchObject({ account: wallet.address });
  expect((await whose(cookie)).status).toBe(401);
});

test("what one account judged is not shown to the next, and is there when the wallet comes back", async ({
  context,
  page,
}) => {
  const seat = await freeSeat();
  const wallet = await install(context, "Test wallet", seat.key);
  await signIn(page);
  await page.goto(addressOf(seat));
  await page.getByRole("listbox").focus();
  for (const key of ["a", "r"]) await page.keyboard.press(key);
  await expect(verdictsSaid(page, 1, 1, PICTURES_OF_A_SEAT - 2)).toBeVisible();
  await wallet.change(generatePrivateKey());
  await expect(page.getByRole("heading", { level: 1, name: "You do not sit in this panel" })).toBeVisible();
  await expect(page.getByRole("listbox")).toBeHidden();
  await wallet.change(seat.key);
  await expect(verdictsSaid(page, 1, 1, PICTURES_OF_A_SEAT - 2)).toBeVisible();
});

test("a wallet that is locked takes its account along", async ({ context, page }) => {
  const wallet = await install(context, "Test wallet");
  await signIn(page);
  const address = wallet.address;
  await wallet.lock();
  await expect(page.getByRole("main").getByRole("button", { name: "Sign in" })).toBeVisible();
  await expect(page.getByText(address)).toBeHidden();
});
