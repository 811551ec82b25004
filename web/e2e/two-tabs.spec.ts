import { type BrowserContext, expect, test } from "@playwright/test";
import { addressOf, COMMITTED, counting, labelled, sitDown, toActivity, verdictsSaid } from "./people";
import { freeSeat, freshPictures, PICTURES_OF_A_SEAT, sharedDataset } from "./scene";

/** Presses a button in all tabs at the same time: what one sends, to an address that ends so, is held until all are pressed. */
async function pressAtOnce(context: BrowserContext, name: string, end: string): Promise<void> {
  const pages = context.pages();
  const buttons = await Promise.all(pages.map((page) => page.getByRole("button", { name }).elementHandle()));
  let pressed = () => {};
  const allPressed = new Promise<void>((resolve) => {
    pressed = resolve;
  });
  await context.route(
    (url) => url.pathname.endsWith(end),
    async (route) => {
      await allPressed;
      await route.continue();
    },
  );
  await Promise.all(buttons.map((button) => button?.evaluate((element) => (element as HTMLElement).click())));
  pressed();
}

test("two tabs of one reviewer show the same verdicts, and commit once", async ({ context }) => {
  const seat = await freeSeat();
  const one = await sitDown(context, seat);
  const other = await context.newPage();
  await other.goto(addressOf(seat));
  await one.getByRole("listbox").focus();
  for (const key of ["a", "r"]) await one.keyboard.press(key);
  await expect(verdictsSaid(other, 1, 1, PICTURES_OF_A_SEAT - 2)).toBeVisible();
  await other.getByRole("button", { name: "Undo" }).click();
  await expect(verdictsSaid(one, 1, 0, PICTURES_OF_A_SEAT - 1)).toBeVisible();
  await one.getByRole("button", { name: "Accept the rest" }).click();
  const commit = { name: `Commit ${PICTURES_OF_A_SEAT} verdicts` };
  await expect(other.getByRole("button", commit)).toBeVisible();
  const sent = counting(context, "/ballots");
  await pressAtOnce(context, commit.name, "/ballots");
  for (const page of [one, other]) await expect(page.getByRole("heading", { name: COMMITTED })).toBeVisible();
  expect(sent).toHaveLength(1);
  await toActivity(other);
  await expect(other.getByText("Handed in")).toHaveCount(1);
});

test("two tabs of one contributor send each picture once, and hand in one batch", async ({ context }) => {
  const address = `/datasets/${await sharedDataset()}/contribute`;
  const list = freshPictures(60);
  const one = await context.newPage();
  const other = await context.newPage();
  for (const page of [one, other]) {
    await page.goto(address);
    await page.getByLabel("Choose images").setInputFiles(labelled(list));
    await expect(page.getByRole("button", { name: "Upload 60 pictures" })).toBeVisible();
  }
  const uploads = counting(context, "/images");
  const batches = counting(context, "/batches");
  await pressAtOnce(context, "Upload 60 pictures", "/images");
  for (const page of [one, other]) await expect(page.getByText("60 / 60")).toBeVisible();
  expect(uploads).toHaveLength(2);
  await one.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await one.getByRole("button", { name: "With a key in this browser" }).click();
  // Who acts is the same in all tabs.
  await expect(other.getByRole("button", { name: "Sign and hand in a batch of 60" })).toBeVisible();
  await pressAtOnce(context, "Sign and hand in a batch of 60", "/batches");
  for (const page of [one, other]) await expect(page.getByRole("heading", { name: "Batch" })).toBeVisible();
  expect(other.url()).toBe(one.url());
  expect(batches).toHaveLength(1);
});

test("a label given in one tab is there in the other", async ({ context }) => {
  const one = await context.newPage();
  const other = await context.newPage();
  for (const page of [one, other]) await page.goto(`/datasets/${await sharedDataset()}/contribute`);
  const list = freshPictures(2).map(({ name, data }) => ({ name, mimeType: "image/png", buffer: data }));
  await one.getByLabel("Choose images").setInputFiles(list);
  await one.getByRole("button", { name: "Select unlabelled" }).click();
  await one.getByRole("button", { name: "bright" }).click();
  await expect(other.getByRole("option", { name: /bright/ })).toHaveCount(2);
});
