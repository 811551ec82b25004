// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {BatchState} from "../types/BatchState.sol";

/// @notice The rules of a dataset: fixed at creation, part of its identity. Amounts are in gwei.
struct Policy {
    uint64 itemStake; // locked by the contributor for each item
    uint64 itemReward; // paid to the contributor for each accepted item
    uint64 reviewFee; // paid for each item to a reviewer who is never wrong
    uint64 seatStake; // locked by committing; the most a reviewer can lose in one seat
    uint8 panelSize; // seats of the first round; odd
    uint8 escalatedSize; // seats of the second round; odd and more than panelSize, or zero: there is none
    uint8 finalSize; // seats of the third round; odd and more than escalatedSize, or zero: there is none
    uint8 quorum; // counted seats a round needs to decide
    uint8 detectorVotes; // reject votes that a flag weighs in the tally
    uint8 drawDelay; // blocks between asking for entropy and having it
    uint16 maxItems; // items in one batch, at most 4096
    uint16 maxGold; // gold pictures in one round, at most 512
    uint24 screeningWindow; // seconds the detector has to commit its screening
    uint24 commitWindow; // seconds reviewers have to commit
    uint24 revealWindow; // seconds they then have to reveal; and after it, the detector to open
    uint24 holdWindow; // seconds a decision can be appealed before anyone is paid; zero: it cannot
    uint16 rejectedSlashBps; // share of the item stake lost for an item the panel rejects
    uint16 silentSlashBps; // share of the seat stake lost for committing and not revealing
    uint16 incoherentSlashBps; // loss of a reviewer whose J is -1, as share of the fees; may exceed 10000
    uint16 goldPassBps; // share of the gold a seat must have right to count
}

/// @notice What creates a dataset; its hash is the dataset's id.
struct DatasetParams {
    address owner;
    address detector; // may commit screenings; zero for none
    uint16 classCount;
    bytes32 metadataHash; // sha256 of the metadata document (name, classes, trusted seed)
    bytes32 salt;
    Policy policy;
}

/// @notice What identifies a batch; its hash is the batch's id, so none of it needs storage.
struct BatchKey {
    bytes32 datasetId;
    address contributor;
    bytes32 root; // StandardMerkleTree over (uint256 index, bytes32 sha256, uint16 label)
    uint16 itemCount;
}

/// @notice Where a batch stands, brought with each call; the contract keeps its hash. docs/protocol.md has the digests.
struct BatchRecord {
    BatchState status;
    bytes32 screening; // hash of (commitment, taskRoot) of this round; zero: none
    bytes32 panel; // hash of this round's panel; zero before the draw
    bytes32 ballots; // running digest of this round's commitments
    bytes32 question; // hash of the bitmap of items in question; zero: all of them
    bytes32 decision; // hash of the decision so far; zero: none
    bytes32 excluded; // running digest of lists of accounts that may not be drawn
    bytes32 appeals; // running digest of open appeals
    bytes32 history; // running digest of concluded rounds
}

/// @notice What a detector commits to before a draw.
struct ScreeningCommitment {
    bytes32 commitment; // EIP-712 digest of `Screening`
    bytes32 taskRoot; // Merkle root over what the reviewers are shown
    uint16 positions; // pictures they are shown: the items in question and the gold
    address[] links; // accounts tied to contributor or owner, which may not be drawn; at most 16
}

/// @notice A reviewer's commitment, with the authorisation to bring it (empty signature: the reviewer sends it).
struct Vote {
    uint8 seat;
    bytes32 commitment;
    bytes signature;
}

/// @notice The commitments of a round in the order of the `Committed` events, each with its opening or alone.
struct Ballots {
    uint256 seats; // a byte for each, from the least significant on
    uint256 opened; // bit i for the i-th
    bytes32[] secrets; // of each the salt; where it is not opened, the commitment itself
    uint256[] verdicts; // of the opened ones, one after the other: bit i % 256 of word i / 256 is 1 to accept position i
}

/// @notice What opens a screening; `opened` is false when there was none or the detector never did.
struct ScreeningOpening {
    bool opened;
    bytes32 taskRoot;
    bytes32 modelHash;
    bytes32 scoresRoot;
    bytes32 salt;
    uint256[] flags; // over items; empty when an earlier round has decided already
    uint256[] gold; // over positions: 1 is gold
    uint256[] answers; // over positions: 1 where the gold is to be accepted
}

/// @notice A decision, over items.
struct Decision {
    uint256[] accepted;
    uint256[] panelAccepted;
    uint256[] flags; // empty where the first round to decide had no screening
}

/// @notice An appeal that waits for its round.
struct Appeal {
    address appellant;
    uint256[] items;
}

/// @notice A concluded round, brought again to be paid.
struct PastRound {
    BatchState status;
    address[] panel;
    uint256 seats; // those that revealed in the order of their commitments, a byte for each, from the least significant on
    uint256[] verdicts; // theirs, one after the other
    uint256[] question; // empty: every item
    uint256[] gold; // empty where no screening was opened
    uint256[] answers;
}

/// @notice An account's money, in gwei, its place and its record as a reviewer.
struct Account {
    uint64 free; // can be withdrawn, staked or locked by a batch
    uint64 stake; // the reviewer's stake
    uint64 locked; // the part of it held by open seats that have committed; never more than the stake
    uint32 index; // place in the stake tree plus one; 0 for who has none
    uint32 nonce; // of signed money movements
    bool payout; // a standing order: the free balance may be sent out whenever somebody asks
    uint32 goldSeen;
    uint32 goldRight;
    uint32 itemsSeen;
    uint32 itemsCoherent;
}

/// @notice A detector's record in one dataset, over finalized batches.
struct DetectorRecord {
    uint48 items; // in batches whose screening was opened in the round that decided first
    uint40 flagged;
    uint40 upheld; // flagged, and the panel rejected the item in the end
    uint40 missed; // not flagged, and the panel rejected the item in the end
    uint16 unopened; // rounds whose screening was committed and never opened
}

/// @notice Where a batch stands.
enum Phase {
    None,
    Screening, // a round begins: waits for the detector
    Drawing, // waits for its entropy block, then for the draw
    Voting, // commits until the commit deadline or all have, then reveals
    Decided, // held, open to appeals
    Settled,
    Voided
}
