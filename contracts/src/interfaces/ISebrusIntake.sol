// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusEvents} from "./ISebrusEvents.sol";
import {
    Account,
    Appeal,
    BatchKey,
    BatchRecord,
    DatasetParams,
    DetectorRecord,
    Phase,
    Policy,
    ScreeningCommitment,
    Vote
} from "./Types.sol";

/// @title The first half of SeBRUS: money, datasets, and batches until their reviewers have committed
interface ISebrusIntake is ISebrusEvents {
    // ------------------------------------------------------------------ money

    /// Credits `account`; anyone may pay for anyone.
    function deposit(address account) external payable;
    /// Sends `amount` of the account's free balance to the account itself.
    function withdraw(address account, uint64 amount, uint256 deadline, bytes calldata signature) external;
    /// Sets or ends the account's standing order to be paid out.
    function setPayout(address account, bool payout, uint256 deadline, bytes calldata signature) external;
    /// Sends the free balance of each account with a standing order to the account itself. One that refuses the ether
    /// keeps its balance.
    function payOut(address[] calldata accounts) external;
    function stake(address reviewer, uint64 amount, uint256 deadline, bytes calldata signature) external;
    function unstake(address reviewer, uint64 amount, uint256 deadline, bytes calldata signature) external;

    // ------------------------------------------------------------------ datasets

    /// The sender must be `params.owner`; the value becomes the first bounty.
    function createDataset(DatasetParams calldata params) external payable returns (bytes32 datasetId);
    function fundDataset(bytes32 datasetId) external payable;
    function closeDataset(bytes32 datasetId) external;
    function publishRelease(bytes32 datasetId, bytes32 manifestRoot, uint32 itemCount, bytes32 manifestHash) external;

    // ------------------------------------------------------------------ the life of a batch

    function submit(BatchKey calldata key, uint256 deadline, bytes calldata signature) external;
    /// `submit` and `commitScreening` in one.
    function submitAndScreen(
        BatchKey calldata key,
        uint256 deadline,
        bytes calldata signature,
        ScreeningCommitment calldata screening
    ) external;
    /// A record with the deadline 0 stands for that of a round which began in this very block, so that a batch can be
    /// submitted and screened in one transaction.
    function commitScreening(BatchKey calldata key, BatchRecord calldata record, ScreeningCommitment calldata screening)
        external;
    function skipScreening(BatchKey calldata key, BatchRecord calldata record) external;
    function requestDraw(BatchKey calldata key, BatchRecord calldata record) external;
    /// `excluded` are the batch's lists of excluded accounts, `appeals` its open appeals. `hint` names the accounts in the
    /// order in which the urn yields them, with those who may not sit: a draw that is called with an empty one, and not
    /// sent, tells it. With it a draw reads of each its account, and no list of places.
    function draw(
        BatchKey calldata key,
        BatchRecord calldata record,
        address[][] calldata excluded,
        Appeal[] calldata appeals,
        address[] calldata hint
    ) external returns (address[] memory panel, address[] memory drawn);
    /// Committing is consent to the dataset's policy: only now is the seat stake of the reviewer's stake locked.
    function commit(BatchKey calldata key, BatchRecord calldata record, address[] calldata panel, Vote[] calldata votes)
        external;

    /// `draw` and `commit` in one, by those who were drawn.
    function drawAndCommit(
        BatchKey calldata key,
        BatchRecord calldata record,
        address[][] calldata excluded,
        Appeal[] calldata appeals,
        address[] calldata hint,
        Vote[] calldata votes
    ) external;

    // ------------------------------------------------------------------ guardian

    function setSubmissionsPaused(bool paused) external;

    // ------------------------------------------------------------------ views

    function accountOf(address account) external view returns (Account memory);
    function bountyOf(bytes32 datasetId) external view returns (uint64);
    function detectorRecordOf(bytes32 datasetId) external view returns (DetectorRecord memory);
    function policyOf(bytes32 datasetId) external view returns (Policy memory);
    function datasetIdOf(DatasetParams calldata params) external pure returns (bytes32);
    function batchIdOf(BatchKey calldata key) external pure returns (bytes32);
    function phaseOf(bytes32 batchId) external view returns (Phase);
    /// The hash of the batch's record with its lowest byte replaced by the phase; zero for an unknown batch. Of a settled
    /// batch: keccak256 of the accepted bitmap, in the same way.
    function sealOf(bytes32 batchId) external view returns (bytes32);
    function releaseOf(bytes32 datasetId, uint32 version) external view returns (bytes32 manifestRoot);
    function verifyItem(
        BatchKey calldata key,
        uint256 index,
        bytes32 sha256Hash,
        uint16 label,
        bytes32[] calldata proof
    ) external pure returns (bool);
}
