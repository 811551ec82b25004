// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrus} from "../interfaces/ISebrus.sol";
import {StakeTree} from "../libraries/StakeTree.sol";
import {AccountWord} from "../types/AccountWord.sol";
import {Ledger} from "./Ledger.sol";

/// @notice Reviewing stakes: the weights of the draws, the locks of open seats, the slashes.
abstract contract Reviewers is Ledger {
    using StakeTree for StakeTree.Tree;

    bytes32 private constant STAKE_TYPE =
        keccak256("Stake(address account,uint64 amount,uint256 nonce,uint256 deadline)");
    bytes32 private constant UNSTAKE_TYPE =
        keccak256("Unstake(address account,uint64 amount,uint256 nonce,uint256 deadline)");
    uint256 private constant PLACES_TRIED = 16; // when the tree is full

    /// @inheritdoc ISebrus
    uint64 public immutable minStake;
    /// @inheritdoc ISebrus
    uint32 public immutable epochLength;

    StakeTree.Tree internal _tree;
    mapping(uint256 place => address) internal _reviewers;
    uint256 internal _placesIssued;

    constructor(uint64 minStake_, uint32 epochLength_) {
        if (minStake_ == 0 || minStake_ > 1 << 40) revert InvalidDeployment();
        if (epochLength_ < 8 || epochLength_ > 1 << 20) revert InvalidDeployment();
        minStake = minStake_;
        epochLength = epochLength_;
    }

    /// @inheritdoc ISebrus
    function stake(address reviewer, uint64 amount, uint256 deadline, bytes calldata signature) external {
        AccountWord word = _authoriseMove(STAKE_TYPE, reviewer, amount, deadline, signature);
        word = _spend(word, amount);
        uint64 newStake = word.stake() + amount;
        if (newStake < minStake) revert StakeTooSmall(newStake, minStake);
        uint32 index = word.index();
        if (index == 0) {
            uint256 place = _findPlace(reviewer);
            _reviewers[place] = reviewer;
            index = uint32(place + 1);
            word = word.withIndex(index);
        }
        _accounts[reviewer] = word.withStake(newStake);
        _weigh(index, newStake);
        emit Staked(reviewer, index - 1, amount, newStake);
    }

    /// @inheritdoc ISebrus
    function unstake(address reviewer, uint64 amount, uint256 deadline, bytes calldata signature) external {
        AccountWord word = _authoriseMove(UNSTAKE_TYPE, reviewer, amount, deadline, signature);
        uint64 oldStake = word.stake();
        if (oldStake < amount) revert InsufficientBalance(oldStake, amount);
        uint64 newStake = oldStake - amount;
        if (newStake < word.locked()) revert StakeLocked(word.locked());
        if (newStake != 0 && newStake < minStake) revert StakeTooSmall(newStake, minStake);
        _accounts[reviewer] = word.withStake(newStake).withFree(word.free() + amount);
        _weigh(word.index(), newStake);
        emit Unstaked(reviewer, amount, newStake);
    }

    /// @dev The part of `stake` that counts in draws, from the end of this epoch on.
    function _weigh(uint32 index, uint64 newStake) private {
        if (index == 0) return; // lost its place to another after weighing nothing
        _tree.set(index - 1, newStake < minStake ? 0 : newStake, _epoch());
    }

    /// @dev Locks the price of a seat for which its reviewer commits. What is locked never exceeds the stake.
    function _openSeat(address reviewer, uint64 seatStake) internal {
        AccountWord word = _accounts[reviewer];
        uint64 locked = word.locked();
        uint64 available = word.stake() - locked;
        if (available < seatStake) revert InsufficientStake(available, seatStake);
        _accounts[reviewer] = word.withLocked(locked + seatStake);
    }

    /// @dev Unlocks a seat that has committed, pays its fee and takes its slash, at most the seat stake: what was locked
    /// covers it.
    function _closeSeat(address reviewer, uint64 seatStake, uint64 payout, uint64 slash) internal {
        AccountWord word = _accounts[reviewer];
        uint64 newStake = word.stake() - slash;
        _accounts[reviewer] =
            word.withLocked(word.locked() - seatStake).withFree(word.free() + payout).withStake(newStake);
        if (slash != 0) _weigh(word.index(), newStake);
    }

    function _epoch() internal view returns (uint256) {
        return block.number / epochLength;
    }

    /// @dev A new place, or when all have been given out the place of somebody who weighs nothing since before this
    /// epoch. Without the second, 16 384 accounts that stake and leave would shut the door for ever. Places are tried
    /// from a random one on, so that whoever is refused can try again in another block.
    function _findPlace(address reviewer) private returns (uint256 place) {
        if (_placesIssued < StakeTree.CAPACITY) return _placesIssued++;
        uint256 first = uint256(keccak256(abi.encode(blockhash(block.number - 1), reviewer)));
        uint256 epoch = _epoch();
        for (uint256 i; i < PLACES_TRIED; ++i) {
            place = (first % StakeTree.CAPACITY + i) % StakeTree.CAPACITY;
            if (_tree.isVacant(place, epoch)) {
                address former = _reviewers[place];
                _accounts[former] = _accounts[former].withIndex(0);
                return place;
            }
        }
        revert TooManyReviewers();
    }
}
