import { describe, expect, it } from "vitest";
import { isFor, type Session, signInText } from "./session";

const OWNER = "0x8ba1f109551bD432803012645Ac136ddd64DBA72";
const OTHER = "0x52908400098527886E0F7030069857D2E4169EE7";
const session: Session = { id: "ab", account: OWNER, agent: "a browser", created: 0, expires: 1000, current: true };

describe("a session", () => {
  it("is its account's, however the address is written", () => {
    expect(isFor(session, OWNER, 0)).toBe(true);
    expect(isFor(session, OWNER.toLowerCase(), 0)).toBe(true);
  });

  it("is nobody else's, as when the wallet goes to another account", () => {
    expect(isFor(session, OTHER, 0)).toBe(false);
    expect(isFor(null, OWNER, 0)).toBe(false);
  });

  it("ends when its time is over", () => {
    expect(isFor(session, OWNER, 999_999)).toBe(true);
    expect(isFor(session, OWNER, 1_000_000)).toBe(false);
  });
});

describe("the text of a sign-in", () => {
  it("names server, chain, account and nonce line by line, as EIP-4361 has it", () => {
    const place = { host: "127.0.0.1:8080", origin: "http://127.0.0.1:8080" };
    const text = signInText(OWNER, 31_337, "0123456789abcdef", place, new Date("2026-01-02T03:04:05.678Z"));
    expect(text.split("\n")).toEqual([
      "127.0.0.1:8080 wants you to sign in with your Ethereum account:",
      OWNER,
      "",
      expect.stringMatching(/^[\x20-\x7e]+$/),
      "",
      "URI: http://127.0.0.1:8080",
      "Version: 1",
      "Chain ID: 31337",
      "Nonce: 0123456789abcdef",
      "Issued At: 2026-01-02T03:04:05.678Z",
    ]);
  });
});
