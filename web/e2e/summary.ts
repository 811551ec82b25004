import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";
import { FIGURE } from "./figures";

const PLACE = "../build/bench";

interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
}

/** Sums up what the benchmarks measured: build/bench/client.json and a Markdown table beside it. */
export default class Summary implements Reporter {
  readonly #rows: { what: string; name: string; unit: string; count: number; median: number; p95: number }[] = [];

  onTestEnd(test: TestCase, result: TestResult): void {
    for (const { type, description } of result.annotations) {
      if (type !== FIGURE || description === undefined) continue;
      const { name, unit, values } = JSON.parse(description) as Figure;
      const row = { what: test.title, name, unit, count: values.length };
      this.#rows.push({ ...row, median: quantile(values, 0.5), p95: quantile(values, 0.95) });
    }
  }

  onEnd(): void {
    if (this.#rows.length === 0) return;
    const table = [
      "| what | unit | measured | median | 95th percentile |",
      "|---|---|--:|--:|--:|",
      ...this.#rows.map(
        ({ what, unit, count, median, p95 }) => `| ${what} | ${unit} | ${count} | ${median} | ${p95} |`,
      ),
    ].join("\n");
    const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
    const machine = { processor: cpus()[0]?.model, cores: cpus().length, node: process.version };
    mkdirSync(PLACE, { recursive: true });
    writeFileSync(`${PLACE}/client.json`, `${JSON.stringify({ commit, machine, figures: this.#rows }, null, 2)}\n`);
    writeFileSync(`${PLACE}/client.md`, `${table}\n`);
    process.stdout.write(`\n${table}\n`);
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(10 * (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)) / 10;
}
