// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusEvents} from "../interfaces/ISebrusEvents.sol";
import {LibBit} from "solady/utils/LibBit.sol";

/// @notice Bitmaps: place i is bit i % 256, from the least significant, of word i / 256.
library Bitmaps {
    /// @notice The number of words that `bits` take.
    function wordsFor(uint256 bits) internal pure returns (uint256) {
        unchecked {
            return (bits + 255) / 256; // bits are places: they fit in 16 bits
        }
    }

    /// @notice Whether a bitmap has the right number of words, and no bits beyond the last place.
    /// @dev Padding must be zero: otherwise one vote has many encodings, and the tally would count phantom items.
    function fits(uint256[] calldata words, uint256 bits) internal pure returns (bool) {
        uint256 length = wordsFor(bits);
        if (words.length != length) return false;
        uint256 used = bits % 256;
        unchecked {
            return used == 0 || wordAt(placeOf(words) + 32 * (length - 1)) >> used == 0; // with bits beside whole words
        }
    }

    /// @notice Refuses a bitmap that does not fit.
    function requireShape(uint256[] calldata words, uint256 bits) internal pure {
        if (!fits(words, bits)) revert ISebrusEvents.InvalidBitmap();
    }

    /// @notice keccak256 of the words, 32 bytes each, big-endian.
    function hash(uint256[] calldata words) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let scratch := mload(0x40) // past the free memory: used at once and not kept
            let length := shl(5, words.length)
            calldatacopy(scratch, words.offset, length)
            digest := keccak256(scratch, length)
        }
    }

    /// @notice Where in the calldata the words begin: to find them anew for every word costs more than to use them.
    function placeOf(uint256[] calldata words) internal pure returns (uint256 place) {
        assembly ("memory-safe") {
            place := words.offset
        }
    }

    /// @notice The word at a place in the calldata.
    function wordAt(uint256 place) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(place)
        }
    }

    /// @notice The hash of so many words that begin at a place in the calldata.
    function hashAt(uint256 place, uint256 length) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            let size_ := shl(5, length)
            calldatacopy(scratch, place, size_)
            digest := keccak256(scratch, size_)
        }
    }

    /// @notice The same hash of a bitmap in memory.
    function hashMemory(uint256[] memory words) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            digest := keccak256(add(words, 0x20), shl(5, mload(words)))
        }
    }

    /// @notice The number of ones.
    function size(uint256[] memory words) internal pure returns (uint256 bits) {
        unchecked {
            for (uint256 i; i < words.length; ++i) {
                uint256 word = words[i];
                if (word != 0) bits += LibBit.popCount(word);
            }
        }
    }

    /// @notice So many words of zeros.
    /// @dev A third of what `new` costs, which checks a length that is small here.
    function zeros(uint256 length) internal pure returns (uint256[] memory words) {
        assembly ("memory-safe") {
            words := mload(0x40)
            mstore(words, length)
            let start := add(words, 0x20)
            let size_ := shl(5, length)
            calldatacopy(start, calldatasize(), size_) // there is nothing but zeros behind the calldata
            mstore(0x40, add(start, size_))
        }
    }

    /// @notice A copy in memory.
    function copy(uint256[] calldata bitmap) internal pure returns (uint256[] memory words) {
        assembly ("memory-safe") {
            words := mload(0x40)
            mstore(words, bitmap.length)
            let start := add(words, 0x20)
            let size_ := shl(5, bitmap.length)
            calldatacopy(start, bitmap.offset, size_)
            mstore(0x40, add(start, size_))
        }
    }

    /// @notice A bitmap of `bits` ones.
    function full(uint256 bits) internal pure returns (uint256[] memory words) {
        words = zeros(wordsFor(bits));
        unchecked {
            for (uint256 i; i < words.length; ++i) {
                words[i] = type(uint256).max;
            }
            uint256 used = bits % 256;
            if (used != 0) words[words.length - 1] = (uint256(1) << used) - 1;
        }
    }
}
