import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { CHAIN_PORT, environment, PORT, SERVER } from "./e2e/stage";

// One server for all tests, on a chain of its own, as `sebrus up` raises it.
const home = process.env.SEBRUS_E2E_HOME ?? mkdtempSync(join(tmpdir(), "sebrus-e2e-"));
process.env.SEBRUS_E2E_HOME = home;

export default defineConfig({
  testDir: "e2e",
  // Nothing is as slow as a busy machine: no step runs out of time that is under way.
  timeout: 600_000,
  expect: { timeout: 90_000 },
  workers: 1,
  reporter: [["list"], ["./e2e/summary.ts"]],
  projects: [
    // The reviewers begin with nothing in the journey; what comes after it finds them staked, or has them stake.
    { name: "journey", testMatch: "journey.spec.ts" },
    // On a busy machine a window of the chain can pass between two steps: once more, and it is told as flaky.
    { name: "pages", testMatch: "*.spec.ts", testIgnore: "journey.spec.ts", retries: 1 },
    { name: "speed", testMatch: "speed.bench.ts" },
    { name: "pictures", testMatch: "pages.pictures.ts" },
  ],
  use: {
    actionTimeout: 90_000,
    baseURL: SERVER,
    launchOptions: {
      executablePath: process.env.SEBRUS_CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-dev-shm-usage"],
    },
  },
  webServer: {
    command: "../.venv/bin/sebrus up",
    url: `${SERVER}/api/health`,
    timeout: 240_000,
    gracefulShutdown: { signal: "SIGTERM", timeout: 20_000 },
    env: environment(home, PORT, CHAIN_PORT),
  },
});
