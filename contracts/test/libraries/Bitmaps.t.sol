// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusEvents} from "../../src/interfaces/ISebrusEvents.sol";
import {PureHarness} from "../base/Harness.sol";
import {Naive} from "../base/Naive.sol";
import {Test} from "../base/Test.sol";

contract BitmapsTest is Test {
    PureHarness private pure_ = new PureHarness();

    function _words(uint256 places, uint256 seed) private pure returns (uint256[] memory words) {
        words = Naive.words(places);
        for (uint256 i; i < words.length; ++i) {
            words[i] = uint256(keccak256(abi.encode(seed, i)));
        }
        if (places % 256 != 0) words[words.length - 1] &= (uint256(1) << (places % 256)) - 1;
    }

    function test_fuzz_bitmapHash(uint256 seed, uint16 places) public view {
        uint256[] memory words = _words(within(places, 1, 4608), seed);
        eq(pure_.hash(words), keccak256(abi.encodePacked(words)), "calldata");
        eq(pure_.hashMemory(words), keccak256(abi.encodePacked(words)), "memory");
    }

    function test_bitmap_hashOfNothing() public view {
        eq(pure_.hash(new uint256[](0)), keccak256(""), "calldata");
        eq(pure_.hashMemory(new uint256[](0)), keccak256(""), "memory");
    }

    function test_fuzz_bitmapSize(uint256 seed, uint16 places) public view {
        uint256 n = within(places, 1, 1200);
        uint256[] memory words = _words(n, seed);
        eq(pure_.size(words), Naive.count(words, n), "size");
    }

    function test_fuzz_bitmapFull(uint16 places) public view {
        uint256 n = within(places, 0, 4608);
        uint256[] memory words = pure_.full(n);
        eq(words.length, (n + 255) / 256, "words");
        for (uint256 place; place < words.length * 256; ++place) {
            yes(Naive.bit(words, place) == place < n, "a one for each place and no other");
        }
    }

    function test_bitmap_shape() public {
        pure_.requireShape(new uint256[](0), 0);
        pure_.requireShape(new uint256[](1), 256);
        pure_.requireShape(new uint256[](2), 257);
        _unfit(new uint256[](1), 257);
        _unfit(new uint256[](2), 256);
        _unfit(new uint256[](0), 1);
        _unfit(new uint256[](1), 0);
        uint256[] memory words = new uint256[](2);
        words[0] = type(uint256).max;
        words[1] = 1;
        pure_.requireShape(words, 257);
        words[1] = 2;
        _unfit(words, 257);
        words[1] = 1 << 255;
        _unfit(words, 511);
        pure_.requireShape(words, 512);
    }

    function _unfit(uint256[] memory words, uint256 places) private {
        vm.expectRevert(ISebrusEvents.InvalidBitmap.selector);
        pure_.requireShape(words, places);
    }
}
