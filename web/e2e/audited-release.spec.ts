import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { unzipSync } from "fflate";
import { generatePrivateKey } from "viem/accounts";
import { signIn } from "./people";
import { CLASSES, type TestPicture } from "./pictures";
import { install } from "./provider";
import { contribute, freshPictures, openDataset, stakeReviewers } from "./scene";
import { api } from "./stage";
import { settle } from "./voting";

const PICTURES = 12;

/** What an audit of these items leaves, which flagged one of them: canonical JSON, its keys in order. */
function certificateOf(list: readonly TestPicture[], contributor: string, digest = digestOf(list, contributor)) {
  const tested = "Tested: nothing was planted, so the power of this audit was not measured.";
  const text = JSON.stringify({
    contributors: { flagged: 0, tested: 1 },
    format: "sebrus-audit-1",
    items: { flagged: 1, tested: list.length },
    power: null,
    source: { items_sha256: digest, kind: "files" },
    tested,
  });
  return { name: "certificate.json", mimeType: "application/json", buffer: Buffer.from(text) };
}

function digestOf(list: readonly TestPicture[], contributor: string): string {
  const lines = list.map(({ sha256, shows }) => JSON.stringify([sha256, CLASSES[shows], contributor]));
  return createHash("sha256")
    .update(
      lines
        .sort()
        .map((line) => `${line}\n`)
        .join(""),
    )
    .digest("hex");
}

/** Gives the certificate of an audit, and has the release built again with it. */
async function buildWith(page: Page, certificate: ReturnType<typeof certificateOf>): Promise<void> {
  await page.getByText("Have it carry an audit").click();
  await page.getByLabel("The audit's certificate").setInputFiles(certificate);
  await page.getByRole("button", { name: "Build it again with the audit" }).click();
}

test("an owner downloads the draft, gives what its audit left, and publishes a release that carries it", async ({
  context,
  page,
}) => {
  await stakeReviewers();
  const key = generatePrivateKey();
  await install(context, "Test wallet", key);
  const dataset = await openDataset("To be audited", {}, {}, key);
  const list = freshPictures(PICTURES);
  const batch = await contribute(dataset, list);
  await settle(batch, list);
  const { contributor } = await api<{ contributor: string }>(`/batches/${batch}`);
  await signIn(page);
  await page.goto(`/datasets/${dataset}`);
  await page.getByRole("button", { name: "Build the next release" }).click();
  await expect(page.getByText("It carries no audit.")).toBeVisible();

  await page.getByText("Have it carry an audit").click();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download the draft" }).click();
  const files = unzipSync(readFileSync(await (await coming).path()));
  expect(Object.keys(files)).toContain("to-be-audited-release-1/manifest.json");

  // The audit runs for hours. Meanwhile the dataset goes on, and the page is closed.
  const later = freshPictures(PICTURES);
  await settle(await contribute(dataset, later), later);
  await page.reload();
  await expect(page.getByText("Release 1 is built and holds 12 images.")).toBeVisible();

  await buildWith(page, certificateOf(list, contributor, "00".repeat(32)));
  await expect(page.getByText("The audit's certificate is about other items than this release holds")).toBeVisible();
  await page.getByRole("button", { name: "Build the next release" }).click();
  await expect(page.getByText("It carries no audit."), "what was refused is not tried again").toBeVisible();

  await buildWith(page, certificateOf(list, contributor));
  await expect(page.getByText("It carries the audit.")).toBeVisible();
  await expect(page.getByText("Release 1 is built and holds 12 images."), "what was audited").toBeVisible();
  await page.getByRole("button", { name: "Publish release 1" }).click();
  await expect(page.getByRole("heading", { name: "To be audited, release 1" })).toBeVisible();
  await expect(page.getByText(/1 of 12 images/)).toBeVisible();
  await page.getByRole("button", { name: /^Verify/ }).click();
  await expect(page.getByText("Everything holds: this release is what the chain says.")).toBeVisible();
  await expect(page.getByText("audit.json is about exactly these 12 items")).toBeVisible();
});
