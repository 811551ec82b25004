// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusIntake} from "../interfaces/ISebrusIntake.sol";
import {Account} from "../interfaces/Types.sol";
import {StakeTree} from "../libraries/StakeTree.sol";
import {Records} from "../state/Records.sol";
import {AccountWord} from "../types/AccountWord.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

/// @notice Ether in and out, and reviewing stakes.
abstract contract Money is ISebrusIntake, Records {
    using StakeTree for StakeTree.Tree;

    bytes32 private constant WITHDRAW_TYPE =
        keccak256("Withdraw(address account,uint64 amount,uint256 nonce,uint256 deadline)");
    bytes32 private constant PAYOUT_TYPE =
        keccak256("Payout(address account,bool payout,uint256 nonce,uint256 deadline)");
    bytes32 private constant STAKE_TYPE =
        keccak256("Stake(address account,uint64 amount,uint256 nonce,uint256 deadline)");
    bytes32 private constant UNSTAKE_TYPE =
        keccak256("Unstake(address account,uint64 amount,uint256 nonce,uint256 deadline)");
    uint256 private constant PLACES_TRIED = 16; // when the tree is full
    uint256 private constant PAYOUT_GAS = 50_000; // what one receiver can use up of the others' gas

    /// @inheritdoc ISebrusIntake
    function deposit(address account) external payable {
        if (account == address(0)) revert ZeroAddress();
        uint64 amount = _received();
        if (amount == 0) revert ZeroAmount();
        _credit(account, amount);
        emit Deposited(account, msg.sender, amount);
    }

    /// @inheritdoc ISebrusIntake
    function withdraw(address account, uint64 amount, uint256 deadline, bytes calldata signature) external {
        AccountWord word = _authoriseMove(WITHDRAW_TYPE, account, amount, deadline, signature);
        _accounts[account] = _spend(word, amount);
        emit Withdrawn(account, amount);
        // The only call that sends ether, and the last thing done: a receiver that calls back meets the new balance.
        // The zero address has no balance here and no key.
        // slither-disable-next-line missing-zero-check
        (bool sent,) = account.call{value: uint256(amount) * 1 gwei}("");
        if (!sent) revert TransferFailed();
    }

    /// @inheritdoc ISebrusIntake
    function setPayout(address account, bool payout, uint256 deadline, bytes calldata signature) external {
        AccountWord word = _accounts[account];
        bytes32 structHash = keccak256(abi.encode(PAYOUT_TYPE, account, payout, uint256(word.nonce()), deadline));
        _authorise(account, structHash, deadline, signature);
        if (signature.length != 0) word = word.withNextNonce();
        _accounts[account] = word.withPayout(payout);
        emit PayoutSet(account, payout);
    }

    /// @inheritdoc ISebrusIntake
    function payOut(address[] calldata accounts) external {
        uint256[] memory payments = new uint256[](accounts.length);
        uint256 count;
        unchecked {
            for (uint256 i; i < accounts.length; ++i) {
                address account = accounts[i];
                bytes32 slot = _slotOf(account);
                AccountWord word = _load(slot);
                uint64 amount = word.free();
                if (amount == 0 || !word.payout()) continue;
                _store(slot, word.withFree(0));
                // Nothing is read before the call that is used after it: a receiver that calls back meets the new
                // balance. What it returns is not copied, so a receiver cannot make the others pay for a long answer.
                bool sent = SafeTransferLib.trySafeTransferETH(account, uint256(amount) * 1 gwei, PAYOUT_GAS);
                if (sent) payments[count++] = (uint256(uint160(account)) << 64) | amount;
                else _credit(account, amount);
            }
        }
        if (count != 0) _emitPaidOut(payments, count);
    }

    /// @dev `emit PaidOut(payments)` of the first `count`, in place.
    function _emitPaidOut(uint256[] memory payments, uint256 count) private {
        bytes32 topic = PaidOut.selector;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(payments, count)
            mstore(data, 0x20)
            let size := shl(5, add(count, 1)) // with the length
            mcopy(add(data, 0x20), payments, size)
            log1(data, add(0x20, size), topic)
        }
    }

    /// @inheritdoc ISebrusIntake
    function accountOf(address account) external view returns (Account memory) {
        return _accounts[account].unpack();
    }

    /// @inheritdoc ISebrusIntake
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
        word = word.withStake(newStake);
        _accounts[reviewer] = word;
        if (!_weigh(word)) revert AmountTooLarge();
        emit Staked(reviewer, index - 1, amount, newStake);
    }

    /// @inheritdoc ISebrusIntake
    function unstake(address reviewer, uint64 amount, uint256 deadline, bytes calldata signature) external {
        AccountWord word = _authoriseMove(UNSTAKE_TYPE, reviewer, amount, deadline, signature);
        uint64 oldStake = word.stake();
        if (oldStake < amount) revert InsufficientBalance(oldStake, amount);
        uint64 newStake = oldStake - amount;
        if (newStake < word.locked()) revert StakeLocked(word.locked());
        if (newStake != 0 && newStake < minStake) revert StakeTooSmall(newStake, minStake);
        word = word.withStake(newStake).withFree(word.free() + amount);
        _accounts[reviewer] = word;
        _weigh(word);
        emit Unstaked(reviewer, amount, newStake);
    }

    /// @dev A new place, or when all have been given out the place of somebody who weighs nothing since before this
    /// epoch. Without the second, 32 768 accounts that stake and leave would shut the door for ever. Places are tried
    /// from a random one on, so that whoever is refused can try again in another block.
    function _findPlace(address reviewer) private returns (uint256 place) {
        if (_placesIssued < StakeTree.CAPACITY) return _placesIssued++;
        uint256 first = uint256(keccak256(abi.encode(blockhash(block.number - 1), reviewer)));
        uint256 epoch = _epoch();
        for (uint256 i; i < PLACES_TRIED; ++i) {
            // A place is worth nothing by itself: whoever steers which vacant one it is gains no weight.
            // slither-disable-next-line weak-prng
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
