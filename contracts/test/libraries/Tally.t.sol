// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Tally} from "../../src/libraries/Tally.sol";
import {Flat, OpenedBallot, RevealedVerdicts} from "../base/Flat.sol";
import {PureHarness} from "../base/Harness.sol";
import {Naive} from "../base/Naive.sol";
import {Test} from "../base/Test.sol";

/// @notice Bit-sliced counting against one counter for each position.
contract TallyTest is Test {
    PureHarness private pure_ = new PureHarness();

    function _verdicts(uint256 words, uint256 seed) private pure returns (uint256[] memory bits) {
        bits = new uint256[](words);
        for (uint256 i; i < words; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            // half of the seeds lean towards acceptance, so that high counts happen too
            bits[i] = seed % 2 == 0 ? random : random | uint256(keccak256(abi.encode(random)));
        }
    }

    function _check(OpenedBallot[] memory ballots, uint256 counted, uint256 seats, uint256 words, uint256 weight)
        private
        view
    {
        Tally.Opinion memory said = pure_.opinion(Flat.ballots(ballots), counted, seats, words, weight);
        eq(said.majority.length, words, "words");
        for (uint256 place; place < words * 256; ++place) {
            uint256 v = Naive.votes(ballots, counted, place);
            yes(Naive.bit(said.majority, place) == (2 * v > seats), "majority");
            yes(Naive.bit(said.strong, place) == (2 * v > seats + weight), "strong");
            yes(Naive.bit(said.close, place) == (2 * v <= seats + 1 && 2 * v + 1 >= seats), "close");
        }
    }

    function test_fuzz_tallyEqualsCounting(uint256 seed, uint8 asked, uint8 votes, uint8 words) public view {
        OpenedBallot[] memory ballots = new OpenedBallot[](within(asked, 1, 31));
        uint256 length = within(words, 1, 2);
        uint256 counted;
        uint256 seats;
        for (uint256 i; i < ballots.length; ++i) {
            ballots[i] = OpenedBallot(uint8(30 - i), 0, _verdicts(length, uint256(keccak256(abi.encode(seed, i)))));
            if ((seed >> i) & 3 == 3) continue; // struck
            counted |= uint256(1) << ballots[i].seat;
            ++seats;
        }
        _check(ballots, counted, seats, length, within(votes, 0, 31));
    }

    /// Every count from 0 to S for every S up to 31, at once: position i is accepted by the first i seats.
    function test_tally_everyCountOfEveryPanel() public view {
        for (uint256 seats = 1; seats <= 31; ++seats) {
            this.everyCount(seats); // a call of its own gives its memory back
        }
    }

    function everyCount(uint256 seats) external view {
        OpenedBallot[] memory ballots = new OpenedBallot[](seats);
        for (uint256 i; i < seats; ++i) {
            uint256[] memory bits = new uint256[](1);
            bits[0] = ((uint256(1) << 32) - 1) ^ ((uint256(2) << i) - 1);
            ballots[i] = OpenedBallot(uint8(i), 0, bits);
        }
        for (uint256 votes; votes <= 31; votes += votes < 6 ? 1 : 5) {
            _check(ballots, (uint256(1) << seats) - 1, seats, 1, votes);
        }
    }

    /// A verdict that is not opened has no words: its seat cannot count.
    function test_tally_shutBallotsAreLeftOut() public view {
        OpenedBallot[] memory ballots = new OpenedBallot[](3);
        uint256[] memory ones = new uint256[](1);
        ones[0] = type(uint256).max;
        ballots[0] = OpenedBallot(0, 0, ones);
        ballots[1] = OpenedBallot(1, 0, new uint256[](0));
        ballots[2] = OpenedBallot(2, 0, ones);
        Tally.Opinion memory said = pure_.opinion(Flat.ballots(ballots), 5, 2, 1, 0);
        eq(said.majority[0], type(uint256).max, "both");
    }

    function test_tally_aTieRejectsAndIsClose() public view {
        OpenedBallot[] memory ballots = new OpenedBallot[](4);
        for (uint256 i; i < 4; ++i) {
            ballots[i] = OpenedBallot(uint8(i), 0, new uint256[](1));
            if (i < 2) ballots[i].verdicts[0] = 1;
        }
        Tally.Opinion memory said = pure_.opinion(Flat.ballots(ballots), 15, 4, 1, 0);
        eq(said.majority[0] & 1, 0, "a tie rejects");
        eq(said.close[0] & 1, 1, "and is close");
        ballots[2].verdicts[0] = 1;
        said = pure_.opinion(Flat.ballots(ballots), 15, 4, 1, 0);
        eq(said.majority[0] & 1, 1, "three of four accept");
        eq(said.close[0] & 1, 0, "by two votes");
    }

    function test_tally_aFlagOutweighsButDoesNotDecide() public view {
        // five seats, a flag of two votes: four accepts carry it (8 > 7), three do not (6 < 7)
        OpenedBallot[] memory ballots = new OpenedBallot[](5);
        for (uint256 i; i < 5; ++i) {
            ballots[i] = OpenedBallot(uint8(i), 0, new uint256[](1));
            ballots[i].verdicts[0] = (i < 4 ? 1 : 0) | (i < 3 ? 2 : 0);
        }
        Tally.Opinion memory said = pure_.opinion(Flat.ballots(ballots), 31, 5, 1, 2);
        eq(said.strong[0], 1, "with the flag");
        eq(said.majority[0], 3, "without");
    }

    function test_fuzz_contradictedEqualsCounting(uint256 seed, uint8 asked) public view {
        RevealedVerdicts[] memory revealed = new RevealedVerdicts[](within(asked, 0, 31));
        uint256[] memory answers = _verdicts(2, seed);
        for (uint256 i; i < revealed.length; ++i) {
            revealed[i] = RevealedVerdicts(uint8(i), _verdicts(2, uint256(keccak256(abi.encode(seed, i)))));
        }
        uint256[] memory contested = pure_.contradicted(_joined(revealed), revealed.length, answers);
        for (uint256 place; place < 512; ++place) {
            uint256 against;
            for (uint256 i; i < revealed.length; ++i) {
                if (Naive.bit(revealed[i].verdicts, place) != Naive.bit(answers, place)) ++against;
            }
            yes(Naive.bit(contested, place) == (2 * against > revealed.length), "more than half");
        }
    }

    function _joined(RevealedVerdicts[] memory revealed) private pure returns (uint256[] memory all) {
        for (uint256 i; i < revealed.length; ++i) {
            all = Flat.joined(all, revealed[i].verdicts);
        }
    }
}
