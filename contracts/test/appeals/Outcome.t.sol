// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice What an appeal comes to: upheld, refused, inconclusive, appealed further.
contract AppealOutcomeTest is Scenario {
    uint64 private constant BOND = 11 * 300;

    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    function setUp() public override {
        super.setUp();
        _deposit(stranger, 1e6);
        _deposit(relayer, 1e6);
    }

    /// Item 0 rejected by the first panel, item 9 accepted; both under appeal by one person, item 1 by another.
    function _appealedCase() private returns (Case memory c) {
        c = _decided(10, 4);
        uint256[] memory items = _itemsOf(10, 0);
        _set(items, 9);
        _appeal(c, stranger, items);
        _appeal(c, relayer, _itemsOf(10, 1));
        _startAppeal(c);
        _screen(c, new uint256[](0));
        _draw(c);
    }

    function _asked(bool zero, bool one, bool nine) private pure returns (uint256[] memory verdicts) {
        verdicts = _zeros(3); // items 0, 1 and 9 in their order
        if (zero) _set(verdicts, 0);
        if (one) _set(verdicts, 1);
        if (nine) _set(verdicts, 2);
    }

    function test_outcome_upheldGetsTheBondAndTheSlashOfWhatWasWronglyAccepted() public {
        Case memory c = _appealedCase();
        _commitAll(c, _asked(true, false, false));
        uint64 bounty = sebrus.bountyOf(datasetId);
        // item 0 rejected -> accepted: its bond; item 9 accepted -> rejected: its bond and the slash of its stake
        uint64 due = 2 * BOND + 500;
        _event();
        emit ISebrusEvents.AppealSettled(c.id, stranger, due, due);
        _event();
        emit ISebrusEvents.AppealSettled(c.id, relayer, 0, 0);
        _conclude(c);
        _sealHolds(c);
        eq(_free(stranger), 1e6 - 2 * BOND + due, "the appellant who was right");
        eq(_free(relayer), 1e6 - BOND, "the bond of who was wrong pays the round");
        eq(sebrus.bountyOf(datasetId), bounty - due, "of the bounty");
        _finalize(c);
        uint256[] memory accepted = _allBut(10, 4);
        _set(accepted, 0);
        _clear(accepted, 9);
        eq(c.decision.accepted, accepted, "the final word");
        eq(_free(contributor), 1e9 + 6 * 5000 - 4 * 500, "paid by it");
    }

    function test_outcome_asFarAsTheBountyGoes() public {
        Case memory c = _appealedCase();
        vm.prank(owner);
        sebrus.closeDataset(datasetId); // the owner takes what is not reserved
        _commitAll(c, _asked(true, true, false));
        _event();
        emit ISebrusEvents.AppealSettled(c.id, stranger, 0, 0);
        _event();
        emit ISebrusEvents.AppealSettled(c.id, relayer, 0, 0);
        _conclude(c);
        _sealHolds(c);
    }

    function test_outcome_refusedPaysTheRoundWithTheBond() public {
        Case memory c = _appealedCase();
        _commitAll(c, _asked(false, false, true));
        uint64 before = _free(c.panel[0]);
        _conclude(c);
        eq(_free(stranger), 1e6 - 2 * BOND, "gone");
        uint64 bounty = sebrus.bountyOf(datasetId);
        _finalize(c);
        eq(_free(c.panel[0]), before + 3 * 300, "the seats of the round are paid");
        eq(_free(contributor), 1e9 + 6 * 5000 - 4 * 500, "as decided first");
        eq(sebrus.bountyOf(datasetId), bounty + 4 * (5000 + 500), "nothing of the bounty was spent");
    }

    function test_outcome_inconclusiveGivesTheBondBack() public {
        Case memory c = _appealedCase();
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _event();
        emit ISebrusEvents.AppealSettled(c.id, stranger, 2 * BOND, 2 * BOND);
        _event();
        emit ISebrusEvents.AppealSettled(c.id, relayer, BOND, BOND);
        _conclude(c); // nobody came
        _sealHolds(c);
        eq(_phase(c), uint256(Phase.Decided), "a round on appeal is not followed by another unasked");
        eq(c.record.status.round(), 1, "round");
        eq(_free(stranger), 1e6, "back");
        uint64 bounty = sebrus.bountyOf(datasetId);
        _finalize(c);
        eq(sebrus.bountyOf(datasetId), bounty + 3 * BOND + 4 * 5500, "what the round was to cost returns");
        eq(_free(contributor), 1e9 + 6 * 5000 - 4 * 500, "the decision stands");
    }

    function test_outcome_bringsTheAppealsInTheirOrder() public {
        Case memory c = _appealedCase();
        _commitAll(c, _asked(false, false, true));
        Case memory d = _copy(c);
        d.appeals = new Appeal[](0);
        _refused(stranger, _concludeCall(d), ISebrusEvents.WrongAppeals.selector);
        d = _copy(c);
        (d.appeals[0], d.appeals[1]) = (d.appeals[1], d.appeals[0]);
        _refused(stranger, _concludeCall(d), ISebrusEvents.WrongAppeals.selector);
        d = _copy(c);
        d.appeals[0].appellant = relayer;
        _refused(stranger, _concludeCall(d), ISebrusEvents.WrongAppeals.selector);
        d = _copy(c);
        _set(d.appeals[0].items, 5);
        _refused(stranger, _concludeCall(d), ISebrusEvents.WrongAppeals.selector);
        _allowed(stranger, _concludeCall(c));
    }

    function test_outcome_closeVerdictsOnAppealAreHeldNotEscalated() public {
        Case memory c = _appealedCase();
        for (uint256 seat; seat < 11; ++seat) {
            _commit(c, seat, _asked(seat < 6, false, true)); // six to five
        }
        _conclude(c);
        eq(_phase(c), uint256(Phase.Decided), "held");
        eq(c.record.status.deadline(), block.timestamp + policy.holdWindow, "open to a further appeal");
        uint256[] memory accepted = _allBut(10, 4);
        _set(accepted, 0);
        eq(c.decision.accepted, accepted, "and counted");
    }

    function test_outcome_aFurtherAppealGoesToTheLastPanelAndNoFurther() public {
        Case memory c = _appealedCase();
        _commitAll(c, _asked(true, false, true));
        _conclude(c);
        _appeal(c, relayer, _itemsOf(10, 0));
        eq(_free(relayer), 1e6 - BOND - 23 * 300, "the bond of the larger panel");
        _startAppeal(c);
        _screen(c, new uint256[](0));
        _draw(c);
        eq(c.panel.length, 23, "the last panel");
        _commitAll(c, _zeros(1));
        // from accepted to rejected: its bond and the slash
        _event();
        emit ISebrusEvents.ScreeningOpened(c.id, 2, c.screening);
        _event();
        emit ISebrusEvents.AppealSettled(c.id, relayer, 23 * 300 + 500, 23 * 300 + 500);
        _conclude(c);
        eq(c.record.status.deadline(), 0, "no hold");
        _refused(stranger, _appealCall(c, Appeal(stranger, _itemsOf(10, 0))), ISebrusEvents.NoFurtherRound.selector);
        _finalize(c);
        eq(c.decision.accepted, _allBut(10, 4), "the last word");
        eq(_phase(c), uint256(Phase.Settled), "settled");
    }

    /// An appeal after an escalation: only the third panel is left to hear it.
    function test_outcome_appealAfterAnEscalation() public {
        Case memory c = _start(10);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, seat < 2 ? _allBut(10, 2) : _ones(10));
        }
        _conclude(c);
        _round(c, _zeros(2));
        eq(_phase(c), uint256(Phase.Decided), "decided");
        _appeal(c, contributor, _itemsOf(10, 1));
        _startAppeal(c);
        eq(c.record.status.round(), 2, "the third round");
        _round(c, _ones(1));
        uint256[] memory accepted = _allBut(10, 1);
        eq(c.decision.accepted, accepted, "restored");
        _finalize(c);
        eq(_free(contributor), 1e9 + 9 * 5000 - 500, "paid by the final word, the bond back");
    }

    /// A flagged item: acceptance, not the panel's opinion, decides whether an appeal was right.
    function test_outcome_flaggedItemThatThePanelAcceptsAndTheFlagDoesNot() public {
        policy.detectorVotes = 15;
        datasetId = _createDataset(_params(), 10 * (5000 + 5 * 300));
        Case memory c = _case(10);
        _submit(c);
        _screen(c, _itemsOf(10, 0));
        _draw(c);
        _commitAll(c, _ones(10));
        _conclude(c); // in question by the flag, and the bounty is empty
        eq(c.decision.accepted, _allBut(10, 1), "not against the flag");
        eq(c.decision.panelAccepted, _ones(10), "though the panel accepts");
        _appeal(c, contributor, _itemsOf(10, 0));
        vm.prank(owner);
        sebrus.fundDataset{value: 1e6 * 1 gwei}(datasetId);
        _startAppeal(c);
        _screen(c, new uint256[](0));
        _draw(c);
        _commitAll(c, _ones(1)); // eleven of eleven do not outvote fifteen
        _event();
        emit ISebrusEvents.ScreeningOpened(c.id, 1, c.screening);
        _event();
        emit ISebrusEvents.AppealSettled(c.id, contributor, 0, 0);
        _conclude(c);
        _finalize(c);
        eq(_free(contributor), 1e9 + 9 * 5000 - BOND, "no slash: the panel did not reject it");
    }
}
