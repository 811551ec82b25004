import { bytesToHex, hexToBytes } from "viem";
import { describe, expect, it } from "vitest";
import { sealTo } from "./hpke";

// RFC 9180, appendix A.2.1, and its first encryption (A.2.1.1).
const RFC = {
  info: "4f6465206f6e2061204772656369616e2055726e",
  ephemeral: "f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600",
  receiver: "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a",
  encapsulated: "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a",
  associated: "436f756e742d30",
  plaintext: "4265617574792069732074727574682c20747275746820626561757479",
  ciphertext: "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
};

function bytes(hex: string): Uint8Array {
  return hexToBytes(`0x${hex}`);
}

describe("HPKE", () => {
  it("seals as the RFC's vector says", () => {
    const sealed = sealTo(
      bytes(RFC.receiver),
      bytes(RFC.info),
      bytes(RFC.associated),
      bytes(RFC.plaintext),
      bytes(RFC.ephemeral),
    );
    expect(bytesToHex(sealed.encapsulated)).toBe(`0x${RFC.encapsulated}`);
    expect(bytesToHex(sealed.ciphertext)).toBe(`0x${RFC.ciphertext}`);
  });

  it("refuses a key of small order, with which everybody would know the secret", () => {
    const none = new Uint8Array(0);
    for (const small of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))]) {
      expect(() => sealTo(small, none, none, none, bytes(RFC.ephemeral))).toThrow();
    }
  });
});
