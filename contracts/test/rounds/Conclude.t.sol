// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice When a round can be concluded, and what has to be brought for it.
contract ConcludeTest is Scenario {
    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    function test_conclude_tellsEverything() public {
        Case memory c = _startWithGold(10, 6);
        uint256[] memory verdicts = _ones(16);
        verdicts[0] = c.screening.answers[0] | 0x3fe; // item 0 rejected, the gold right
        _commitAll(c, verdicts);
        BatchState status = c.record.status.withRevealed(31);
        _event();
        Ballots memory all = Flat.ballots(c.ballots);
        emit ISebrusEvents.Revealed(c.id, 0, 0x0403020100, 31, all.secrets, all.verdicts);
        _event();
        emit ISebrusEvents.ScreeningOpened(c.id, 0, c.screening);
        _event();
        emit ISebrusEvents.Concluded(c.id, 0, status, 31, true, _allBut(10, 1), _allBut(10, 1));
        _event();
        emit ISebrusEvents.Held(c.id, uint40(block.timestamp + policy.holdWindow));
        _conclude(c);
        _sealHolds(c);
        eq(_phase(c), uint256(Phase.Decided), "phase");
        eq(sebrus.accountOf(c.panel[0]).locked, policy.seatStake, "seats stay locked until the end");
    }

    function test_conclude_notWhileSomebodyCanCommit() public {
        Case memory c = _start(10);
        for (uint256 seat; seat < 4; ++seat) {
            _commit(c, seat, _ones(10));
        }
        _refused(stranger, _concludeCall(c), ISebrusEvents.TooEarly.selector);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _allowed(stranger, _concludeCall(c)); // four of five, all opened
    }

    function test_conclude_notWhileSomebodyCanReveal() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        OpenedBallot[] memory all = c.ballots;
        c.ballots = _openedOf(c, 15);
        vm.warp(c.record.status.revealDeadline());
        _refused(stranger, _concludeCall(c), ISebrusEvents.TooEarly.selector);
        vm.warp(uint256(c.record.status.revealDeadline()) + 1);
        // after the deadline nothing new is opened
        _refused(stranger, _concludeCall(c), ISebrusEvents.TooLate.selector);
        c.ballots = all;
        _refused(stranger, _concludeCall(c), ISebrusEvents.TooLate.selector);
        c.ballots = _openedOf(c, 0);
        _allowed(stranger, _concludeCall(c)); // inconclusive: a larger panel
        eq(_phase(c), uint256(Phase.Screening), "phase");
    }

    function test_conclude_lateCountsWhatWasRevealedInTime() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        _reveal(c, 15);
        vm.warp(uint256(c.record.status.revealDeadline()) + 1);
        OpenedBallot[] memory all = c.ballots;
        c.ballots = _openedOf(c, 7);
        _refused(stranger, _concludeCall(c), abi.encodeWithSelector(ISebrusEvents.MissingOpening.selector, 3));
        c.ballots = all; // and not what comes late
        _refused(stranger, _concludeCall(c), ISebrusEvents.TooLate.selector);
        c.ballots = _openedOf(c, 15);
        _conclude(c);
        eq(c.rounds[0].status.revealed(), 15, "revealed");
        _sealHolds(c);
        _finalize(c);
        eq(sebrus.accountOf(c.panel[4]).locked, 0, "the silent seat is unlocked");
        eq(_phase(c), uint256(Phase.Settled), "phase");
    }

    function test_conclude_inTimeEverySeatIsOpened() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        _reveal(c, 15);
        c.ballots = _openedOf(c, 15);
        _refused(stranger, _concludeCall(c), ISebrusEvents.TooEarly.selector);
        c.ballots = _openedOf(c, 30); // what was revealed must be brought again
        _refused(stranger, _concludeCall(c), abi.encodeWithSelector(ISebrusEvents.MissingOpening.selector, 0));
    }

    function test_conclude_theScreeningMustBeOpenedOrItsTimeBeOver() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        _reveal(c, 31);
        ScreeningOpening memory opening = c.screening;
        delete c.screening;
        vm.warp(uint256(c.record.status.revealDeadline()) + policy.revealWindow);
        _refused(stranger, _concludeCall(c), ISebrusEvents.TooEarly.selector);
        c.screening = opening;
        _allowed(stranger, _concludeCall(c));
    }

    function test_conclude_refusesAnotherScreening() public {
        Case memory c = _startWithGold(10, 4);
        _commitAll(c, _ones(14));
        for (uint256 i; i < 8; ++i) {
            Case memory d = _copy(c);
            if (i == 0) d.screening.flags[0] ^= 1;
            if (i == 1) d.screening.gold[0] ^= 3 << 9;
            if (i == 2) d.screening.answers[0] ^= 1 << 10;
            if (i == 3) d.screening.salt = 0;
            if (i == 4) d.screening.modelHash = 0;
            if (i == 5) d.screening.scoresRoot = 0;
            if (i == 6) d.screening.taskRoot = 0;
            if (i == 7) d.screening.flags = new uint256[](0);
            _refused(stranger, _concludeCall(d), ISebrusEvents.WrongScreening.selector);
        }
        _allowed(stranger, _concludeCall(c));
    }

    function test_conclude_withoutAScreeningNoneCanBeOpened() public {
        Case memory c = _case(10);
        _submit(c);
        _skipScreening(c);
        _draw(c);
        _commitAll(c, _ones(10));
        _committedTo(c, _ones(10), _zeros(10), _zeros(10));
        _refused(stranger, _concludeCall(c), ISebrusEvents.WrongScreening.selector);
        delete c.screening;
        _allowed(stranger, _concludeCall(c));
    }

    /// What does not fit was committed to and cannot be opened: gold that is not as many as the positions say, answers
    /// beside the gold, bitmaps of another shape, flags where they were decided before.
    function test_conclude_goldThatDoesNotFitCannotBeOpened() public {
        for (uint256 i; i < 7; ++i) {
            Case memory c = _caseWith(10, bytes32(i));
            _submit(c);
            (uint256[] memory gold, uint256[] memory answers) = _goldAtTheEnd(10, 4);
            uint256[] memory flags = _zeros(10);
            if (i == 0) gold[0] ^= 1; // five
            if (i == 1) gold[0] ^= 1 << 10; // three
            if (i == 2) answers[0] |= 1; // an answer where there is no gold
            if (i == 3) gold = new uint256[](2);
            if (i == 4) answers = new uint256[](2);
            if (i == 5) flags = new uint256[](2);
            if (i == 6) flags[0] = 1 << 10;
            _committedTo(c, flags, gold, answers);
            bytes32 commitment = _screeningCommitment(c);
            vm.prank(detector);
            sebrus.commitScreening(
                c.key, c.record, ScreeningCommitment(commitment, c.screening.taskRoot, 14, new address[](0))
            );
            _screened(c, commitment, 14);
            _draw(c);
            _commitAll(c, _ones(14));
            _refused(stranger, _concludeCall(c), ISebrusEvents.InvalidGold.selector);
            _reveal(c, 31);
            vm.warp(uint256(c.record.status.revealDeadline()) + policy.revealWindow + 1);
            delete c.screening;
            _conclude(c);
            eq(c.record.status.round(), 1, "as if it had not been opened");
        }
    }

    function test_conclude_flagsAreNotOpenedTwice() public {
        Case memory c = _start(10);
        _split(c, 3, 2);
        _conclude(c);
        _screen(c, _ones(10)); // flags again, over items
        _draw(c);
        _commitAll(c, _ones(10));
        _refused(stranger, _concludeCall(c), ISebrusEvents.InvalidGold.selector);
    }

    function test_conclude_refusesAnotherQuestionOrDecision() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        c.question = _ones(10); // all of them is written as none
        _refused(stranger, _concludeCall(c), ISebrusEvents.WrongQuestion.selector);
        c.question = new uint256[](0);
        c.decision = Decision(_ones(10), _ones(10), _zeros(10)); // there is none yet
        _refused(stranger, _concludeCall(c), ISebrusEvents.WrongDecision.selector);
        delete c.decision;
        _allowed(stranger, _concludeCall(c));
    }

    function test_conclude_aLaterRoundBringsItsQuestionAndTheDecisionSoFar() public {
        Case memory c = _start(10);
        _split(c, 3, 2);
        _conclude(c);
        _screen(c, new uint256[](0));
        _draw(c);
        _commitAll(c, _ones(10));
        Case memory d = _copy(c);
        d.question = new uint256[](0);
        _refused(stranger, _concludeCall(d), ISebrusEvents.WrongQuestion.selector);
        d = _copy(c);
        d.decision.accepted[0] ^= 1;
        _refused(stranger, _concludeCall(d), ISebrusEvents.WrongDecision.selector);
        delete d.decision;
        _refused(stranger, _concludeCall(d), ISebrusEvents.WrongDecision.selector);
        _conclude(c);
        _sealHolds(c);
    }

    function test_conclude_refusesAnotherPanelRecordOrPhase() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        Case memory d = _copy(c);
        d.panel[0] = stranger;
        _refused(stranger, _concludeCall(d), ISebrusEvents.WrongPanel.selector);
        d = _copy(c);
        d.record.decision = bytes32(uint256(1));
        _refused(stranger, _concludeCall(d), ISebrusEvents.WrongRecord.selector);
        d = _copy(c);
        d.ballots[0].verdicts[0] ^= 1;
        _refused(stranger, _concludeCall(d), ISebrusEvents.WrongBallots.selector);
        d = _copy(c);
        _conclude(c);
        _refused(stranger, _concludeCall(d), _wrongPhase(Phase.Decided));
    }

    /// Nobody commits: after the commit deadline nothing can be opened, and the round ends without having decided.
    function test_conclude_nobodyCommitted() public {
        Case memory c = _start(10);
        vm.warp(c.record.status.deadline());
        _refused(stranger, _concludeCall(c), ISebrusEvents.TooEarly.selector);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _conclude(c);
        eq(c.record.status.round(), 1, "a larger panel");
        eq(c.record.status.items(), 10, "on everything");
        eq(c.record.question, bytes32(0), "everything in question");
        _sealHolds(c);
    }
}
