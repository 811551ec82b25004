import { bytesToHex, hexToBytes } from "viem";
import { concat, type Hex, keccak, uintWord } from "./bytes";

// The draw of a panel: the twin of `sebrus.protocol.draw`.

/** `keccak256(abi.encode(blockhash(E), batchId, round))`. */
export function drawEntropy(blockHash: Hex, batchId: Hex, round: number): Hex {
  return bytesToHex(keccak(concat(hexToBytes(blockHash), hexToBytes(batchId), uintWord(round))));
}

/** The block whose hash decides a draw: in the last quarter of its epoch it is the next epoch's first. */
export function entropyBlock(askedAt: number, drawDelay: number, epochLength: number): number {
  const block = askedAt + drawDelay;
  const place = block % epochLength;
  return place < epochLength - Math.floor(epochLength / 4) ? block : block - place + epochLength;
}

/**
 * The indices drawn in seat order, successively in proportion to weight; fewer where fewer are eligible. Excluded ones
 * are drawn like all others and passed over.
 */
export function drawPanel(
  weights: readonly number[],
  excluded: ReadonlySet<number>,
  entropy: Hex,
  seats: number,
): number[] {
  const left = [...weights];
  const bytes = hexToBytes(entropy);
  const panel: number[] = [];
  let remaining = left.reduce((sum, weight) => sum + weight, 0);
  for (let draw = 0; panel.length < seats && remaining > 0; draw++) {
    const number = BigInt(bytesToHex(keccak(concat(bytes, uintWord(draw))))) % BigInt(remaining);
    const index = holder(left, Number(number));
    remaining -= left[index] ?? 0;
    left[index] = 0;
    if (!excluded.has(index)) panel.push(index);
  }
  return panel;
}

/** The index whose interval holds the number, walking the weights in order. */
function holder(weights: readonly number[], number: number): number {
  let rest = number;
  return weights.findIndex((weight) => {
    if (rest < weight) return true;
    rest -= weight;
    return false;
  });
}
