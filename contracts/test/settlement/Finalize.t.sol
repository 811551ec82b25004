// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice The end of a batch: once, after the hold, with all its rounds.
contract FinalizeTest is Scenario {
    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    function test_finalize_tellsEverything() public {
        Case memory c = _decided(10, 4);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        int64[] memory results = new int64[](5);
        for (uint256 i; i < 5; ++i) {
            results[i] = 10 * 300;
        }
        uint64 bounty = sebrus.bountyOf(datasetId);
        _event();
        emit ISebrusEvents.Settled(c.id, true, 6, 10_000 - 4 * 500, 6 * 5000, 4 * 5500, results);
        _allowed(stranger, _finalizeCall(c));
        eq(_phase(c), uint256(Phase.Settled), "phase");
        eq(sebrus.bountyOf(datasetId), bounty + 4 * 5500, "bounty");
        bytes32 outcome = keccak256(abi.encodePacked(c.decision.accepted));
        bytes32 seal = bytes32((uint256(outcome) & ~uint256(255)) | uint256(Phase.Settled));
        eq(sebrus.sealOf(c.id), seal, "what stays");
        for (uint256 i; i < 5; ++i) {
            eq(sebrus.accountOf(c.panel[i]).locked, 0, "unlocked");
        }
    }

    function test_finalize_onlyAfterTheHold() public {
        Case memory c = _decided(10, 0);
        vm.warp(c.record.status.deadline());
        _refused(stranger, _finalizeCall(c), ISebrusEvents.TooEarly.selector);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _allowed(stranger, _finalizeCall(c));
    }

    function test_attack_finalizedTwice() public {
        Case memory c = _decided(10, 0);
        _finalize(c);
        uint64 paid = _free(contributor);
        _refused(stranger, _finalizeCall(c), _wrongPhase(Phase.Settled));
        eq(_free(contributor), paid, "once");
    }

    function test_finalize_refusesAnotherDecisionOrRecord() public {
        Case memory c = _decided(10, 4);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        Case memory d = _copy(c);
        d.decision.accepted = _ones(10);
        _refused(contributor, _finalizeCall(d), ISebrusEvents.WrongDecision.selector);
        d = _copy(c);
        d.decision.panelAccepted = _ones(10);
        _refused(contributor, _finalizeCall(d), ISebrusEvents.WrongDecision.selector);
        d = _copy(c);
        d.record.decision = 0;
        _refused(contributor, _finalizeCall(d), ISebrusEvents.WrongRecord.selector);
        Case memory running = _caseWith(10, keccak256("running"));
        _begin(running);
        _refused(contributor, _finalizeCall(running), _wrongPhase(Phase.Voting));
    }

    function test_finalize_refusesAnotherHistory() public {
        Case memory c = _start(10);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, seat < 2 ? _allBut(10, 2) : _ones(10));
        }
        _conclude(c);
        (uint256[] memory gold, uint256[] memory answers) = _goldAtTheEnd(2, 4);
        _screenWith(c, new uint256[](0), gold, answers);
        _draw(c);
        uint256[] memory verdicts = _ones(6);
        _clear(verdicts, 3);
        _clear(verdicts, 5);
        _commitAll(c, verdicts);
        _conclude(c);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        for (uint256 i; i < 12; ++i) {
            Case memory d = _copy(c);
            if (i == 0) d.rounds = new ConcludedRound[](0);
            if (i == 1) (d.rounds[0], d.rounds[1]) = (d.rounds[1], d.rounds[0]);
            if (i == 2) d.rounds[0].panel[0] = stranger;
            if (i == 3) d.rounds[0].revealed[0].verdicts[0] ^= 1;
            if (i == 4) d.rounds[0].revealed[0].seat = 1;
            if (i == 5) d.rounds[1].question = new uint256[](0);
            if (i == 6) d.rounds[1].gold[0] ^= 1;
            if (i == 7) d.rounds[1].answers[0] ^= 1 << 2;
            if (i == 8) d.rounds[0].gold = new uint256[](0);
            if (i == 9) d.rounds[0].status = d.rounds[0].status.withCommitted(0);
            if (i == 10) d.rounds[0].status = d.rounds[0].status.withRevealed(0);
            if (i == 11) d.rounds[1] = d.rounds[0];
            _refused(stranger, _finalizeCall(d), ISebrusEvents.WrongHistory.selector);
        }
        _allowed(stranger, _finalizeCall(c));
    }

    /// A void batch: the contributor's stake is whole, the reward goes back, and gold alone is the reference.
    function test_finalize_voidPaysByTheGold() public {
        (policy.escalatedSize, policy.finalSize) = (0, 0);
        datasetId = _createDataset(_params(), 1e9);
        Case memory c = _startWithGold(10, 6); // three to accept, three to reject
        uint256[] memory right = _ones(16);
        right[0] &= ~c.screening.gold[0] | c.screening.answers[0];
        _commit(c, 0, right);
        _commit(c, 1, right);
        _commit(c, 2, _zeros(16)); // rejects everything: half of the gold right, struck at 60 %
        _commit(c, 3, _ones(16)); // accepts everything
        // and one seat does not come: two of five count
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _conclude(c);
        eq(c.record.decision, bytes32(0), "undecided");
        int64[] memory results = new int64[](5);
        (results[0], results[1]) = (3000, 3000);
        _event();
        emit ISebrusEvents.Settled(c.id, false, 0, 10_000, 0, 10 * (5000 + 5 * 300) - 6000, results);
        _allowed(stranger, _finalizeCall(c));
        eq(_phase(c), uint256(Phase.Voided), "void");
        eq(sebrus.sealOf(c.id), bytes32(uint256(Phase.Voided)), "no outcome");
        eq(_free(contributor), 1e9, "the stake");
        eq(sebrus.accountOf(c.panel[0]).itemsSeen, 0, "no items to be judged by");
        eq(sebrus.accountOf(c.panel[0]).goldSeen, 6, "but gold");
    }

    function test_finalize_silentSeatsLoseTheirShareAndAbsentOnesNothing() public {
        Case memory c = _start(10);
        for (uint256 seat; seat < 4; ++seat) {
            _commit(c, seat, _ones(10));
        }
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _reveal(c, 7);
        vm.warp(uint256(c.record.status.revealDeadline()) + 1);
        c.ballots = _openedOf(c, 7);
        _conclude(c);
        uint64 silent = _staked(c.panel[3]);
        uint64 absent = _staked(c.panel[4]);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        int64[] memory results = new int64[](5);
        (results[0], results[1], results[2]) = (3000, 3000, 3000);
        results[3] = -200_000; // 40 % of the seat stake
        _event();
        emit ISebrusEvents.Settled(c.id, true, 10, 10_000, 50_000, 6000 + 200_000, results);
        _finalize(c);
        eq(_staked(c.panel[3]), silent - 200_000, "silent");
        eq(sebrus.accountOf(c.panel[3]).locked, 0, "unlocked");
        eq(_staked(c.panel[4]), absent, "absent");
    }

    /// Seats of several rounds, one after the other in the lists.
    function test_finalize_paysEveryRound() public {
        Case memory c = _start(10);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, seat < 2 ? _allBut(10, 2) : _ones(10));
        }
        _conclude(c);
        _round(c, _ones(2));
        vm.warp(uint256(c.record.status.deadline()) + 1);
        int64[] memory results = new int64[](16);
        for (uint256 i; i < 16; ++i) {
            results[i] = i < 2 ? int64(8 * 300) : i < 5 ? int64(10 * 300) : int64(2 * 300); // nothing to reject: coherence
        }
        _event();
        emit ISebrusEvents.Settled(c.id, true, 10, 10_000, 50_000, 2 * 2 * 300, results);
        _finalize(c);
    }

    function test_detectorRecord_flaggedUpheldAndMissed() public {
        policy.detectorVotes = 5;
        datasetId = _createDataset(_params(), 1e9);
        Case memory c = _case(300);
        _submit(c);
        uint256[] memory flags = _itemsOf(300, 0);
        _set(flags, 1);
        _set(flags, 299);
        _screen(c, flags);
        _draw(c);
        uint256[] memory verdicts = _ones(300);
        _clear(verdicts, 0); // upheld
        _clear(verdicts, 256); // missed
        _clear(verdicts, 257); // missed
        _commitAll(c, verdicts);
        _conclude(c);
        _round(c, _ones(2)); // items 1 and 299: the larger panel lets them through
        _finalize(c);
        DetectorRecord memory record = sebrus.detectorRecordOf(datasetId);
        eq(record.items, 300, "items");
        eq(record.flagged, 3, "flagged");
        eq(record.upheld, 1, "upheld");
        eq(record.missed, 2, "missed");
        eq(record.unopened, 0, "unopened");
    }

    /// The first round is screened and inconclusive, the second decides without: the detector is not on record for it.
    function test_detectorRecord_ofTheRoundThatDecidedFirst() public {
        Case memory c = _start(10);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _conclude(c); // nobody came, the screening was opened
        _skipScreening(c);
        _draw(c);
        _commitAll(c, _allBut(10, 2));
        _conclude(c);
        _finalize(c);
        eq(sebrus.detectorRecordOf(datasetId).items, 0, "decided without flags");
        // and the other way round
        c = _caseWith(10, keccak256("second"));
        _begin(c);
        _commitAll(c, _ones(10));
        _reveal(c, 31);
        vm.warp(uint256(c.record.status.revealDeadline()) + policy.revealWindow + 1);
        delete c.screening;
        _conclude(c); // never opened
        _screen(c, _itemsOf(10, 0));
        _draw(c);
        _commitAll(c, _allBut(10, 2));
        _conclude(c);
        _finalize(c);
        DetectorRecord memory record = sebrus.detectorRecordOf(datasetId);
        eq(record.items, 10, "decided with flags");
        eq(record.upheld, 1, "upheld");
        eq(record.missed, 1, "missed");
        eq(record.unopened, 1, "unopened");
    }
}
