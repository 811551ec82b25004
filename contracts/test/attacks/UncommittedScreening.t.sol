// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice Flags and gold that nobody committed to, brought by whoever concludes beside "not opened".
contract UncommittedScreeningAttacks is Scenario {
    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    function _brings(Case memory c) private pure {
        c.screening.flags = _ones(10);
        c.screening.gold = _itemsOf(10, 9);
        c.screening.answers = _zeros(10);
    }

    function test_attack_flagsNobodyCommittedTo() public {
        policy.detectorVotes = 6;
        datasetId = _createDataset(_params(), 1e9);
        Case memory c = _case(10);
        _submit(c);
        _skipScreening(c);
        _draw(c);
        _split(c, 8, 3); // accepted, but not against a flag
        _brings(c);
        _conclude(c);
        eq(c.decision.accepted, _ones(10), "the panel alone");
        eq(c.decision.flags.length, 0, "no flags");
        _sealHolds(c);
        _finalize(c);
        eq(sebrus.detectorRecordOf(datasetId).items, 0, "the detector is not on record");
    }

    function test_attack_flagsInPlaceOfThoseCommittedTo() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        _brings(c);
        _refused(stranger, _concludeCall(c), ISebrusEvents.WrongScreening.selector);
        c.screening.opened = false;
        _refused(stranger, _concludeCall(c), ISebrusEvents.TooEarly.selector); // it can still be opened
    }
}
