// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Bitmaps} from "../../src/libraries/Bitmaps.sol";
import {Sieve} from "../../src/libraries/Sieve.sol";
import {Test} from "../base/Test.sol";

/// @notice Bitmaps and the sieve, for all words and places.
contract BitmapsSymbolic is Test {
    using Sieve for Sieve.Moves;

    /// Lengths are concrete, for memory of symbolic size has no model; the place is any.
    function check_fullHasItsPlacesAlone(uint8 place) public pure {
        uint16[9] memory lengths = [0, 1, 2, 128, 255, 256, 257, 511, 512];
        for (uint256 k; k < lengths.length; ++k) {
            uint256 bits = lengths[k];
            uint256[] memory words = Bitmaps.full(bits);
            uint256 length = words.length;
            assert(length == (bits + 255) / 256);
            for (uint256 i; i < length; ++i) {
                assert(((words[i] >> place) & 1 == 1) == (i * 256 + place < bits));
            }
        }
    }

    /// Any words through a mask of two words: memory of symbolic size has no model, so the mask is concrete.
    function check_sieveMovesEveryBitOfAMask(uint256 first, uint256 second) public pure {
        uint256[] memory words = new uint256[](2);
        (words[0], words[1]) = (first, second);
        uint256[] memory mask = new uint256[](2);
        (mask[0], mask[1]) = (uint256(keccak256("a mask")), uint256(keccak256("another")));
        Sieve.Moves memory sieve = Sieve.prepare(mask);
        uint256[] memory packed = sieve.compress(words);
        uint256 to;
        for (uint256 from; from < 512; ++from) {
            if ((mask[from / 256] >> (from % 256)) & 1 == 0) continue;
            assert((packed[to / 256] >> (to % 256)) & 1 == (words[from / 256] >> (from % 256)) & 1);
            ++to;
        }
        uint256[] memory again = sieve.expand(packed);
        assert(again[0] == first & mask[0] && again[1] == second & mask[1]);
    }
}
