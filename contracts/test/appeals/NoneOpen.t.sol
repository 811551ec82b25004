// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";
import {Vm} from "../base/Vm.sol";

/// @notice Appeals that are brought where none are open: nobody is paid for them.
contract NoneOpenTest is Scenario {
    function _pretended(Case memory c) private view {
        c.appeals = new Appeal[](1);
        c.appeals[0] = Appeal(stranger, _ones(10));
    }

    function test_attack_appealNobodyMadeIsSettled() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        _pretended(c);
        uint64 bounty = sebrus.bountyOf(datasetId);
        vm.getRecordedLogs();
        _allowed(stranger, _concludeCall(c)); // they are not looked at
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            no(logs[i].topics[0] == ISebrusEvents.AppealSettled.selector, "settled");
        }
        eq(_free(stranger), 0, "stranger");
        eq(sebrus.bountyOf(datasetId), bounty, "bounty");
    }

    function test_attack_appealNobodyMadeIsPaidBackUnseated() public {
        policy.quorum = 5;
        datasetId = _createDataset(_params(), 1e9);
        for (uint256 i = 4; i < REVIEWERS; ++i) {
            _unstake(reviewer(i), _staked(reviewer(i)));
        }
        vm.roll(block.number + EPOCH);
        Case memory c = _case(10);
        _submit(c);
        _screen(c, _zeros(10));
        vm.roll(c.record.status.entropyBlock() + 1);
        Case memory honest = _copy(c);
        _pretended(c);
        _refused(stranger, _drawCall(c), ISebrusEvents.WrongAppeals.selector);
        _allowed(stranger, _drawCall(honest));
        eq(_phase(c), uint256(Phase.Decided), "unseated");
        eq(_free(stranger), 0, "stranger");
    }
}
