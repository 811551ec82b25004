// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice A flag weighs as many reject votes as the policy says: up to more than any panel can outvote.
contract DetectorVotesTest is Scenario {
    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    /// The first item flagged, by a detector of so many votes; every seat of the largest panel accepts everything.
    function _flaggedAndAccepted(uint8 votes) private returns (Case memory c) {
        (policy.panelSize, policy.escalatedSize, policy.finalSize) = (31, 0, 0);
        policy.detectorVotes = votes;
        datasetId = _createDataset(_params(), 1e9);
        c = _case(10);
        _submit(c);
        _screen(c, _itemsOf(10, 0));
        _draw(c);
        eq(c.panel.length, 31, "seats");
        _commitAll(c, _ones(10));
        _conclude(c);
        eq(c.decision.panelAccepted, _ones(10), "the panel accepts all");
    }

    function test_votes_moreThanAPanelCanOutvote() public {
        Case memory c = _flaggedAndAccepted(31);
        eq(c.decision.accepted, _allBut(10, 1), "the flag holds");
        _finalize(c);
    }

    function test_votes_thatTheWholePanelJustOutvotes() public {
        Case memory c = _flaggedAndAccepted(30);
        eq(c.decision.accepted, _ones(10), "the flag is overruled");
        _finalize(c);
    }
}
