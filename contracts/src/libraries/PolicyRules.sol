// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrus, Policy} from "../interfaces/ISebrus.sol";

/// @notice What a policy may say. Checked once, at creation, so that nothing later can overflow, divide or wait for ever.
library PolicyRules {
    uint256 private constant MAX_SEATS = 31; // what five planes count
    uint256 private constant MAX_ITEMS = 4096; // 16 words: keeps every call below 12 million gas
    uint256 private constant MAX_WINDOW = 30 days;
    uint256 private constant MAX_AMOUNT = type(uint56).max; // all the money the contract will hold
    uint256 private constant WHOLE = 10000; // basis points

    /// @notice Reverts with InvalidPolicy, naming the field, unless every number is in its range.
    /// @param minStake the least reviewing stake: a seat may not cost more, so that whoever can be drawn can pay
    function check(Policy calldata policy, uint256 minStake) internal pure {
        _require(policy.panelSize, 1, MAX_SEATS, "panelSize");
        if (policy.panelSize % 2 == 0) revert ISebrus.InvalidPolicy("panelSize");
        _require(policy.panelSizeUnscreened, policy.panelSize, MAX_SEATS, "panelSizeUnscreened");
        if (policy.panelSizeUnscreened % 2 == 0) revert ISebrus.InvalidPolicy("panelSizeUnscreened");
        _require(policy.quorum, 1, policy.panelSize, "quorum");
        _require(policy.maxRounds, 1, 8, "maxRounds");
        _require(policy.detectorVotes, 0, MAX_SEATS, "detectorVotes");
        _require(policy.maxItems, 1, MAX_ITEMS, "maxItems");
        _require(policy.drawDelay, 1, 64, "drawDelay");
        _require(policy.screeningWindow, 1, MAX_WINDOW, "screeningWindow");
        _require(policy.commitWindow, 1, MAX_WINDOW, "commitWindow");
        _require(policy.revealWindow, 1, MAX_WINDOW, "revealWindow");
        _require(policy.rejectedSlashBps, 0, WHOLE, "rejectedSlashBps");
        _require(policy.silentSlashBps, 0, WHOLE, "silentSlashBps");
        _require(policy.seatStake, 0, minStake, "seatStake");
        _require(stakeOf(policy, policy.maxItems), 0, MAX_AMOUNT, "itemStake");
        _require(uint256(policy.maxItems) * policy.itemReward, 0, MAX_AMOUNT, "itemReward");
        _require(reserveOf(policy, policy.maxItems), 0, MAX_AMOUNT, "reviewFee");
    }

    /// @notice What a batch of `items` locks of its contributor's money.
    function stakeOf(Policy memory policy, uint256 items) internal pure returns (uint256) {
        return items * policy.itemStake;
    }

    /// @notice What a batch of `items` reserves of the bounty: every reward, and every fee of the larger panel.
    function reserveOf(Policy memory policy, uint256 items) internal pure returns (uint256) {
        return items * (uint256(policy.itemReward) + uint256(policy.panelSizeUnscreened) * policy.reviewFee);
    }

    function _require(uint256 value, uint256 low, uint256 high, bytes32 field) private pure {
        if (value < low || value > high) revert ISebrus.InvalidPolicy(field);
    }
}
