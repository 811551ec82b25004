import { describe, expect, it } from "vitest";
import { browserName } from "./agents";

const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";

describe("browserName", () => {
  it.each([
    [`Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`, "Chrome", "Linux"],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`,
      "Edge",
      "Windows",
    ],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "macOS"],
    [
      `Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) ${WEBKIT} Version/18.0 Mobile/15E148 Safari/604.1`,
      "Safari",
      "iOS",
    ],
    [`Mozilla/5.0 (Linux; Android 15) ${WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36`, "Chrome", "Android"],
    ["Something Firefox/1.0", "Firefox", null],
  ])("%s", (agent, browser, system) => {
    expect(browserName(agent)).toEqual({ browser, system });
  });

  it.each(["python-httpx/0.28.1", "", "curl/8.9.1", "<b>Chrome</b>"])("leaves %j as it is", (agent) => {
    expect(browserName(agent)).toBeNull();
  });
});
