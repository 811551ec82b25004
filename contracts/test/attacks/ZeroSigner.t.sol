// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice A signature of nobody recovers to the zero address, which must not make it one of the zero address.
contract ZeroSignerAttacks is Scenario {
    bytes private constant NOBODYS = abi.encodePacked(bytes32(0), bytes32(0), uint8(27));

    function test_attack_signatureOfNobodyActsForTheZeroAddress() public {
        bytes4 reason = ISebrusEvents.InvalidSignature.selector;
        _refused(stranger, abi.encodeCall(sebrus.setPayout, (address(0), true, FAR, NOBODYS)), reason);
        _refused(stranger, abi.encodeCall(sebrus.withdraw, (address(0), 1, FAR, NOBODYS)), reason);
        _refused(stranger, abi.encodeCall(sebrus.stake, (address(0), MIN_STAKE, FAR, NOBODYS)), reason);
        Case memory c = _case(10);
        c.key.contributor = address(0);
        _refused(stranger, abi.encodeCall(sebrus.submit, (c.key, FAR, NOBODYS)), reason);
    }

    function test_attack_signatureOfNobodyActsForSomebodyElse() public {
        bytes memory call_ = abi.encodeCall(sebrus.setPayout, (contributor, true, FAR, NOBODYS));
        _refused(stranger, call_, ISebrusEvents.InvalidSignature.selector);
        no(sebrus.accountOf(contributor).payout, "no order");
    }
}
