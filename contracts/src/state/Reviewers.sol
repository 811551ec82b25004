// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {StakeTree} from "../libraries/StakeTree.sol";
import {AccountWord} from "../types/AccountWord.sol";
import {Ledger} from "./Ledger.sol";

/// @notice Reviewing stakes: the weights of the draws, the locks of open seats, the slashes.
abstract contract Reviewers is Ledger {
    using StakeTree for StakeTree.Tree;

    /// What a seat gets and loses, in gwei, and how well it judged.
    struct SeatResult {
        uint64 payout;
        uint64 slash;
        uint256 gold;
        uint256 goldRight;
        uint256 items;
        uint256 itemsCoherent;
    }

    uint64 private constant UNITS = 16; // of weight in the least stake
    uint256 private constant FULL_TIER = 4;

    /// @notice The least stake that counts in draws, in gwei.
    uint64 public immutable minStake;
    /// @notice Blocks in an epoch.
    uint32 public immutable epochLength;

    StakeTree.Tree internal _tree;
    mapping(uint256 place => address) internal _reviewers;
    uint256 internal _placesIssued;

    constructor(uint64 minStake_, uint32 epochLength_) {
        if (minStake_ < UNITS || minStake_ > 1 << 40) revert InvalidDeployment();
        if (epochLength_ < 8 || epochLength_ > 1 << 20) revert InvalidDeployment();
        minStake = minStake_;
        epochLength = epochLength_;
    }

    /// @dev Sets what the account weighs in draws, from the end of this epoch on; false when the tree has no room for more.
    function _weigh(AccountWord word) internal returns (bool) {
        uint32 index = word.index();
        if (index == 0) return true; // lost its place to another after weighing nothing
        uint64 stake_ = word.stake();
        // A unit is a sixteenth of the least stake, rounded down, by definition.
        // slither-disable-next-line divide-before-multiply
        uint256 weight = stake_ < minStake ? 0 : stake_ * word.tier() / (FULL_TIER * (minStake / UNITS));
        return _tree.set(index - 1, weight, _epoch());
    }

    /// @dev Locks the price of a seat for which its reviewer commits. What is locked never exceeds the stake.
    function _openSeat(address reviewer, uint64 seatStake) internal {
        bytes32 slot = _slotOf(reviewer);
        AccountWord word = _load(slot);
        unchecked {
            uint64 available = word.stake() - word.locked();
            if (available < seatStake) revert InsufficientStake(available, seatStake);
        }
        _store(slot, word.withMoreLocked(seatStake));
    }

    /// @dev Closes a seat that has committed: unlocks it, pays, takes its slash, at most the seat stake (what was locked
    /// covers it), and keeps how well it judged. Where the tree has no room for a heavier weight the old one stays.
    function _closeSeat(address reviewer, uint64 seatStake, SeatResult memory result) internal {
        bytes32 slot = _slotOf(reviewer);
        AccountWord before = _load(slot);
        AccountWord word = before.withClosedSeat(seatStake, result.payout, result.slash)
            .withJudged(result.gold, result.goldRight, result.items, result.itemsCoherent);
        _store(slot, word);
        if (result.slash != 0 || (result.gold != 0 && word.tier() != before.tier())) _weigh(word);
    }

    function _epoch() internal view returns (uint256) {
        return block.number / epochLength;
    }
}
