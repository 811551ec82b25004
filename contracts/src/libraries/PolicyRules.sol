// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusEvents} from "../interfaces/ISebrusEvents.sol";
import {Policy} from "../interfaces/Types.sol";
import {Amounts, Terms} from "../types/Rules.sol";

/// @notice What a policy may say. Checked once, at creation, so that nothing later can overflow, divide or wait for ever.
library PolicyRules {
    uint256 private constant MAX_SEATS = 31; // what five planes count
    uint256 private constant MAX_ITEMS = 4096; // 16 words: keeps every call below 12 million gas
    uint256 private constant MAX_GOLD = 512;
    uint256 private constant MAX_WINDOW = 30 days;
    uint256 private constant MAX_AMOUNT = type(uint48).max; // a sixteenth of all the money the contract will hold
    uint256 private constant WHOLE = 10000; // basis points

    /// @notice Reverts with InvalidPolicy, naming the field, unless every number is in its range.
    /// @param minStake the least reviewing stake: a seat may not cost more, so that whoever can be drawn can pay
    function check(Policy calldata policy, uint256 minStake) internal pure {
        _requireSizes(policy);
        _require(policy.quorum, 1, policy.panelSize, "quorum");
        _require(policy.detectorVotes, 0, MAX_SEATS, "detectorVotes");
        _require(policy.drawDelay, 1, 64, "drawDelay");
        _require(policy.maxItems, 1, MAX_ITEMS, "maxItems");
        _require(policy.maxGold, 0, MAX_GOLD, "maxGold");
        _require(policy.screeningWindow, 1, MAX_WINDOW, "screeningWindow");
        _require(policy.commitWindow, 1, MAX_WINDOW, "commitWindow");
        _require(policy.revealWindow, 1, MAX_WINDOW, "revealWindow");
        _require(policy.holdWindow, 0, MAX_WINDOW, "holdWindow");
        _require(policy.rejectedSlashBps, 0, WHOLE, "rejectedSlashBps");
        _require(policy.silentSlashBps, 0, WHOLE, "silentSlashBps");
        _require(policy.goldPassBps, 0, WHOLE, "goldPassBps");
        _require(policy.seatStake, 0, minStake, "seatStake");
        _require(uint256(policy.maxItems) * policy.itemStake, 0, MAX_AMOUNT, "itemStake");
        _require(uint256(policy.maxItems) * policy.itemReward, 0, MAX_AMOUNT, "itemReward");
        _require(uint256(policy.maxItems) * MAX_SEATS * policy.reviewFee, 0, MAX_AMOUNT, "reviewFee");
    }

    /// @notice The most that a round on `items` can pay its reviewers; what an appeal of so many items to it costs.
    function feesOf(Amounts amounts, Terms terms, uint256 round, uint256 items) internal pure returns (uint64) {
        unchecked {
            // at most 2**16 items, 2**8 seats and, by `check`, 2**48 gwei together
            return uint64(items * terms.sizeOf(round) * amounts.reviewFee());
        }
    }

    function _requireSizes(Policy calldata policy) private pure {
        _requireOdd(policy.panelSize, 1, "panelSize");
        if (policy.escalatedSize == 0) {
            _require(policy.finalSize, 0, 0, "finalSize");
            return;
        }
        _requireOdd(policy.escalatedSize, uint256(policy.panelSize) + 1, "escalatedSize");
        if (policy.finalSize != 0) _requireOdd(policy.finalSize, uint256(policy.escalatedSize) + 1, "finalSize");
    }

    function _requireOdd(uint256 value, uint256 low, bytes32 field) private pure {
        if (value % 2 == 0) revert ISebrusEvents.InvalidPolicy(field);
        _require(value, low, MAX_SEATS, field);
    }

    function _require(uint256 value, uint256 low, uint256 high, bytes32 field) private pure {
        if (value < low || value > high) revert ISebrusEvents.InvalidPolicy(field);
    }
}
