import { expect, type Page, test } from "@playwright/test";
import { files, labelled } from "./people";
import { freshPictures, sharedDataset } from "./scene";

/** Notes in the page which files each upload is answered for, until it is left; returns how to ask for their names. */
async function uploadedNames(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const names: string[] = [];
    const send = window.fetch;
    window.fetch = async (...sent) => {
      const response = await send(...sent);
      if (new URL(response.url).pathname.endsWith("/images"))
        for (const { filename } of (await response.clone().json()) as { filename: string }[]) names.push(filename);
      return response;
    };
    Object.assign(window, { uploadedNames: names });
  });
  return () => page.evaluate(() => (window as unknown as { uploadedNames: string[] }).uploadedNames);
}

/** How many pictures the browser keeps, by how far they came. */
function keptBy(page: Page): Promise<Record<string, number>> {
  return page.evaluate(
    () =>
      new Promise<Record<string, number>>((resolve, reject) => {
        const opening = indexedDB.open("sebrus-batches", 1);
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const reading = opening.result.transaction("batches").objectStore("batches").getAll();
          reading.onerror = () => reject(reading.error);
          reading.onsuccess = () => {
            opening.result.close();
            const kept = reading.result as { pictures: { state: string }[] }[];
            const counts: Record<string, number> = {};
            for (const { state } of kept.flatMap(({ pictures }) => pictures)) counts[state] = (counts[state] ?? 0) + 1;
            resolve(counts);
          };
        };
      }),
  );
}

test("an upload goes on after its tab was closed: labels are kept, and only what is missing is sent", async ({
  context,
}) => {
  const list = freshPictures(120);
  const address = `/datasets/${await sharedDataset()}/contribute`;
  const first = await context.newPage();
  await first.goto(address);
  await first.getByLabel("Choose images").setInputFiles(labelled(list));
  let requests = 0;
  await first.route(/\/api\/v1\/images\?/, (route) =>
    requests++ === 0 ? route.continue() : route.abort("connectionrefused"),
  );
  const uploadedBefore = await uploadedNames(first);
  await first.getByRole("button", { name: "Upload 120 pictures" }).click();
  await expect(first.getByText("50 / 120")).toBeVisible();
  // What is shown is written a moment later; a tab that is closed within it sends that part again.
  await expect.poll(() => keptBy(first)).toEqual({ taken: 50, absent: 70 });
  // Parts are sent side by side, so either may be the one that arrived.
  const arrived = new Set(await uploadedBefore());
  expect(arrived.size).toBe(50);
  await first.close();

  const page = await context.newPage();
  await page.goto(address);
  await expect(
    page.getByText("50 pictures are on the server, of 70 the browser no longer has the files"),
  ).toBeVisible();
  await expect(page.getByText("50 / 120")).toBeVisible();
  const uploaded = await uploadedNames(page);
  // The same pictures, now without their table: the labels are those given before.
  await page.getByLabel("Choose images").setInputFiles(files(list));
  await page.getByRole("button", { name: "Upload 70 pictures" }).click();
  await expect(page.getByText("120 / 120")).toBeVisible();
  const names = await uploaded();
  expect(names).toHaveLength(70);
  expect(new Set(names)).toEqual(new Set(list.map((one) => one.name).filter((name) => !arrived.has(name))));
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "With a key in this browser" }).click();
  await expect(page.getByRole("button", { name: "Sign and hand in a batch of 120" })).toBeVisible();
});

test("what a closed tab left can be left out, and what is uploaded handed in without choosing it again", async ({
  context,
}) => {
  const address = `/datasets/${await sharedDataset()}/contribute`;
  const first = await context.newPage();
  await first.goto(address);
  await first.getByLabel("Choose images").setInputFiles(labelled(freshPictures(10)));
  await first.getByRole("button", { name: "Upload 10 pictures" }).click();
  await expect(first.getByText("10 / 10")).toBeVisible();
  await first.getByLabel("Choose images").setInputFiles(labelled(freshPictures(5)));
  await expect(first.getByText("10 / 15")).toBeVisible();
  await expect.poll(() => keptBy(first)).toEqual({ taken: 10, absent: 5 });
  await first.close();

  const page = await context.newPage();
  await page.goto(address);
  await page.getByRole("button", { name: "Leave out the 5" }).click();
  await expect(page.getByText("10 / 10")).toBeVisible();
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "With a key in this browser" }).click();
  await page.getByRole("button", { name: "Sign and hand in a batch of 10" }).click();
  await expect(page.getByRole("heading", { name: "Batch" })).toBeVisible();
  await page.goBack();
  await expect(page.getByText("What you had here is handed in")).toBeVisible();
});
