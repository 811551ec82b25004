// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../../src/interfaces/Types.sol";
import {Bitmaps} from "../../src/libraries/Bitmaps.sol";
import {ConcludedRound, OpenedBallot} from "./Flat.sol";
import {Signing} from "./Signing.sol";

/// @notice A dataset and its people. Everything about one batch travels in a `Case`.
abstract contract Stage is Signing {
    /// What its sender knows of a batch: the record, and all that its digests stand for.
    struct Case {
        BatchKey key;
        bytes32 id;
        BatchRecord record;
        address[] panel;
        address[][] excluded;
        ScreeningOpening screening; // of this round
        OpenedBallot[] ballots; // commitments of this round, all opened
        uint256[] question;
        Decision decision;
        Appeal[] appeals;
        ConcludedRound[] rounds;
    }

    uint256 internal constant REVIEWERS = 12;
    uint256 internal constant FAR = type(uint256).max;
    bytes internal constant NONE = "";

    function setUp() public virtual {
        vm.roll(EPOCH * 10);
        vm.warp(1_800_000_000);
        sebrus = _deploy();
        _fund(owner, 1000 ether);
        _deposit(contributor, 1e9);
        policy = _policy();
        datasetId = _createDataset(_params(), 1e11);
        for (uint256 i; i < _reviewers(); ++i) {
            _deposit(reviewer(i), 10 * MIN_STAKE);
            _stake(reviewer(i), uint64(MIN_STAKE * (1 + i % 4)));
        }
        vm.roll(EPOCH * 11);
        vm.recordLogs();
    }

    // ------------------------------------------------------------------ people and places

    function _reviewers() internal pure virtual returns (uint256) {
        return REVIEWERS;
    }

    function _policy() internal pure virtual returns (Policy memory) {
        return Policy({
            itemStake: 1000,
            itemReward: 5000,
            reviewFee: 300,
            seatStake: 500_000,
            panelSize: 5,
            escalatedSize: 11,
            finalSize: 23,
            quorum: 3,
            detectorVotes: 2,
            drawDelay: 4,
            maxItems: 4096,
            maxGold: 512,
            screeningWindow: 60,
            commitWindow: 600,
            revealWindow: 600,
            holdWindow: 1200,
            rejectedSlashBps: 5000,
            silentSlashBps: 4000,
            incoherentSlashBps: 20000,
            goldPassBps: 6000
        });
    }

    function _params() internal view returns (DatasetParams memory) {
        return DatasetParams(owner, detector, 10, keccak256("metadata"), bytes32(0), policy);
    }

    function _fund(address account, uint256 value) internal {
        vm.deal(account, account.balance + value);
    }

    function _deposit(address account, uint64 amount) internal {
        _fund(address(this), uint256(amount) * 1 gwei);
        sebrus.deposit{value: uint256(amount) * 1 gwei}(account);
    }

    function _stake(address account, uint64 amount) internal {
        vm.prank(account);
        sebrus.stake(account, amount, 0, NONE);
    }

    function _unstake(address account, uint64 amount) internal {
        vm.prank(account);
        sebrus.unstake(account, amount, 0, NONE);
    }

    function _createDataset(DatasetParams memory params, uint64 bounty) internal returns (bytes32) {
        _fund(params.owner, uint256(bounty) * 1 gwei);
        vm.prank(params.owner);
        return sebrus.createDataset{value: uint256(bounty) * 1 gwei}(params);
    }

    function _signCommit(Case memory c, uint256 seat, bytes32 commitment) internal view returns (bytes memory) {
        return _sign(keyOf(c.panel[seat]), _commitHash(c, commitment));
    }

    function _commitHash(Case memory c, bytes32 commitment) internal pure returns (bytes32) {
        return keccak256(abi.encode(COMMIT_TYPE, c.id, c.record.status.round(), c.record.panel, commitment));
    }

    // ------------------------------------------------------------------ bitmaps

    function _zeros(uint256 bits) internal pure returns (uint256[] memory) {
        return new uint256[]((bits + 255) / 256);
    }

    function _ones(uint256 bits) internal pure returns (uint256[] memory words) {
        return Bitmaps.full(bits);
    }

    function _bits(uint256 length, uint256[] memory places) internal pure returns (uint256[] memory words) {
        words = _zeros(length);
        for (uint256 i; i < places.length; ++i) {
            words[places[i] / 256] |= uint256(1) << (places[i] % 256);
        }
    }

    function _random(uint256 bits, uint256 seed) internal pure returns (uint256[] memory words) {
        words = _ones(bits);
        for (uint256 i; i < words.length; ++i) {
            words[i] &= uint256(keccak256(abi.encode(seed, i)));
        }
    }
}
