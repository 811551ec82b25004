// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice Rounds that decide nothing: unopened screenings, struck seats, too few who count.
contract InconclusiveTest is Scenario {
    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    function _isInconclusive(Case memory c) private pure {
        eq(c.record.status.round(), 1, "a larger panel");
        eq(c.record.status.items(), c.key.itemCount, "on everything");
        eq(c.record.decision, bytes32(0), "nothing decided");
    }

    function test_inconclusive_detectorNeverOpens() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        _reveal(c, 31);
        vm.warp(uint256(c.record.status.revealDeadline()) + policy.revealWindow + 1);
        delete c.screening;
        _event();
        emit ISebrusEvents.Concluded(c.id, 0, c.record.status, 31, false, new uint256[](0), new uint256[](0));
        _event();
        emit ISebrusEvents.Escalated(
            c.id, 1, 10, new uint256[](0), 10 * 11 * 300, uint40(block.timestamp + policy.screeningWindow)
        );
        _conclude(c);
        _isInconclusive(c);
        _sealHolds(c);
        eq(sebrus.detectorRecordOf(datasetId).unopened, 1, "on the detector's record");
        // and the next round decides without
        _skipScreening(c);
        _draw(c);
        _commitAll(c, _ones(10));
        _conclude(c);
        eq(_phase(c), uint256(Phase.Decided), "decided");
        _finalize(c);
        eq(_free(contributor), 1e9 + 10 * 5000, "paid");
        eq(sebrus.detectorRecordOf(datasetId).items, 0, "decided without flags");
    }

    function test_inconclusive_fewerThanTheQuorumRevealed() public {
        policy.quorum = 4;
        datasetId = _createDataset(_params(), 1e9);
        Case memory c = _start(10);
        for (uint256 seat; seat < 3; ++seat) {
            _commit(c, seat, _ones(10)); // a majority of the panel, and below the quorum
        }
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _conclude(c);
        _isInconclusive(c);
        Case memory d = _caseWith(10, keccak256("four"));
        _begin(d);
        for (uint256 seat; seat < 4; ++seat) {
            _commit(d, seat, _ones(10));
        }
        vm.warp(uint256(d.record.status.deadline()) + 1);
        _conclude(d);
        eq(_phase(d), uint256(Phase.Decided), "the quorum decides");
    }

    function test_inconclusive_noMajorityOfThePanelCounts() public {
        policy.quorum = 1;
        datasetId = _createDataset(_params(), 1e9);
        Case memory c = _start(10);
        _split(c, 2, 0); // two of five
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _conclude(c);
        _isInconclusive(c);
        Case memory d = _caseWith(10, keccak256("three"));
        _begin(d);
        _split(d, 3, 0); // three of five
        vm.warp(uint256(d.record.status.deadline()) + 1);
        _conclude(d);
        eq(_phase(d), uint256(Phase.Decided), "a majority decides");
    }

    /// Half of an even panel is no majority: four sat because only four were left.
    function test_inconclusive_halfOfAnEvenPanel() public {
        policy.quorum = 1;
        datasetId = _createDataset(_params(), 1e9);
        for (uint256 i = 4; i < _reviewers(); ++i) {
            _unstake(reviewer(i), _staked(reviewer(i)));
        }
        vm.roll(EPOCH * 13);
        Case memory c = _start(10);
        eq(c.panel.length, 4, "four");
        _split(c, 2, 0);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _conclude(c);
        _isInconclusive(c);
    }

    function _verdicts(Case memory c, bool goldRight) private pure returns (uint256[] memory verdicts) {
        verdicts = _ones(c.record.status.positions());
        for (uint256 i; i < verdicts.length; ++i) {
            verdicts[i] &= ~c.screening.gold[i] | (goldRight ? c.screening.answers[i] : ~c.screening.answers[i]);
        }
    }

    function test_struck_aSeatThatFailsTheGoldDoesNotCount() public {
        Case memory c = _startWithGold(10, 6);
        for (uint256 seat; seat < 5; ++seat) {
            uint256[] memory verdicts = _verdicts(c, seat < 3);
            if (seat >= 3) verdicts[0] &= ~uint256(0x3ff); // the two flippers reject all items
            _commit(c, seat, verdicts);
        }
        _event();
        emit ISebrusEvents.ScreeningOpened(c.id, 0, c.screening);
        _event();
        emit ISebrusEvents.Concluded(c.id, 0, c.record.status.withRevealed(31), 7, true, _ones(10), _ones(10));
        _conclude(c);
        eq(_phase(c), uint256(Phase.Decided), "three of five counted, unanimously: nothing in question");
        eq(c.decision.accepted, _ones(10), "accepted");
        _finalize(c);
        eq(sebrus.accountOf(c.panel[3]).goldRight, 0, "their record");
        eq(sebrus.accountOf(c.panel[3]).goldSeen, 6, "their record");
        yes(_staked(c.panel[3]) % MIN_STAKE != 0, "and slashed");
    }

    /// Gold that contradicts most of the panel may be false: nothing is decided.
    function test_struck_whenMostFailTheGoldNothingIsDecided() public {
        Case memory c = _startWithGold(10, 6);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, _verdicts(c, seat < 2));
        }
        _conclude(c);
        _isInconclusive(c);
        // three rounds alike: nobody can say who is right
        for (uint256 round = 1; round < 3; ++round) {
            (uint256[] memory gold, uint256[] memory answers) = _goldAtTheEnd(10, 6);
            _screenWith(c, _zeros(10), gold, answers);
            _draw(c);
            for (uint256 seat; seat < c.panel.length; ++seat) {
                _commit(c, seat, _verdicts(c, 2 * seat + 1 < c.panel.length));
            }
            _conclude(c);
        }
        eq(_phase(c), uint256(Phase.Decided), "no further panel");
        eq(c.record.decision, bytes32(0), "no decision");
        _finalize(c);
        eq(_phase(c), uint256(Phase.Voided), "void");
        eq(_free(contributor), 1e9, "the contributor's stake is whole");
    }

    function test_struck_atTheThresholdASeatCounts() public {
        Case memory c = _startWithGold(10, 5); // three of five are 60 %
        for (uint256 seat; seat < 5; ++seat) {
            uint256[] memory verdicts = _verdicts(c, true);
            if (seat < 2) verdicts[0] ^= 3 << 10; // two slips
            if (seat == 2) verdicts[0] ^= 7 << 10; // three
            _commit(c, seat, verdicts);
        }
        _event();
        emit ISebrusEvents.ScreeningOpened(c.id, 0, c.screening);
        _event();
        emit ISebrusEvents.Concluded(c.id, 0, c.record.status.withRevealed(31), 27, true, _ones(10), _ones(10));
        _conclude(c);
    }

    /// The last panel contradicts its gold too, after an earlier decision: that stays.
    function test_inconclusive_afterADecisionItStays() public {
        Case memory c = _start(10);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, seat < 2 ? _allBut(10, 3) : _ones(10));
        }
        _conclude(c);
        for (uint256 round = 1; round < 3; ++round) {
            _screen(c, new uint256[](0));
            _draw(c);
            vm.warp(uint256(c.record.status.deadline()) + 1);
            _conclude(c); // nobody came
            if (round == 1) eq(c.record.status.items(), 3, "the same question");
            if (round == 1) _sealHolds(c);
        }
        eq(_phase(c), uint256(Phase.Decided), "held or not");
        _finalize(c);
        eq(_phase(c), uint256(Phase.Settled), "the first panel's three to two stands");
        eq(_free(contributor), 1e9 + 10 * 5000, "paid");
    }

    /// Every window missed by everybody: three rounds, and the batch is over.
    function test_inconclusive_nobodyEverComes() public {
        Case memory c = _case(10);
        _submit(c);
        uint256 rounds;
        while (_phase(c) != uint256(Phase.Decided)) {
            _skipScreening(c);
            _draw(c);
            vm.warp(uint256(c.record.status.deadline()) + 1);
            _conclude(c);
            ++rounds;
        }
        eq(rounds, 2, "the first was skipped into the second");
        _finalize(c);
        eq(_phase(c), uint256(Phase.Voided), "void");
        eq(sebrus.bountyOf(datasetId), 1e11, "everything is back");
        eq(_free(contributor), 1e9, "and the stake");
    }
}
