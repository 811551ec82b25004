import { expect, type Page, test } from "@playwright/test";
import { record } from "./figures";
import { sitDown } from "./people";
import { contribute, freshPictures, openDataset, seatsOf, stakeReviewers } from "./scene";

const PICTURES = 2048;
const SCROLL_MS = 4000;
const VERDICTS = 60;

test.describe.configure({ mode: "serial", timeout: 600_000 });

let page: Page;

test.beforeAll(async ({ browser }) => {
  await stakeReviewers();
  const seats = await seatsOf(await contribute(await openDataset("Large"), freshPictures(PICTURES)));
  page = await sitDown(await browser.newContext({ viewport: { width: 1280, height: 900 } }), seats[0]);
  await page.getByRole("option").first().waitFor();
});

/** The times between frames, in milliseconds, while something happens in the page. */
async function framesWhile(act: () => Promise<unknown>): Promise<number[]> {
  await page.evaluate(() => {
    const frames: number[] = [];
    let before = performance.now();
    let going = true;
    const step = (now: number) => {
      frames.push(now - before);
      before = now;
      if (going) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
    const endFrames = () => {
      going = false;
      return frames.slice(2);
    };
    Object.assign(window, { endFrames });
  });
  await act();
  return page.evaluate(() => (window as unknown as { endFrames: () => number[] }).endFrames());
}

/** Frames of a page that only waits: what this machine can do at all. */
test("nothing happens", async () => {
  record("idle", await framesWhile(() => page.waitForTimeout(SCROLL_MS)), "ms between frames");
});

test("the wheel scrolls through 2,048 pictures", async () => {
  const box = await page.getByRole("listbox").boundingBox();
  await page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 200);
  const turning = async () => {
    for (const end = Date.now() + SCROLL_MS; Date.now() < end; ) await page.mouse.wheel(0, 120);
  };
  const frames = await framesWhile(turning);
  record("wheel", frames, "ms between frames");
  expect(await page.getByRole("listbox").evaluate((grid) => grid.scrollTop)).toBeGreaterThan(2000);
});

test("the keyboard scrolls through 2,048 pictures", async () => {
  await page.getByRole("listbox").focus();
  await page.keyboard.press("Home");
  const moving = async () => {
    for (const end = Date.now() + SCROLL_MS; Date.now() < end; ) await page.keyboard.press("ArrowDown");
  };
  record("arrows", await framesWhile(moving), "ms between frames");
});

/** What was measured of the keys since this was asked last. */
function verdictTimes(): Promise<number[]> {
  return page.evaluate(() => (window as unknown as { verdictTimes: number[] }).verdictTimes.splice(0));
}

test("a verdict is seen", async () => {
  await page.getByRole("listbox").focus();
  await page.keyboard.press("Home");
  // From the key to the frame after the one that is painted with the verdict.
  await page.evaluate(() => {
    const times: number[] = [];
    const onKey = ({ timeStamp }: KeyboardEvent) =>
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => times.push(performance.now() - timeStamp);
        port2.postMessage(null);
      });
    document.addEventListener("keydown", onKey, { capture: true });
    Object.assign(window, { verdictTimes: times });
  });
  for (let verdict = 0; verdict < VERDICTS; verdict++) {
    await page.keyboard.press(verdict % 5 === 4 ? "r" : "a");
    await expect(page.getByText(`${verdict + 1 - Math.floor((verdict + 1) / 5)} accepted ·`)).toBeVisible();
  }
  record("verdict", await verdictTimes(), "ms from the key to the painted frame");
});

test("all 2,048 are judged at once", async () => {
  for (let round = 0; round < 10; round++) {
    await page.keyboard.press("Control+a");
    await page.keyboard.press(round % 2 ? "a" : "r");
  }
  await expect(page.getByText(`${PICTURES} accepted ·`)).toBeVisible();
  record("all", await verdictTimes(), "ms from the key to the painted frame");
});
