// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice What is in question goes to a larger panel, if there is one and it can be paid.
contract EscalateTest is Scenario {
    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    function test_escalate_byOneVote() public {
        Case memory c = _start(300);
        for (uint256 seat; seat < 5; ++seat) {
            uint256[] memory verdicts = _ones(300);
            if (seat < 3) _clear(verdicts, 7); // two to three
            if (seat < 2) _clear(verdicts, 299); // three to two
            if (seat < 1) _clear(verdicts, 20); // four to one
            _commit(c, seat, verdicts);
        }
        uint256[] memory question = _itemsOf(300, 7);
        _set(question, 299);
        uint256[] memory accepted = _ones(300);
        _clear(accepted, 7);
        uint64 bounty = sebrus.bountyOf(datasetId);
        _event();
        emit ISebrusEvents.Escalated(
            c.id, 1, 2, question, 2 * 11 * 300, uint40(block.timestamp + policy.screeningWindow)
        );
        _conclude(c);
        _sealHolds(c);
        eq(sebrus.bountyOf(datasetId), bounty - 2 * 11 * 300, "reserved");
        eq(c.decision.accepted, accepted, "the decision so far");
        // the larger panel turns both around
        uint256[] memory verdicts_ = _zeros(2);
        _set(verdicts_, 0); // item 7
        _round(c, verdicts_);
        _sealHolds(c);
        accepted = _ones(300);
        _clear(accepted, 299);
        eq(c.decision.accepted, accepted, "what was not in question stays");
        eq(c.decision.panelAccepted, accepted, "the panel's opinion too");
    }

    function test_escalate_byFlag() public {
        policy.detectorVotes = 5;
        datasetId = _createDataset(_params(), 1e9);
        Case memory c = _case(10);
        _submit(c);
        uint256[] memory flags = _itemsOf(10, 4);
        _set(flags, 5);
        _screen(c, flags);
        _draw(c);
        uint256[] memory verdicts = _ones(10);
        _clear(verdicts, 5); // panel and detector agree on 5
        _commitAll(c, verdicts);
        _conclude(c);
        eq(c.record.status.round(), 1, "escalated");
        eq(c.question, _itemsOf(10, 4), "what the panel accepts and the flag does not let through");
        uint256[] memory accepted = _ones(10);
        _clear(accepted, 4);
        _clear(accepted, 5);
        eq(c.decision.accepted, accepted, "for now the flag holds");
        _clear(verdicts, 5);
        eq(c.decision.panelAccepted, verdicts, "the panel's opinion");
        _round(c, _ones(1)); // eleven of eleven outvote the flag
        eq(c.decision.accepted, verdicts, "accepted");
        eq(_phase(c), uint256(Phase.Decided), "and nothing is in question any more");
    }

    function test_escalate_anUnflaggedClearItemDoesNot() public {
        Case memory c = _start(10);
        _split(c, 4, 1);
        _conclude(c);
        eq(_phase(c), uint256(Phase.Decided), "four to one");
        eq(c.decision.accepted, _ones(10), "accepted");
    }

    function test_tie_rejectsAndEscalates() public {
        Case memory c = _start(10);
        _split(c, 2, 2); // one seat does not come
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _conclude(c);
        eq(c.record.status.items(), 10, "a tie is close");
        eq(c.decision.accepted, _zeros(10), "and rejects");
    }

    function test_evenSeats_threeOfFourIsClear() public {
        Case memory c = _start(10);
        _split(c, 3, 1);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _conclude(c);
        eq(_phase(c), uint256(Phase.Decided), "two votes apart");
        eq(c.decision.accepted, _ones(10), "accepted");
    }

    function _poorly(uint64 left) private returns (Case memory c) {
        DatasetParams memory params = _params();
        params.salt = bytes32(uint256(left + 7));
        c = _case(10);
        c.key.datasetId = _createDataset(params, 10 * (5000 + 5 * 300) + left);
        c.id = sebrus.batchIdOf(c.key);
        _begin(c);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, seat < 2 ? _allBut(10, 3) : _ones(10));
        }
        _conclude(c);
    }

    function test_escalate_aBountyTooSmallHolds() public {
        Case memory c = _poorly(3 * 11 * 300 - 1);
        eq(_phase(c), uint256(Phase.Decided), "held");
        eq(c.record.status.deadline(), block.timestamp + policy.holdWindow, "open to appeals");
        _sealHolds(c);
        c = _poorly(3 * 11 * 300);
        eq(_phase(c), uint256(Phase.Screening), "just enough");
        eq(sebrus.bountyOf(c.key.datasetId), 0, "all of it");
    }

    function test_escalate_withoutAFurtherPanelThereIsNoHold() public {
        (policy.escalatedSize, policy.finalSize) = (0, 0);
        datasetId = _createDataset(_params(), 1e9);
        Case memory c = _start(10);
        _split(c, 3, 2);
        _event();
        emit ISebrusEvents.Held(c.id, 0);
        _conclude(c);
        eq(_phase(c), uint256(Phase.Decided), "decided");
        _refused(stranger, _appealCall(c, Appeal(stranger, _ones(10))), ISebrusEvents.NoFurtherRound.selector);
        _allowed(stranger, _finalizeCall(c)); // at once
        eq(_phase(c), uint256(Phase.Settled), "settled");
    }

    /// Three rounds of doubt on one item: the third panel has the last word, by whatever majority.
    function test_escalate_threeRoundsAtMost() public {
        Case memory c = _start(10);
        for (uint256 round; round < 3; ++round) {
            uint256 items = c.record.status.items();
            uint256 seats = c.panel.length;
            for (uint256 seat; seat < seats; ++seat) {
                _commit(c, seat, 2 * seat + 1 < seats ? _allBut(items, 1) : _ones(items));
            }
            _conclude(c);
            if (round == 2) break;
            eq(c.record.status.round(), round + 1, "round");
            eq(c.record.status.items(), 1, "one item");
            _screen(c, new uint256[](0));
            _draw(c);
        }
        eq(_phase(c), uint256(Phase.Decided), "over");
        eq(c.record.status.deadline(), 0, "not held");
        _finalize(c);
        eq(_free(contributor), 1e9 + 10 * 5000, "twelve to eleven accepts");
    }

    function test_escalate_withGoldOnlyTheItemsInQuestionAreCounted() public {
        Case memory c = _start(300);
        for (uint256 seat; seat < 5; ++seat) {
            uint256[] memory verdicts = _ones(300);
            if (seat < 2) {
                _clear(verdicts, 3);
                _clear(verdicts, 256);
                _clear(verdicts, 258);
            }
            _commit(c, seat, verdicts);
        }
        _conclude(c);
        eq(c.record.status.items(), 3, "in question");
        // reviewers see: gold, 3, gold, 256, 258, gold, gold
        uint256[] memory gold = _zeros(7);
        uint256[] memory answers = _zeros(7);
        (gold[0], answers[0]) = (0x65, 0x24);
        _screenWith(c, new uint256[](0), gold, answers);
        _draw(c);
        uint256[] memory seen = _zeros(7);
        seen[0] = 0x24 | 0x10; // the gold right; 258 accepted, 3 and 256 rejected
        _commitAll(c, seen);
        _conclude(c);
        uint256[] memory accepted = _ones(300);
        _clear(accepted, 3);
        _clear(accepted, 256);
        eq(c.decision.accepted, accepted, "accepted");
        eq(_phase(c), uint256(Phase.Decided), "decided");
        _finalize(c);
        eq(sebrus.accountOf(c.panel[0]).goldSeen, 4, "gold");
        eq(sebrus.accountOf(c.panel[0]).itemsSeen, 3, "items");
        eq(sebrus.accountOf(c.panel[0]).itemsCoherent, 3, "coherent");
    }
}
