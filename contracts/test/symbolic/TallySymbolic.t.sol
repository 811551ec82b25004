// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Tally} from "../../src/libraries/Tally.sol";
import {Flat, OpenedBallot, RevealedVerdicts} from "../base/Flat.sol";
import {PureHarness} from "../base/Harness.sol";
import {Test} from "../base/Test.sol";

/// @notice The bit-sliced count, for all verdicts and all positions of a word at once.
contract TallySymbolic is Test {
    PureHarness private pure_ = new PureHarness();

    function _one(uint256 word) private pure returns (uint256[] memory words) {
        words = new uint256[](1);
        words[0] = word;
    }

    function _bit(uint256 word, uint256 place) private pure returns (uint256) {
        return (word >> place) & 1;
    }

    /// The three bitmaps of `seats` ballots say what `v`, counted at one position, says.
    function _check(uint256[] memory verdicts, uint8 place, uint256 votes) private view {
        uint256 seats = verdicts.length;
        OpenedBallot[] memory ballots = new OpenedBallot[](seats);
        uint256 v;
        for (uint256 i; i < seats; ++i) {
            ballots[i] = OpenedBallot(uint8(i), 0, _one(verdicts[i]));
            v += _bit(verdicts[i], place);
        }
        Tally.Opinion memory said = pure_.opinion(Flat.ballots(ballots), (uint256(1) << seats) - 1, seats, 1, votes);
        assert((_bit(said.majority[0], place) == 1) == (2 * v > seats));
        assert((_bit(said.strong[0], place) == 1) == (2 * v > seats + votes));
        assert((_bit(said.close[0], place) == 1) == (2 * v <= seats + 1 && 2 * v + 1 >= seats));
    }

    function check_opinionOfOne(uint256[1] calldata words, uint8 place, uint8 votes) public view {
        vm.assume(votes <= 31);
        uint256[] memory verdicts = new uint256[](1);
        verdicts[0] = words[0];
        _check(verdicts, place, votes);
    }

    /// An even number of seats counts when some are struck.
    function check_opinionOfFour(uint256[4] calldata words, uint8 place, uint8 votes) public view {
        vm.assume(votes <= 31);
        uint256[] memory verdicts = new uint256[](4);
        for (uint256 i; i < 4; ++i) {
            verdicts[i] = words[i];
        }
        _check(verdicts, place, votes);
    }

    function check_opinionOfFive(uint256[5] calldata words, uint8 place, uint8 votes) public view {
        vm.assume(votes <= 31);
        uint256[] memory verdicts = new uint256[](5);
        for (uint256 i; i < 5; ++i) {
            verdicts[i] = words[i];
        }
        _check(verdicts, place, votes);
    }

    /// Any three of five seats, or more or fewer: those that do not count say nothing.
    function check_struckSeatsSayNothing(uint256[3] calldata words, uint8 place, uint8 counted) public view {
        vm.assume(counted < 8);
        OpenedBallot[] memory ballots = new OpenedBallot[](3);
        uint256 v;
        uint256 seats;
        for (uint256 i; i < 3; ++i) {
            ballots[i] = OpenedBallot(uint8(i), 0, _one(words[i]));
            uint256 counts = (uint256(counted) >> i) & 1;
            v += _bit(words[i], place) * counts;
            seats += counts;
        }
        Tally.Opinion memory said = pure_.opinion(Flat.ballots(ballots), counted, seats, 1, 1);
        assert((_bit(said.majority[0], place) == 1) == (2 * v > seats));
        assert((_bit(said.strong[0], place) == 1) == (2 * v > seats + 1));
        assert((_bit(said.close[0], place) == 1) == (2 * v <= seats + 1 && 2 * v + 1 >= seats));
    }

    /// Five planes against every threshold, beyond the largest counter too.
    function check_atLeastComparesTheCounter(uint256[5] calldata planes, uint8 place, uint256 threshold) public pure {
        uint256 v;
        for (uint256 k; k < 5; ++k) {
            v |= _bit(planes[k], place) << k;
        }
        Tally.Planes memory counters = Tally.Planes(planes[0], planes[1], planes[2], planes[3], planes[4]);
        assert((_bit(Tally.atLeast(counters, threshold), place) == 1) == (v >= threshold));
    }

    function check_contradictedByMoreThanHalf(uint256[5] calldata words, uint256 answers, uint8 place) public view {
        RevealedVerdicts[] memory revealed = new RevealedVerdicts[](5);
        uint256 against;
        for (uint256 i; i < 5; ++i) {
            revealed[i] = RevealedVerdicts(uint8(i), _one(words[i]));
            against += _bit(words[i], place) ^ _bit(answers, place);
        }
        uint256 said = pure_.contradicted(_joined(revealed), revealed.length, _one(answers))[0];
        assert((_bit(said, place) == 1) == (2 * against > 5));
    }

    /// Four planes; the fifth, of panels from 16 on, is beyond the solver and left to `check_atLeast` and the tests.
    function check_contradictedByAPanelOfNine(uint256[9] calldata words, uint256 answers, uint8 place) public view {
        RevealedVerdicts[] memory revealed = new RevealedVerdicts[](9);
        uint256 against;
        for (uint256 i; i < 9; ++i) {
            revealed[i] = RevealedVerdicts(uint8(i), _one(words[i]));
            against += _bit(words[i], place) ^ _bit(answers, place);
        }
        assert(
            (_bit(pure_.contradicted(_joined(revealed), revealed.length, _one(answers))[0], place) == 1)
                == (2 * against > 9)
        );
    }

    function _joined(RevealedVerdicts[] memory revealed) private pure returns (uint256[] memory all) {
        for (uint256 i; i < revealed.length; ++i) {
            all = Flat.joined(all, revealed[i].verdicts);
        }
    }
}
