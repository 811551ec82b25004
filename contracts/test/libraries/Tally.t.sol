// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrus, RevealedVerdicts} from "../../src/interfaces/ISebrus.sol";
import {PureHarness} from "../base/Harness.sol";
import {Naive} from "../base/Naive.sol";
import {Test} from "../base/Test.sol";

contract TallyTest is Test {
    PureHarness private pure_ = new PureHarness();

    function _random(uint256 items, uint256 seed) private pure returns (uint256[] memory words) {
        words = new uint256[]((items + 255) / 256);
        for (uint256 i; i < words.length; ++i) {
            words[i] = uint256(keccak256(abi.encode(seed, i)));
        }
        if (items % 256 != 0) words[words.length - 1] &= (uint256(1) << (items % 256)) - 1;
    }

    function _check(uint256[][] memory verdicts, uint256[] memory flags, uint256 detectorVotes, uint256 items)
        private
        view
    {
        RevealedVerdicts[] memory revealed = new RevealedVerdicts[](verdicts.length);
        for (uint256 i; i < verdicts.length; ++i) {
            revealed[i] = RevealedVerdicts(uint8(i), verdicts[i]);
        }
        (uint256[] memory accepted, uint256[] memory panel) = pure_.decide(revealed, flags, detectorVotes);
        eq(accepted, Naive.accepted(verdicts, flags, detectorVotes, items), "accepted");
        eq(panel, Naive.accepted(verdicts, flags, 0, items), "panel");
        eq(pure_.size(accepted), Naive.count(accepted, items), "size");
    }

    function test_fuzz_tallyEqualsCounting(uint256 seed, uint8 seats, uint8 votes, uint16 items) public view {
        uint256 n = within(items, 1, 600);
        uint256[][] memory verdicts = new uint256[][](within(seats, 1, 31));
        for (uint256 i; i < verdicts.length; ++i) {
            verdicts[i] = _random(n, uint256(keccak256(abi.encode(seed, i, "v"))));
            // half of the runs lean towards acceptance, so that high counts happen too
            if (seed % 2 == 0) verdicts[i][0] |= _random(n, uint256(keccak256(abi.encode(seed, i, "w"))))[0];
        }
        _check(verdicts, _random(n, seed), within(votes, 0, 31), n);
    }

    /// Every count from 0 to S for every S up to 31, at once: item i is accepted by the first i seats.
    function test_tally_everyCountOfEveryPanel() public view {
        for (uint256 seats = 1; seats <= 31; ++seats) {
            uint256[][] memory verdicts = new uint256[][](seats);
            for (uint256 i; i < seats; ++i) {
                verdicts[i] = new uint256[](1);
                verdicts[i][0] = ((uint256(1) << 32) - 1) ^ ((uint256(2) << i) - 1);
                verdicts[i][0] &= (uint256(1) << (seats + 1)) - 1;
            }
            uint256[] memory flags = new uint256[](1);
            flags[0] = 0x55555555 & ((uint256(1) << (seats + 1)) - 1);
            for (uint256 votes; votes <= 31; votes += 5) {
                _check(verdicts, flags, votes, seats + 1);
            }
        }
    }

    function test_tally_aTieRejects() public view {
        uint256[][] memory verdicts = new uint256[][](4);
        for (uint256 i; i < 4; ++i) {
            verdicts[i] = new uint256[](1);
            verdicts[i][0] = i < 2 ? 1 : 0;
        }
        RevealedVerdicts[] memory revealed = new RevealedVerdicts[](4);
        for (uint256 i; i < 4; ++i) {
            revealed[i] = RevealedVerdicts(uint8(i), verdicts[i]);
        }
        (uint256[] memory accepted,) = pure_.decide(revealed, new uint256[](1), 0);
        eq(accepted[0], 0, "tie");
    }

    function test_tally_aFlagOutweighsButDoesNotDecide() public view {
        // five seats, a flag of two votes: four accepts carry it (8 > 7), three do not (6 < 7)
        uint256[][] memory verdicts = new uint256[][](5);
        RevealedVerdicts[] memory revealed = new RevealedVerdicts[](5);
        for (uint256 i; i < 5; ++i) {
            verdicts[i] = new uint256[](1);
            verdicts[i][0] = (i < 4 ? 1 : 0) | (i < 3 ? 2 : 0);
            revealed[i] = RevealedVerdicts(uint8(i), verdicts[i]);
        }
        uint256[] memory flags = new uint256[](1);
        flags[0] = 3;
        (uint256[] memory accepted, uint256[] memory panel) = pure_.decide(revealed, flags, 2);
        eq(accepted[0], 1, "accepted");
        eq(panel[0], 3, "panel");
    }

    function test_fuzz_distance(uint256 seed, uint16 items) public view {
        uint256 n = within(items, 1, 700);
        uint256[] memory left = _random(n, seed);
        uint256[] memory right = _random(n, ~seed);
        uint256 expected;
        for (uint256 i; i < n; ++i) {
            if (Naive.bit(left, i) != Naive.bit(right, i)) ++expected;
        }
        eq(pure_.distance(left, right), expected, "distance");
    }

    function test_bitmap_hash(uint256 seed, uint16 items) public view {
        uint256[] memory words = _random(within(items, 1, 4096), seed);
        eq(pure_.hash(words), keccak256(abi.encodePacked(words)), "calldata");
        eq(pure_.hashMemory(words), keccak256(abi.encodePacked(words)), "memory");
    }

    function test_bitmap_shape() public {
        pure_.requireShape(new uint256[](1), 256);
        pure_.requireShape(new uint256[](2), 257);
        _refused(new uint256[](1), 257);
        _refused(new uint256[](2), 256);
        _refused(new uint256[](0), 1);
        uint256[] memory words = new uint256[](2);
        words[0] = type(uint256).max;
        words[1] = 1;
        pure_.requireShape(words, 257);
        words[1] = 2;
        _refused(words, 257);
        words[1] = 1 << 255;
        _refused(words, 511);
        pure_.requireShape(words, 512);
    }

    function _refused(uint256[] memory words, uint256 items) private {
        vm.expectRevert(ISebrus.InvalidBitmap.selector);
        pure_.requireShape(words, items);
    }
}
