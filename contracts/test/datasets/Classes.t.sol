// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice A dataset tells two classes apart at least, and as many as a label can name.
contract ClassesTest is Scenario {
    function _withClasses(uint16 count) private view returns (bytes memory) {
        DatasetParams memory params = _params();
        params.classCount = count;
        params.salt = keccak256("classes");
        return abi.encodeCall(sebrus.createDataset, (params));
    }

    function test_classes_twoAreEnough() public {
        _allowed(owner, _withClasses(2));
        _allowed(owner, _withClasses(3));
        _allowed(owner, _withClasses(type(uint16).max));
    }

    function test_classes_oneAndNoneAreNot() public {
        _refused(owner, _withClasses(1), ISebrusEvents.InvalidDataset.selector);
        _refused(owner, _withClasses(0), ISebrusEvents.InvalidDataset.selector);
    }
}
