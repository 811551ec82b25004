import { type DecodeEventLogReturnType, decodeEventLog, parseAbi, toEventSelector } from "viem";
import type { Hex } from "../protocol/bytes";
import { BadInput } from "./failure";
import { quantity, type RawLog } from "./node";

// The contract's events that a release is checked against, decoded from raw logs by a table of their own.

export const EVENTS = parseAbi([
  "struct Policy { uint64 itemStake; uint64 itemReward; uint64 reviewFee; uint64 seatStake; uint8 panelSize; uint8 escalatedSize; uint8 finalSize; uint8 quorum; uint8 detectorVotes; uint8 drawDelay; uint16 maxItems; uint16 maxGold; uint24 screeningWindow; uint24 commitWindow; uint24 revealWindow; uint24 holdWindow; uint16 rejectedSlashBps; uint16 silentSlashBps; uint16 incoherentSlashBps; uint16 goldPassBps; }",
  "struct Params { address owner; address detector; uint16 classCount; bytes32 metadataHash; bytes32 salt; Policy policy; }",
  "struct Opening { bool opened; bytes32 taskRoot; bytes32 modelHash; bytes32 scoresRoot; bytes32 salt; uint256[] flags; uint256[] gold; uint256[] answers; }",
  "event Deposited(address indexed account, address indexed from, uint64 amount)",
  "event Withdrawn(address indexed account, uint64 amount)",
  "event PaidOut(uint256[] payments)",
  "event Staked(address indexed reviewer, uint32 index, uint64 amount, uint64 stake)",
  "event Unstaked(address indexed reviewer, uint64 amount, uint64 stake)",
  "event DatasetCreated(bytes32 indexed datasetId, Params params, bytes32 policyHash)",
  "event DatasetFunded(bytes32 indexed datasetId, address indexed from, uint64 amount)",
  "event DatasetClosedByOwner(bytes32 indexed datasetId, uint64 returned)",
  "event Submitted(bytes32 indexed batchId, bytes32 indexed datasetId, address indexed contributor, bytes32 root, uint16 itemCount, uint64 stake, uint64 reserve, uint40 screeningDeadline)",
  "event Screened(bytes32 indexed batchId, uint8 round, bytes32 commitment, bytes32 taskRoot, uint16 positions, address[] links)",
  "event ScreeningSkipped(bytes32 indexed batchId, uint8 round, uint64 reserve)",
  "event DrawRequested(bytes32 indexed batchId, uint8 round, uint8 seats, uint48 entropyBlock, uint40 commitDeadline, uint40 revealDeadline)",
  "event Drawn(bytes32 indexed batchId, uint8 round, address[] panel, bytes32 entropy, uint32 epoch)",
  "event Unseated(bytes32 indexed batchId, uint8 round, uint64 returned)",
  "event Committed(bytes32 indexed batchId, uint8 round, uint256 seats, bytes32[] commitments)",
  "event Revealed(bytes32 indexed batchId, uint8 round, uint256 seats, uint256 opened, bytes32[] secrets, uint256[] verdicts)",
  "event ScreeningOpened(bytes32 indexed batchId, uint8 round, Opening opening)",
  "event Concluded(bytes32 indexed batchId, uint8 round, uint256 status, uint32 counted, bool conclusive, uint256[] accepted, uint256[] panelAccepted)",
  "event Escalated(bytes32 indexed batchId, uint8 round, uint16 items, uint256[] question, uint64 reserve, uint40 screeningDeadline)",
  "event Held(bytes32 indexed batchId, uint40 deadline)",
  "event Appealed(bytes32 indexed batchId, address indexed appellant, uint256[] items, uint64 bond)",
  "event AppealSettled(bytes32 indexed batchId, address indexed appellant, uint64 amount, uint64 fromBounty)",
  "event Settled(bytes32 indexed batchId, bool decided, uint16 acceptedCount, uint64 stakeReturned, uint64 reward, uint64 bountyReturned, int64[] results)",
  "event Released(bytes32 indexed datasetId, uint32 version, bytes32 manifestRoot, uint32 itemCount, bytes32 manifestHash)",
]);

type Decoded = DecodeEventLogReturnType<typeof EVENTS>;
export type EventName = Decoded["eventName"];

/** A place in the chain's order. */
export interface Position {
  readonly block: number;
  readonly logIndex: number;
}

/** One event: its name, its place, its transaction, its parameters by name; addresses are checksummed. */
export interface EventOf<N extends EventName> {
  readonly name: N;
  readonly at: Position;
  readonly transaction: Hex;
  readonly args: Extract<Decoded, { eventName: N }>["args"];
}

export type ChainEvent = { [N in EventName]: EventOf<N> }[EventName];

/** The topics that select these events in `eth_getLogs`, by the events' names. */
export const TOPICS: ReadonlyMap<string, Hex> = new Map(
  EVENTS.flatMap((one) => (one.type === "event" ? [[one.name, toEventSelector(one)] as const] : [])),
);

const KNOWN: ReadonlySet<string> = new Set(TOPICS.values());

/** A log as an event; null where it was taken back, or is none of these. @throws BadInput where it is mangled. */
export function decodeLog(log: RawLog): ChainEvent | null {
  if (log.removed || !KNOWN.has(log.topics?.[0] ?? "")) return null;
  const at = { block: quantity(log.blockNumber), logIndex: quantity(log.logIndex) };
  try {
    const topics = [...log.topics] as [Hex, ...Hex[]];
    const { eventName, args } = decodeEventLog({ abi: EVENTS, topics, data: log.data });
    return { name: eventName, at, transaction: log.transactionHash, args } as ChainEvent;
  } catch {
    throw new BadInput(`The node gave a log in block ${at.block} that cannot be decoded.`);
  }
}

export function isBefore(a: Position, b: Position): boolean {
  return a.block < b.block || (a.block === b.block && a.logIndex < b.logIndex);
}
