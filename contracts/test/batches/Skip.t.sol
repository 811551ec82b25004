// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice A round goes on without the detector, who missed the deadline; the first one with the larger panel.
contract SkipTest is Scenario {
    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    function _call(Case memory c) private view returns (bytes memory) {
        return abi.encodeCall(sebrus.skipScreening, (c.key, c.record));
    }

    function _overdue(Case memory c) private {
        _submit(c);
        vm.warp(uint256(c.record.status.deadline()) + 1);
    }

    function test_skip_onlyAfterTheDeadline() public {
        Case memory c = _case(10);
        _submit(c);
        vm.warp(c.record.status.deadline());
        _refused(stranger, _call(c), ISebrusEvents.TooEarly.selector);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _allowed(stranger, _call(c));
        _refused(stranger, _call(c), _wrongPhase(Phase.Drawing));
    }

    function test_skip_theFirstRoundBecomesTheLargerPanel() public {
        Case memory c = _case(10);
        _overdue(c);
        uint64 bounty = sebrus.bountyOf(datasetId);
        uint40 commits = uint40(block.timestamp + policy.commitWindow);
        _event();
        emit ISebrusEvents.ScreeningSkipped(c.id, 1, 10 * 6 * 300);
        _event();
        emit ISebrusEvents.DrawRequested(c.id, 1, 11, uint48(block.number + 4), commits, commits + policy.revealWindow);
        _allowed(stranger, _call(c));
        eq(sebrus.bountyOf(datasetId), bounty - 10 * 6 * 300, "six more seats");
        _requested(c, 1, 10);
        _sealHolds(c);
        _draw(c);
        eq(c.panel.length, 11, "seats");
    }

    function _poorly(uint64 left) private returns (Case memory c) {
        DatasetParams memory params = _params();
        params.salt = bytes32(uint256(left + 1));
        c = _case(10);
        c.key.datasetId = _createDataset(params, 10 * (5000 + 5 * 300) + left);
        c.id = sebrus.batchIdOf(c.key);
        _overdue(c);
    }

    function test_skip_aBountyTooSmallKeepsTheFirstPanel() public {
        Case memory c = _poorly(10 * 6 * 300 - 1);
        _event();
        emit ISebrusEvents.ScreeningSkipped(c.id, 0, 0);
        _allowed(stranger, _call(c));
        eq(sebrus.bountyOf(c.key.datasetId), 10 * 6 * 300 - 1, "bounty");
        _requested(c, 0, 10);
        _sealHolds(c);
        c = _poorly(10 * 6 * 300); // and one that just covers it
        _event();
        emit ISebrusEvents.ScreeningSkipped(c.id, 1, 10 * 6 * 300);
        _allowed(stranger, _call(c));
        eq(sebrus.bountyOf(c.key.datasetId), 0, "bounty");
    }

    function test_skip_withoutALargerPanelKeepsTheFirst() public {
        (policy.escalatedSize, policy.finalSize) = (0, 0);
        Case memory c = _case(10);
        c.key.datasetId = _createDataset(_params(), 1e9);
        c.id = sebrus.batchIdOf(c.key);
        _overdue(c);
        _event();
        emit ISebrusEvents.ScreeningSkipped(c.id, 0, 0);
        _allowed(stranger, _call(c));
        _requested(c, 0, 10);
        _sealHolds(c);
    }

    function test_skip_laterRoundsKeepTheirPanel() public {
        Case memory c = _start(10);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, seat < 2 ? _allBut(10, 3) : _ones(10));
        }
        _conclude(c);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        uint64 bounty = sebrus.bountyOf(datasetId);
        _event();
        emit ISebrusEvents.ScreeningSkipped(c.id, 1, 0);
        _allowed(stranger, _call(c));
        eq(sebrus.bountyOf(datasetId), bounty, "nothing more reserved");
        _requested(c, 1, 3);
        _sealHolds(c);
    }

    /// From round 0 to round 2: skipped into round 1, whose question goes to the last panel.
    function test_skip_thenEscalatedToTheLastPanel() public {
        Case memory c = _case(10);
        _submit(c);
        _skipScreening(c);
        _draw(c);
        c.screening.opened = false;
        for (uint256 seat; seat < 11; ++seat) {
            _commit(c, seat, seat < 5 ? _allBut(10, 1) : _ones(10));
        }
        _conclude(c);
        eq(c.record.status.round(), 2, "round");
        eq(c.record.status.items(), 1, "items");
        _skipScreening(c);
        _draw(c);
        eq(c.panel.length, 23, "the last panel");
        _commitAll(c, _zeros(1));
        _conclude(c);
        eq(_phase(c), uint256(Phase.Decided), "decided");
        eq(c.record.status.deadline(), 0, "no further panel: not held");
        eq(c.decision.accepted, _allBut(10, 1), "the last panel's word");
        _finalize(c);
        eq(_phase(c), uint256(Phase.Settled), "settled");
        eq(sebrus.detectorRecordOf(datasetId).items, 0, "no record without a screening");
    }
}
