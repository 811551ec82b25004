// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Bitmaps} from "./Bitmaps.sol";
import {LibBit} from "solady/utils/LibBit.sol";

/// @notice Moves bits between what reviewers see and what a batch holds: `compress` drops the places that a mask leaves out,
/// `expand` puts them back.
/// @dev The parallel-suffix compress and expand of Warren, "Hacker's Delight", 2nd edition, sections 7-4 and 7-5, for
/// 256 bits: eight rounds move every bit by its distance, one power of two at a time. The moves depend on the mask
/// only, so they are computed once for all bitmaps that go through it.
library Sieve {
    uint256 private constant STEPS = 8;

    /// @notice The moves of each word of a mask, and how many of its bits are ones.
    struct Moves {
        uint256[] mask;
        uint256[] moves; // STEPS for each word
        uint256[] ones;
    }

    /// @notice The moves of a mask.
    function prepare(uint256[] memory mask) internal pure returns (Moves memory sieve) {
        sieve = Moves(mask, Bitmaps.zeros(mask.length * STEPS), Bitmaps.zeros(mask.length));
        for (uint256 word; word < mask.length; ++word) {
            sieve.ones[word] = LibBit.popCount(mask[word]);
            _prepareWord(mask[word], sieve.moves, word * STEPS);
        }
    }

    /// @notice The bits of `words` where the mask is one, packed to the front, in as many words as they need.
    function compress(Moves memory sieve, uint256[] memory words) internal pure returns (uint256[] memory packed) {
        uint256 total;
        for (uint256 i; i < sieve.ones.length; ++i) {
            total += sieve.ones[i];
        }
        packed = Bitmaps.zeros((total + 255) / 256);
        uint256 offset;
        for (uint256 i; i < words.length; ++i) {
            uint256 ones = sieve.ones[i];
            if (ones == 0) continue;
            uint256 bits = _compressWord(words[i] & sieve.mask[i], sieve.moves, i * STEPS);
            packed[offset / 256] |= bits << (offset % 256);
            if (offset % 256 + ones > 256) packed[offset / 256 + 1] = bits >> (256 - offset % 256);
            offset += ones;
        }
    }

    /// @notice The front bits of `packed`, spread in their order over the ones of the mask.
    function expand(Moves memory sieve, uint256[] memory packed) internal pure returns (uint256[] memory words) {
        words = Bitmaps.zeros(sieve.mask.length);
        uint256 offset;
        for (uint256 i; i < words.length; ++i) {
            uint256 ones = sieve.ones[i];
            if (ones == 0) continue;
            uint256 bits = packed[offset / 256] >> (offset % 256);
            if (offset % 256 + ones > 256) bits |= packed[offset / 256 + 1] << (256 - offset % 256);
            if (ones < 256) bits &= (uint256(1) << ones) - 1;
            words[i] = _expandWord(bits, sieve.moves, i * STEPS) & sieve.mask[i];
            offset += ones;
        }
    }

    function _prepareWord(uint256 mask, uint256[] memory moves, uint256 offset) private pure {
        if (mask == type(uint256).max) return; // nothing moves
        unchecked {
            uint256 toCount = ~mask << 1; // bits that pass a gap on their right
            for (uint256 step; step < STEPS; ++step) {
                uint256 prefix = toCount ^ (toCount << 1); // parallel suffix
                prefix ^= prefix << 2;
                prefix ^= prefix << 4;
                prefix ^= prefix << 8;
                prefix ^= prefix << 16;
                prefix ^= prefix << 32;
                prefix ^= prefix << 64;
                prefix ^= prefix << 128;
                uint256 moving = prefix & mask;
                moves[offset + step] = moving;
                mask = (mask ^ moving) | (moving >> (uint256(1) << step));
                toCount &= ~prefix;
            }
        }
    }

    function _compressWord(uint256 bits, uint256[] memory moves, uint256 offset)
        private
        pure
        returns (uint256 compressed)
    {
        assembly ("memory-safe") {
            let move := add(add(moves, 0x20), shl(5, offset))
            for { let step := 0 } lt(step, STEPS) { step := add(step, 1) } {
                let moving := and(bits, mload(move))
                bits := or(xor(bits, moving), shr(shl(step, 1), moving))
                move := add(move, 0x20)
            }
            compressed := bits
        }
    }

    function _expandWord(uint256 bits, uint256[] memory moves, uint256 offset) private pure returns (uint256 expanded) {
        assembly ("memory-safe") {
            let move := add(moves, shl(5, add(offset, STEPS)))
            for { let step := STEPS } step {} {
                step := sub(step, 1)
                let moving := mload(move)
                bits := or(and(bits, not(moving)), and(shl(shl(step, 1), bits), moving))
                move := sub(move, 0x20)
            }
            expanded := bits
        }
    }
}
