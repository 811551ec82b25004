// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrus} from "../interfaces/ISebrus.sol";

/// @notice Bitmaps over the items of a batch: item i is bit i % 256, from the least significant, of word i / 256.
library Bitmaps {
    /// @notice The number of words that `items` bits take.
    function wordsFor(uint256 items) internal pure returns (uint256) {
        return (items + 255) / 256;
    }

    /// @notice Refuses a bitmap with the wrong number of words, or with bits beyond the last item.
    /// @dev Padding must be zero: otherwise one vote has many encodings, and the tally would count phantom items.
    function requireShape(uint256[] calldata words, uint256 items) internal pure {
        uint256 length = wordsFor(items);
        if (words.length != length) revert ISebrus.InvalidBitmap();
        uint256 used = items % 256;
        if (used != 0 && words[length - 1] >> used != 0) revert ISebrus.InvalidBitmap();
    }

    /// @notice keccak256 of the words, 32 bytes each, big-endian.
    function hash(uint256[] calldata words) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let scratch := mload(0x40) // past the free memory: used at once and not kept
            let size := shl(5, words.length)
            calldatacopy(scratch, words.offset, size)
            digest := keccak256(scratch, size)
        }
    }

    /// @notice The same hash of a bitmap in memory.
    function hashMemory(uint256[] memory words) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            digest := keccak256(add(words, 0x20), shl(5, mload(words)))
        }
    }
}
