import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environment, until } from "./stage";

/** A whole installation of a test's own, which it may kill. */
export class OwnServer {
  readonly url: string;
  readonly node: string;
  readonly #environment: Record<string, string>;
  #process: ChildProcess | null = null;

  constructor(
    port: number,
    chainPort: number,
    readonly home = mkdtempSync(join(tmpdir(), "sebrus-e2e-own-")),
  ) {
    this.url = `http://127.0.0.1:${port}`;
    this.node = `http://127.0.0.1:${chainPort}`;
    this.#environment = environment(home, port, chainPort);
  }

  /** Starts every process, and waits until the server answers. */
  async start(): Promise<void> {
    this.#process = spawn("../.venv/bin/sebrus", ["up"], {
      // A group of its own, so that all of it can be killed at once.
      detached: true,
      stdio: "ignore",
      env: { ...process.env, ...this.#environment },
    });
    await until(() =>
      fetch(`${this.url}/api/health`).then(
        (answer) => answer.ok,
        () => false,
      ),
    );
  }

  /** Waits until the embedded chain is on disk as it is now: a power cut takes what is newer. */
  async saved(): Promise<void> {
    const state = join(this.home, "chain", "state.json");
    const written = () => statSync(state, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    // What is written next may have been taken before now; what is written after that was not.
    for (let turn = 0; turn < 2; turn++) {
      const before = written();
      await until(async () => written() > before);
    }
  }

  /** Kills every process as a power cut does, or has them end in order. */
  async stop(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const running = this.#process;
    if (!running?.pid) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    process.kill(-running.pid, signal);
    await ended;
    this.#process = null;
  }
}
