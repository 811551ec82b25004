// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Account} from "../interfaces/ISebrus.sol";

/// An account's money and place in one storage slot, amounts in gwei:
///
///     255      224 223      192 191        128 127         64 63           0
///     | nonce 32  |  index 32  |  locked 64   |   stake 64   |   free 64    |
///
/// Setters take uint64 and uint32, so a field cannot spill into its neighbour.
type AccountWord is uint256;

using AccountWordLibrary for AccountWord global;

/// @notice Getters and setters of the account word.
library AccountWordLibrary {
    uint256 private constant MASK64 = type(uint64).max;
    uint256 private constant STAKE = 64;
    uint256 private constant LOCKED = 128;
    uint256 private constant INDEX = 192;
    uint256 private constant NONCE = 224;

    function free(AccountWord word) internal pure returns (uint64) {
        return uint64(AccountWord.unwrap(word));
    }

    function stake(AccountWord word) internal pure returns (uint64) {
        return uint64(AccountWord.unwrap(word) >> STAKE);
    }

    function locked(AccountWord word) internal pure returns (uint64) {
        return uint64(AccountWord.unwrap(word) >> LOCKED);
    }

    function index(AccountWord word) internal pure returns (uint32) {
        return uint32(AccountWord.unwrap(word) >> INDEX);
    }

    function nonce(AccountWord word) internal pure returns (uint32) {
        return uint32(AccountWord.unwrap(word) >> NONCE);
    }

    function withFree(AccountWord word, uint64 value) internal pure returns (AccountWord) {
        return AccountWord.wrap((AccountWord.unwrap(word) & ~MASK64) | value);
    }

    function withStake(AccountWord word, uint64 value) internal pure returns (AccountWord) {
        return AccountWord.wrap((AccountWord.unwrap(word) & ~(MASK64 << STAKE)) | (uint256(value) << STAKE));
    }

    function withLocked(AccountWord word, uint64 value) internal pure returns (AccountWord) {
        return AccountWord.wrap((AccountWord.unwrap(word) & ~(MASK64 << LOCKED)) | (uint256(value) << LOCKED));
    }

    function withIndex(AccountWord word, uint32 value) internal pure returns (AccountWord) {
        return AccountWord.wrap(
            (AccountWord.unwrap(word) & ~(uint256(type(uint32).max) << INDEX)) | (uint256(value) << INDEX)
        );
    }

    function withNonce(AccountWord word, uint32 value) internal pure returns (AccountWord) {
        return AccountWord.wrap(
            (AccountWord.unwrap(word) & ~(uint256(type(uint32).max) << NONCE)) | (uint256(value) << NONCE)
        );
    }

    /// @notice The fields side by side, for views.
    function unpack(AccountWord word) internal pure returns (Account memory) {
        return Account(word.free(), word.stake(), word.locked(), word.index(), word.nonce());
    }
}
