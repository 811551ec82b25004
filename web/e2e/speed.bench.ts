import { expect, type Page, test } from "@playwright/test";
import { record } from "./figures";
import { sitDown } from "./people";
import { contribute, freshPictures, openDataset, seatsOf, stakeReviewers } from "./scene";

const PICTURES = 2048;
const SCROLL_MS = 4000;
const VERDICTS = 60;
// Somebody quick presses ten keys a second; a tool that waits for nothing presses several within a frame.
const PAUSE_MS = 100;
const SHORTEST_TOLD_MS = 16;
// A wheel spun hard: some 3,500 pixels a second.
const NOTCH_PX = 120;
const NOTCH_MS = 30;

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

/** Turns the wheel for four seconds with a pause after each notch; the times between frames, and how far it went. */
async function turnWheel(pause: number): Promise<number[]> {
  const grid = page.getByRole("listbox");
  const box = await grid.boundingBox();
  await page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 200);
  await grid.evaluate((frame) => frame.scrollTo(0, 0));
  const frames = await framesWhile(async () => {
    for (const end = Date.now() + SCROLL_MS; Date.now() < end; ) {
      await page.mouse.wheel(0, NOTCH_PX);
      if (pause > 0) await page.waitForTimeout(pause);
    }
  });
  expect(await grid.evaluate((frame) => frame.scrollTop)).toBeGreaterThan(2000);
  return frames;
}

test("the wheel scrolls through 2,048 pictures, a notch every 30 ms", async () => {
  record("wheel", await turnWheel(NOTCH_MS), "ms between frames");
});

test("the wheel scrolls as fast as notches can be sent", async () => {
  record("wheel-fast", await turnWheel(0), "ms between frames");
});

test("the keyboard scrolls through 2,048 pictures", async () => {
  await page.getByRole("listbox").focus();
  await page.keyboard.press("Home");
  const moving = async () => {
    for (const end = Date.now() + SCROLL_MS; Date.now() < end; ) await page.keyboard.press("ArrowDown");
  };
  record("arrows", await framesWhile(moving), "ms between frames");
});

/** What a page measures of its keys. */
interface KeyTimes {
  /** From each key's event to the end of the work on the frame that is painted after it. */
  readonly painted: number[];
  /** From each key's event to the moment its frame is shown, as the browser itself counts, in steps of 8. */
  readonly shown: number[];
  /** What the page said of the verdicts, each time it said something else. */
  readonly said: string[];
}

/** Measures the keys from now on, in the page: nothing is asked of it before they are all pressed. */
function timeKeys(): Promise<void> {
  return page.evaluate((shortest) => {
    const times: KeyTimes = { painted: [], shown: [], said: [] };
    const onKey = ({ timeStamp }: KeyboardEvent) =>
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => times.painted.push(performance.now() - timeStamp);
        port2.postMessage(null);
      });
    document.addEventListener("keydown", onKey, { capture: true });
    // https://www.w3.org/TR/event-timing/ tells of no event shorter than 16 ms.
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries()) if (name === "keydown") times.shown.push(duration);
    }).observe({ type: "event", durationThreshold: shortest } as PerformanceObserverInit);
    const status = [...document.querySelectorAll("[role=status]")].find((one) => one.textContent?.includes("accepted"));
    const heard = () => times.said.push(status?.textContent ?? "");
    if (status) new MutationObserver(heard).observe(status, { characterData: true, childList: true, subtree: true });
    Object.assign(window, { keyTimes: times });
  }, SHORTEST_TOLD_MS);
}

/** What was measured of the keys since this was asked last; those too short to be told of count as the step below. */
async function keyTimes(): Promise<KeyTimes> {
  await page.waitForTimeout(10 * PAUSE_MS);
  const times = await page.evaluate(() => {
    const all = (window as unknown as { keyTimes: KeyTimes }).keyTimes;
    return { painted: all.painted.splice(0), shown: all.shown.splice(0), said: all.said.splice(0) };
  });
  const short = new Array<number>(Math.max(0, times.painted.length - times.shown.length)).fill(SHORTEST_TOLD_MS / 2);
  return { ...times, shown: [...times.shown, ...short] };
}

/** Judges so many pictures, every fifth against, with a pause after each key; every verdict must have been said. */
async function judgeMany(pause: number): Promise<KeyTimes> {
  for (let verdict = 0; verdict < VERDICTS; verdict++) {
    await page.keyboard.press(verdict % 5 === 4 ? "r" : "a");
    if (pause > 0) await page.waitForTimeout(pause);
  }
  const times = await keyTimes();
  expect(times.said).toHaveLength(VERDICTS);
  return times;
}

test("a verdict is seen", async () => {
  await page.getByRole("listbox").focus();
  await page.keyboard.press("Home");
  await timeKeys();
  const { painted, shown } = await judgeMany(PAUSE_MS);
  record("verdict", painted, "ms from the key to the painted frame");
  record("verdict-shown", shown, "ms from the key to the shown frame, in steps of 8");
});

test("verdicts are seen as fast as keys can be sent", async () => {
  const { painted, shown } = await judgeMany(0);
  record("verdicts", painted, "ms from the key to the painted frame");
  record("verdicts-shown", shown, "ms from the key to the shown frame, in steps of 8");
});

test("all 2,048 are judged at once", async () => {
  for (let round = 0; round < 10; round++) {
    await page.keyboard.press("Control+a");
    await page.waitForTimeout(PAUSE_MS);
    await page.keyboard.press(round % 2 ? "a" : "r");
    await page.waitForTimeout(PAUSE_MS);
  }
  const { painted, shown } = await keyTimes();
  await expect(page.getByText(`${PICTURES} accepted ·`)).toBeVisible();
  record("all", painted, "ms from the key to the painted frame");
  record("all-shown", shown, "ms from the key to the shown frame, in steps of 8");
});
