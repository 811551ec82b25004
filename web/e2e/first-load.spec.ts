import { gzipSync } from "node:zlib";
import { expect, type Response, test } from "@playwright/test";

const MOST_BYTES = 300_000;

test("the first page is small, and is sent compressed", async ({ page }) => {
  const answers: Response[] = [];
  page.on("response", (response) => answers.push(response));
  await page.goto("/", { waitUntil: "networkidle" });
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  let bytes = 0;
  for (const answer of answers) {
    if (!["document", "script", "stylesheet"].includes(answer.request().resourceType())) continue;
    const body = await answer.body();
    bytes += gzipSync(body).length;
    if (body.length > 2000) expect(await answer.headerValue("content-encoding"), answer.url()).toMatch(/gzip|br|zstd/);
  }
  test.info().annotations.push({ type: "bytes of the first load, gzip", description: String(bytes) });
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
});
