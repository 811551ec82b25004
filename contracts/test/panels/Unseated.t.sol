// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice Fewer than the quorum can be drawn: what was set aside goes back, and the decision so far is final.
contract UnseatedTest is Scenario {
    function _reviewers() internal pure override returns (uint256) {
        return 19; // 5 + 11 leave 3, 2 after one has left
    }

    /// All from a place on leave, but those whose seats hold their stake (they may not sit again anyway).
    function _leave(uint256 from) private {
        for (uint256 i = from; i < _reviewers(); ++i) {
            if (sebrus.accountOf(reviewer(i)).locked == 0) _unstake(reviewer(i), _staked(reviewer(i)));
        }
        vm.roll((block.number / EPOCH + 1) * EPOCH);
    }

    /// Three to two on `count` items, everything else accepted.
    function _contested(Case memory c, uint256 count, uint256 seats) private {
        uint256 items = c.record.status.items();
        for (uint256 seat; seat < seats; ++seat) {
            _commit(c, seat, 2 * seat + 1 < seats ? _allBut(items, count) : _ones(items));
        }
        _conclude(c);
    }

    function test_unseated_withoutDecisionVoids() public {
        _leave(2);
        Case memory c = _case(10);
        _submit(c);
        _screen(c, _zeros(10));
        vm.roll(c.record.status.entropyBlock() + 1);
        _event();
        emit ISebrusEvents.Unseated(c.id, 0, 10 * 5 * 300);
        _allowed(stranger, _drawCall(c));
        c.record.screening = 0;
        c.record.status = BatchStateLibrary.decided(0, 0, 0);
        _sealHolds(c);
        eq(_phase(c), uint256(Phase.Decided), "phase");
        eq(sebrus.bountyOf(datasetId), 1e11 - 10 * 5000, "the fees went back");
        _refused(stranger, _appealCall(c, Appeal(stranger, _ones(10))), ISebrusEvents.NoFurtherRound.selector);
        _finalize(c);
        eq(_phase(c), uint256(Phase.Voided), "voided");
        eq(_free(contributor), 1e9, "the stake");
        eq(sebrus.bountyOf(datasetId), 1e11, "everything is back");
        _refused(contributor, abi.encodeCall(sebrus.submit, (c.key, 0, NONE)), ISebrusEvents.BatchExists.selector);
    }

    function test_unseated_exactlyTheQuorumSits() public {
        _leave(3);
        Case memory c = _start(10);
        eq(c.panel.length, 3, "seats");
    }

    function test_unseated_withADecisionItIsFinal() public {
        Case memory c = _start(10);
        _contested(c, 3, 5);
        eq(c.record.status.round(), 1, "escalated");
        _leave(0);
        _screen(c, new uint256[](0));
        vm.roll(c.record.status.entropyBlock() + 1);
        uint64 bounty = sebrus.bountyOf(datasetId);
        _event();
        emit ISebrusEvents.Unseated(c.id, 1, 3 * 11 * 300);
        _allowed(stranger, _drawCall(c));
        eq(sebrus.bountyOf(datasetId), bounty + 3 * 11 * 300, "the round's fees went back");
        (c.record.screening, c.record.question) = (0, 0);
        c.record.status = BatchStateLibrary.decided(1, 0, 0);
        _sealHolds(c);
        _finalize(c);
        eq(_phase(c), uint256(Phase.Settled), "settled");
        eq(_free(contributor), 1e9 + 10 * 5000, "three to two accepts");
    }

    function test_unseated_onAppealTheBondsGoBack() public {
        Case memory c = _start(10);
        _commitAll(c, _allBut(10, 4));
        _conclude(c);
        _deposit(stranger, 1e6);
        _deposit(relayer, 1e6);
        _appeal(c, stranger, _itemsOf(10, 0));
        uint256[] memory two = _itemsOf(10, 1);
        _set(two, 2);
        _appeal(c, relayer, two);
        eq(_free(stranger), 1e6 - 11 * 300, "bond");
        eq(_free(relayer), 1e6 - 2 * 11 * 300, "bond");
        _startAppeal(c);
        _leave(0);
        _screen(c, new uint256[](0));
        vm.roll(c.record.status.entropyBlock() + 1);
        uint64 bounty = sebrus.bountyOf(datasetId);
        Appeal[] memory appeals = c.appeals;
        c.appeals = new Appeal[](0);
        _refused(stranger, _drawCall(c), ISebrusEvents.WrongAppeals.selector);
        c.appeals = appeals;
        _event();
        emit ISebrusEvents.Unseated(c.id, 1, 0);
        _event();
        emit ISebrusEvents.AppealSettled(c.id, stranger, 11 * 300, 0);
        _event();
        emit ISebrusEvents.AppealSettled(c.id, relayer, 2 * 11 * 300, 0);
        _allowed(stranger, _drawCall(c));
        eq(sebrus.bountyOf(datasetId), bounty, "not of the bounty");
        eq(_free(stranger), 1e6, "back");
        eq(_free(relayer), 1e6, "back");
        (c.record.screening, c.record.question, c.record.appeals) = (0, 0, 0);
        c.record.status = BatchStateLibrary.decided(1, 0, 0);
        _sealHolds(c);
        _finalize(c);
        eq(_free(contributor), 1e9 + 6 * 5000 - 4 * 500, "the decision stands");
    }

    /// Everybody who has sat is out: the third panel cannot be drawn of nineteen reviewers.
    function test_unseated_whenEverybodyHasSat() public {
        Case memory c = _start(10);
        _contested(c, 3, 5);
        _screen(c, new uint256[](0));
        _draw(c);
        _contested(c, 1, 11);
        eq(c.record.status.round(), 2, "a third round");
        _screen(c, new uint256[](0));
        _draw(c);
        eq(c.panel.length, 3, "the three who are left");
        for (uint256 i; i < 3; ++i) {
            for (uint256 list; list < c.excluded.length; ++list) {
                for (uint256 j; j < c.excluded[list].length; ++j) {
                    yes(c.panel[i] != c.excluded[list][j], "fresh");
                }
            }
        }
    }
}
