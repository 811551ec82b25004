// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Flat, OpenedBallot} from "../base/Flat.sol";
import {PureHarness} from "../base/Harness.sol";
import {Naive} from "../base/Naive.sol";
import {Test} from "../base/Test.sol";

/// @notice Who is struck, against counting one gold picture at a time.
contract GoldTest is Test {
    PureHarness private pure_ = new PureHarness();

    function test_fuzz_passingEqualsCounting(uint256 seed, uint16 passBps, uint8 asked) public view {
        uint256 places = 300;
        uint256[] memory gold = Naive.words(places);
        uint256[] memory answers = Naive.words(places);
        uint256 wanted = seed % 40;
        for (uint256 i; i < wanted; ++i) {
            uint256 place = (i * 7 + seed % 13) % places;
            Naive.put(gold, place, true);
            Naive.put(answers, place, (seed >> i) & 1 == 1);
        }
        OpenedBallot[] memory ballots = new OpenedBallot[](within(asked, 1, 31));
        uint256 opened;
        for (uint256 i; i < ballots.length; ++i) {
            ballots[i] = OpenedBallot(uint8(30 - i), 0, new uint256[](0));
            if ((seed >> (64 + i)) & 7 == 0) continue; // not opened
            ballots[i].verdicts = _near(answers, uint256(keccak256(abi.encode(seed, i))));
            opened |= uint256(1) << ballots[i].seat;
        }
        uint256 bps = within(passBps, 0, 10000);
        eq(
            pure_.passing(Flat.ballots(ballots), opened, gold, answers, wanted, bps),
            Naive.passing(ballots, opened, gold, answers, places, bps),
            "counted"
        );
    }

    /// Mostly right, so that the threshold is met as often as missed.
    function _near(uint256[] memory answers, uint256 seed) private pure returns (uint256[] memory bits) {
        bits = new uint256[](answers.length);
        for (uint256 i; i < bits.length; ++i) {
            uint256 slips = uint256(keccak256(abi.encode(seed, i))) & uint256(keccak256(abi.encode(seed, i, "b")));
            bits[i] = answers[i] ^ slips;
        }
    }

    function _counted(uint256 gold, uint256 wrong, uint256 passBps) private view returns (bool) {
        uint256[] memory words = new uint256[](1);
        words[0] = (uint256(1) << gold) - 1;
        OpenedBallot[] memory ballots = new OpenedBallot[](1);
        ballots[0] = OpenedBallot(0, 0, new uint256[](1));
        ballots[0].verdicts[0] = (uint256(1) << wrong) - 1; // every answer is to reject
        return pure_.passing(Flat.ballots(ballots), 1, words, new uint256[](1), gold, passBps) == 1;
    }

    function test_gold_theThresholdItselfPasses() public view {
        yes(_counted(10, 4, 6000), "six of ten");
        no(_counted(10, 5, 6000), "five of ten");
        yes(_counted(10, 0, 10000), "all");
        no(_counted(10, 1, 10000), "not all");
        yes(_counted(10, 10, 0), "a policy that strikes nobody");
        no(_counted(10, 10, 1), "none right");
    }

    function test_gold_withFewerThanFourNobodyIsStruck() public view {
        yes(_counted(3, 3, 10000), "three");
        no(_counted(4, 4, 10000), "four");
        no(_counted(4, 1, 7501), "three of four are 75 %");
        yes(_counted(4, 1, 7500), "which is enough for 75 %");
    }
}
