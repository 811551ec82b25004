// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusEvents} from "../../src/interfaces/ISebrusEvents.sol";
import {Policy} from "../../src/interfaces/Types.sol";
import {PureHarness} from "../base/Harness.sol";
import {Test} from "../base/Test.sol";

/// @notice Each bound of each number: the last that is allowed, the first that is not.
contract PolicyRulesTest is Test {
    PureHarness private pure_ = new PureHarness();
    uint256 private constant MIN_STAKE = 1_000_000;

    // places of the numbers in the struct's encoding
    uint256 private constant ITEM_STAKE = 0;
    uint256 private constant ITEM_REWARD = 1;
    uint256 private constant REVIEW_FEE = 2;
    uint256 private constant SEAT_STAKE = 3;
    uint256 private constant PANEL = 4;
    uint256 private constant ESCALATED = 5;
    uint256 private constant FINAL = 6;
    uint256 private constant QUORUM = 7;
    uint256 private constant VOTES = 8;
    uint256 private constant DELAY = 9;
    uint256 private constant ITEMS = 10;
    uint256 private constant GOLD = 11;
    uint256 private constant SCREENING = 12;
    uint256 private constant COMMIT = 13;
    uint256 private constant REVEAL = 14;
    uint256 private constant HOLD = 15;
    uint256 private constant REJECTED = 16;
    uint256 private constant SILENT = 17;
    uint256 private constant INCOHERENT = 18;
    uint256 private constant PASS = 19;

    function _numbers() private pure returns (uint256[20] memory n) {
        n[PANEL] = 5;
        n[ESCALATED] = 11;
        n[FINAL] = 23;
        n[QUORUM] = 3;
        n[DELAY] = 4;
        n[ITEMS] = 4096;
        n[SCREENING] = n[COMMIT] = n[REVEAL] = 60;
    }

    function _with(uint256 place, uint256 value) private pure returns (uint256[20] memory n) {
        n = _numbers();
        n[place] = value;
    }

    function _allowed(uint256[20] memory n) private view {
        pure_.check(abi.decode(abi.encode(n), (Policy)), MIN_STAKE);
    }

    function _refused(uint256[20] memory n, bytes32 field) private {
        Policy memory policy = abi.decode(abi.encode(n), (Policy));
        vm.expectRevert(abi.encodeWithSelector(ISebrusEvents.InvalidPolicy.selector, field));
        pure_.check(policy, MIN_STAKE);
    }

    function _range(uint256 place, uint256 low, uint256 high, bytes32 field) private {
        _allowed(_with(place, low));
        _allowed(_with(place, high));
        if (low != 0) _refused(_with(place, low - 1), field);
        _refused(_with(place, high + 1), field);
    }

    function test_policy_simpleBounds() public {
        _range(QUORUM, 1, 5, "quorum");
        _range(VOTES, 0, 31, "detectorVotes");
        _range(DELAY, 1, 64, "drawDelay");
        _range(ITEMS, 1, 4096, "maxItems");
        _range(GOLD, 0, 512, "maxGold");
        _range(SCREENING, 1, 30 days, "screeningWindow");
        _range(COMMIT, 1, 30 days, "commitWindow");
        _range(REVEAL, 1, 30 days, "revealWindow");
        _range(HOLD, 0, 30 days, "holdWindow");
        _range(REJECTED, 0, 10000, "rejectedSlashBps");
        _range(SILENT, 0, 10000, "silentSlashBps");
        _range(PASS, 0, 10000, "goldPassBps");
        _range(SEAT_STAKE, 0, MIN_STAKE, "seatStake");
        _allowed(_with(INCOHERENT, type(uint16).max));
    }

    function test_policy_amountsOfTheLargestBatchFitIn48Bits() public {
        uint256 most = type(uint48).max / uint256(4096);
        _range(ITEM_STAKE, 0, most, "itemStake");
        _range(ITEM_REWARD, 0, most, "itemReward");
        _range(REVIEW_FEE, 0, type(uint48).max / uint256(4096 * 31), "reviewFee");
        // few items allow more each
        uint256[20] memory n = _with(ITEMS, 1);
        n[ITEM_STAKE] = n[ITEM_REWARD] = type(uint48).max;
        _allowed(n);
        n[ITEM_STAKE] = uint256(type(uint48).max) + 1;
        _refused(n, "itemStake");
        n[ITEM_STAKE] = type(uint64).max; // the product is taken in 256 bits
        n[ITEMS] = 4096;
        _refused(n, "itemStake");
    }

    function test_policy_panelsAreOddAndGrow() public {
        uint256[20] memory n = _with(PANEL, 4);
        _refused(n, "panelSize");
        n[PANEL] = 0;
        _refused(n, "panelSize");
        n[PANEL] = 33;
        _refused(n, "panelSize");
        _refused(_with(ESCALATED, 12), "escalatedSize");
        _refused(_with(ESCALATED, 5), "escalatedSize");
        _refused(_with(ESCALATED, 3), "escalatedSize");
        _refused(_with(ESCALATED, 33), "escalatedSize");
        _refused(_with(FINAL, 24), "finalSize");
        _refused(_with(FINAL, 11), "finalSize");
        _refused(_with(FINAL, 9), "finalSize");
        _refused(_with(FINAL, 33), "finalSize");
        _allowed(_with(FINAL, 13));
        _allowed(_with(FINAL, 31));
        n = _with(ESCALATED, 7);
        n[FINAL] = 9;
        _allowed(n);
    }

    function test_policy_furtherPanelsMayBeMissingFromTheEnd() public {
        _allowed(_with(FINAL, 0));
        uint256[20] memory n = _with(FINAL, 0);
        n[ESCALATED] = 0;
        _allowed(n);
        n[FINAL] = 23; // a third panel without a second
        _refused(n, "finalSize");
        n = _with(PANEL, 31);
        n[ESCALATED] = n[FINAL] = 0;
        n[QUORUM] = 31;
        _allowed(n);
        n = _with(PANEL, 1);
        n[QUORUM] = 1;
        _allowed(n);
    }

    function test_policy_feesOfEachRound() public view {
        uint256[20] memory n = _with(REVIEW_FEE, 7);
        Policy memory policy = abi.decode(abi.encode(n), (Policy));
        eq(pure_.feesOf(policy, 0, 10), 350, "first");
        eq(pure_.feesOf(policy, 1, 10), 770, "second");
        eq(pure_.feesOf(policy, 2, 10), 1610, "third");
        eq(pure_.feesOf(policy, 3, 10), 0, "no fourth");
    }
}
