// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {PureHarness} from "../base/Harness.sol";
import {Naive} from "../base/Naive.sol";
import {Test} from "../base/Test.sol";

/// @notice Compress and expand, against walking bit by bit.
contract SieveTest is Test {
    PureHarness private pure_ = new PureHarness();

    /// Random words; a quarter of the seeds give sparse ones, a quarter dense ones, and some words are all ones or none.
    function _mask(uint256 words, uint256 seed) private pure returns (uint256[] memory mask) {
        mask = new uint256[](words);
        for (uint256 i; i < words; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint256 other = uint256(keccak256(abi.encode(random)));
            mask[i] = seed % 4 == 0 ? random & other : seed % 4 == 1 ? random | other : random;
            if (other % 7 == 0) mask[i] = 0;
            if (other % 7 == 1) mask[i] = type(uint256).max;
        }
    }

    function _check(uint256[] memory mask, uint256[] memory bits) private view {
        uint256 places = mask.length * 256;
        uint256[] memory packed = pure_.compress(mask, bits);
        eq(packed, Naive.compress(mask, bits, places), "compress");
        eq(pure_.expand(mask, bits), Naive.expand(mask, bits, places), "expand takes the front bits");
        uint256[] memory back = pure_.expand(mask, packed);
        for (uint256 i; i < mask.length; ++i) {
            eq(back[i], bits[i] & mask[i], "there and back");
        }
    }

    function test_fuzz_sieveEqualsWalking(uint256 seed, uint8 words) public view {
        uint256 length = within(words, 1, 6);
        uint256[] memory bits = new uint256[](length);
        for (uint256 i; i < length; ++i) {
            bits[i] = uint256(keccak256(abi.encode(seed, "bits", i)));
        }
        _check(_mask(length, seed), bits);
    }

    function test_sieve_edges() public view {
        uint256[6] memory edges =
            [uint256(0), type(uint256).max, 1, 1 << 255, type(uint256).max >> 1, type(uint256).max << 1];
        for (uint256 i; i < 6; ++i) {
            for (uint256 j; j < 6; ++j) {
                uint256[] memory mask = new uint256[](2);
                uint256[] memory bits = new uint256[](2);
                (mask[0], mask[1]) = (edges[i], edges[j]);
                (bits[0], bits[1]) = (uint256(keccak256(abi.encode(i))), uint256(keccak256(abi.encode(j))));
                _check(mask, bits);
                (bits[0], bits[1]) = (type(uint256).max, type(uint256).max);
                _check(mask, bits);
            }
        }
    }

    function test_sieve_aSingleBitFromEveryPlaceToTheFirst() public view {
        for (uint256 place; place < 256; ++place) {
            uint256[] memory mask = new uint256[](1);
            mask[0] = uint256(1) << place;
            eq(pure_.compress(mask, mask)[0], 1, "to the front");
            uint256[] memory one = new uint256[](1);
            one[0] = 1;
            eq(pure_.expand(mask, one)[0], mask[0], "and back");
        }
    }

    function test_sieve_packsIntoAsFewWordsAsNeeded() public view {
        uint256[] memory mask = new uint256[](3);
        eq(pure_.compress(mask, mask).length, 0, "nothing");
        mask[2] = 1;
        eq(pure_.compress(mask, mask).length, 1, "one bit");
        mask[0] = type(uint256).max;
        eq(pure_.compress(mask, mask).length, 2, "257 bits");
        mask[2] = 0;
        eq(pure_.compress(mask, mask).length, 1, "256 bits");
    }
}
