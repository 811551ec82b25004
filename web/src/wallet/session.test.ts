import { parseSiweMessage } from "viem/siwe";
import { expect, it } from "vitest";
import { signInText } from "./session";

it("the text of a sign-in is read by others as it is meant", () => {
  const address = "0x3e76d3348d0bfdeCCd36d90DC9A41e467F45aA7a";
  const now = new Date("2026-01-02T03:04:05.678Z");
  const place = { host: "sebrus.example:8443", origin: "https://sebrus.example:8443" };
  expect(parseSiweMessage(signInText(place, address, 31_337, "a1b2c3d4e5", now))).toEqual({
    address,
    chainId: 31_337,
    domain: "sebrus.example:8443",
    issuedAt: now,
    nonce: "a1b2c3d4e5",
    statement: "Sign in to SeBRUS.",
    uri: "https://sebrus.example:8443",
    version: "1",
  });
});
