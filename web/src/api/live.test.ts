import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followEvents, type Source } from "./live";

class Line implements Source {
  readyState = 0;
  onopen: ((event: Event) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent<string>) => void) | null = null;
  closed = false;
  rewind = () => {};

  constructor(readonly url: string) {}

  addEventListener(_kind: string, listener: () => void) {
    this.rewind = listener;
  }
  close() {
    this.closed = true;
  }
  open() {
    this.readyState = 1;
    this.onopen?.(new Event("open"));
  }
  say(name: string) {
    this.onmessage?.(new MessageEvent("message", { data: JSON.stringify({ name }) }));
  }
  lose(state: number) {
    this.readyState = state;
    this.onerror?.(new Event("error"));
  }
}

describe("following events", () => {
  let lines: Line[];
  let told: string[][];
  let stop: () => void;
  const last = () => lines.at(-1) as Line;

  beforeEach(() => {
    vi.useFakeTimers();
    [lines, told] = [[], []];
    const open = (url: string) => {
      lines.push(new Line(url));
      return last();
    };
    stop = followEvents({ dataset_id: "0xab" }, (names) => told.push([...names]), open);
  });
  afterEach(() => {
    stop();
    vi.useRealTimers();
  });

  it("tells a burst of events once", () => {
    expect(last().url).toBe("/api/v1/stream?dataset_id=0xab");
    last().open();
    for (const name of ["Held", "Settled", "Held"]) last().say(name);
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual([["Held", "Settled"]]);
  });

  it("tells what keeps coming every few seconds, and loses nothing", () => {
    last().open();
    for (let second = 0; second < 10; second++) {
      last().say(`Event ${second}`);
      vi.advanceTimersByTime(1000);
    }
    vi.advanceTimersByTime(5000);
    expect(told.length).toBeLessThan(6);
    expect(told.flat()).toHaveLength(10);
  });

  it("tells what the chain took back", () => {
    last().open();
    last().rewind();
    vi.advanceTimersByTime(1000);
    expect(told).toEqual([["rewind"]]);
  });

  it("looks every few seconds while the stream is lost, and no more once it is back", () => {
    last().lose(0);
    vi.advanceTimersByTime(25_000);
    expect(told).toEqual([[], [], []]);
    expect(lines).toHaveLength(1);
    last().open();
    vi.advanceTimersByTime(60_000);
    expect(told).toHaveLength(4);
  });

  it("asks again for a stream that the server refused", () => {
    last().lose(2);
    vi.advanceTimersByTime(29_000);
    expect(lines).toHaveLength(1);
    vi.advanceTimersByTime(2000);
    expect(lines).toHaveLength(2);
  });

  it("ends with the page", () => {
    last().lose(2);
    stop();
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(last().closed).toBe(true);
  });
});
