// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";
import {Vm} from "../base/Vm.sol";

/// @notice Openings are told by the call that brings them first, and by no other.
contract ToldOnceTest is Scenario {
    function _timesTold() private returns (uint256 times) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] == ISebrusEvents.Revealed.selector) ++times;
        }
    }

    function test_told_byTheConclusionThatBringsThem() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        vm.getRecordedLogs();
        _allowed(stranger, _concludeCall(c));
        eq(_timesTold(), 1, "told");
    }

    function test_told_notAgainByTheConclusion() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        _reveal(c, 31);
        eq(_timesTold(), 1, "told when revealed");
        _allowed(stranger, _concludeCall(c));
        eq(_timesTold(), 0, "not again");
    }
}
