// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Naive} from "../base/Naive.sol";
import "../base/Scenario.sol";

/// @notice What a seat earns or loses by J, and what stays of it on the reviewer's record.
contract JudgedTest is Scenario {
    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    /// 40 items of which the panel rejects 10; one seat votes differently. Returns what it got and lost.
    function _oneSeat(uint256[] memory verdicts) private returns (uint256 paid, uint256 lost) {
        Case memory c = _start(40);
        uint256[] memory honest = _allBut(40, 10);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, seat == 4 ? verdicts : honest);
        }
        _conclude(c);
        eq(_phase(c), uint256(Phase.Decided), "decided");
        (uint64 free, uint64 stake) = (_free(c.panel[4]), _staked(c.panel[4]));
        _finalize(c);
        (paid, lost) = (_free(c.panel[4]) - free, stake - _staked(c.panel[4]));
    }

    function test_judged_neverWrongEarnsTheFees() public {
        (uint256 paid, uint256 lost) = _oneSeat(_allBut(40, 10));
        eq(paid, 40 * 300, "paid");
        eq(lost, 0, "lost");
    }

    function test_judged_alwaysAcceptingEarnsNothing() public {
        (uint256 paid, uint256 lost) = _oneSeat(_ones(40));
        eq(paid + lost, 0, "exactly nothing");
    }

    function test_judged_alwaysRejectingEarnsNothing() public {
        (uint256 paid, uint256 lost) = _oneSeat(_zeros(40));
        eq(paid + lost, 0, "exactly nothing");
    }

    function test_judged_halfOfTheBadFoundEarnsHalf() public {
        (uint256 paid, uint256 lost) = _oneSeat(_allBut(40, 5));
        eq(paid, 40 * 300 / 2, "paid");
        eq(lost, 0, "lost");
    }

    function test_judged_upsideDownLosesTwiceTheFees() public {
        uint256[] memory verdicts = _zeros(40);
        verdicts[0] = (1 << 10) - 1;
        (uint256 paid, uint256 lost) = _oneSeat(verdicts);
        eq(paid, 0, "paid");
        eq(lost, 2 * 40 * 300, "200 % of the fees");
    }

    function test_judged_theLossIsAtMostTheSeatStake() public {
        policy.seatStake = 20_000; // below 24 000
        datasetId = _createDataset(_params(), 1e9);
        uint256[] memory verdicts = _zeros(40);
        verdicts[0] = (1 << 10) - 1;
        (uint256 paid, uint256 lost) = _oneSeat(verdicts);
        eq(paid, 0, "paid");
        eq(lost, 20_000, "the seat stake");
    }

    function test_judged_nothingToRejectPaysCoherence() public {
        Case memory c = _start(10);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, seat == 4 ? _allBut(10, 4) : _ones(10));
        }
        _conclude(c);
        uint64 before = _free(c.panel[4]);
        _finalize(c);
        eq(_free(c.panel[4]), before + 6 * 300, "six of ten");
    }

    function test_judged_itemsAndCoherenceAreOnRecord() public {
        Case memory c = _start(40);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, seat == 4 ? _ones(40) : _allBut(40, 10));
        }
        _conclude(c);
        _finalize(c);
        eq(sebrus.accountOf(c.panel[0]).itemsSeen, 40, "seen");
        eq(sebrus.accountOf(c.panel[0]).itemsCoherent, 40, "coherent");
        eq(sebrus.accountOf(c.panel[4]).itemsSeen, 40, "seen");
        eq(sebrus.accountOf(c.panel[4]).itemsCoherent, 30, "coherent");
        eq(sebrus.accountOf(c.panel[4]).goldSeen, 0, "no gold");
    }

    /// Gold that most of the panel contradicts judges nobody, and the rest of it does.
    function test_judged_contestedGoldJudgesNobody() public {
        Case memory c = _case(10);
        _submit(c);
        (uint256[] memory gold, uint256[] memory answers) = _goldAtTheEnd(10, 3); // too few to strike anybody
        _screenWith(c, _zeros(10), gold, answers);
        _draw(c);
        // positions 10 and 12 are to be accepted, 11 to be rejected; three of five contradict 12
        for (uint256 seat; seat < 5; ++seat) {
            uint256[] memory verdicts = _allBut(13, 4);
            _clear(verdicts, 11);
            if (seat < 3) _clear(verdicts, 12);
            _commit(c, seat, verdicts);
        }
        _conclude(c);
        uint64 before = _free(c.panel[0]);
        uint64 other = _free(c.panel[4]);
        _finalize(c);
        eq(sebrus.accountOf(c.panel[0]).goldSeen, 2, "two of three");
        eq(sebrus.accountOf(c.panel[0]).goldRight, 2, "right");
        eq(_free(c.panel[0]), before + 10 * 300, "never wrong on what is known");
        eq(_free(c.panel[4]), other + 10 * 300, "nor these");
    }

    /// With half of four against it, gold is not contested.
    function test_judged_aTieDoesNotContestGold() public {
        Case memory c = _case(10);
        _submit(c);
        (uint256[] memory gold, uint256[] memory answers) = _goldAtTheEnd(10, 1); // to be accepted
        _screenWith(c, _zeros(10), gold, answers);
        _draw(c);
        for (uint256 seat; seat < 4; ++seat) {
            uint256[] memory verdicts = _allBut(11, 4);
            if (seat < 2) _clear(verdicts, 10);
            _commit(c, seat, verdicts);
        }
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _conclude(c);
        _finalize(c);
        eq(sebrus.accountOf(c.panel[0]).goldSeen, 1, "seen");
        eq(sebrus.accountOf(c.panel[0]).goldRight, 0, "wrong");
        eq(sebrus.accountOf(c.panel[3]).goldRight, 1, "right");
    }

    function test_tier_goldProvesOrDisqualifiesAndWeighs() public {
        Case memory c = _startWithGold(10, 20);
        uint256[] memory right = _ones(30);
        right[0] &= ~c.screening.gold[0] | c.screening.answers[0];
        for (uint256 seat; seat < 5; ++seat) {
            uint256[] memory verdicts = new uint256[](1);
            verdicts[0] = right[0];
            if (seat == 1) verdicts[0] ^= 0x1f << 10; // fifteen of twenty: 75 %
            if (seat == 2) verdicts[0] ^= 0xfff << 10; // eight of twenty: 40 %
            _commit(c, seat, verdicts);
        }
        _conclude(c);
        _finalize(c);
        vm.roll((block.number / EPOCH + 1) * EPOCH);
        for (uint256 seat; seat < 4; ++seat) {
            Account memory a = sebrus.accountOf(c.panel[seat]);
            uint256 weight = Naive.weight(a.stake, MIN_STAKE, a.goldSeen, a.goldRight);
            eq(_weightOf(a.index - 1), weight, "weight in the tree");
            if (seat == 0) eq(weight, a.stake / (MIN_STAKE / 16), "proven: in full");
            if (seat == 2) eq(weight, 0, "failed: nothing");
        }
        eq(sebrus.accountOf(c.panel[1]).goldRight, 15, "right");
    }

    /// The newest weight of a place, read from the lowest level of the tree.
    function _weightOf(uint256 place) private view returns (uint256) {
        uint256 node = uint256(vm.load(address(sebrus), bytes32(3 + 2 * (585 + place / 8))));
        return (node >> (28 * (place % 8))) & ((1 << 28) - 1);
    }
}
