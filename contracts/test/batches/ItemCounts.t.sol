// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice A batch holds one item at least and as many as the policy allows at most, both included.
contract ItemCountsTest is Scenario {
    function setUp() public override {
        super.setUp();
        policy.maxItems = 10;
        datasetId = _createDataset(_params(), 1e9);
    }

    function _submitCall(uint16 items) private view returns (bytes memory) {
        return abi.encodeCall(sebrus.submit, (_case(items).key, 0, NONE));
    }

    function test_items_oneAndTheMostAllowed() public {
        _allowed(contributor, _submitCall(1));
        _allowed(contributor, _submitCall(10));
        eq(uint256(sebrus.phaseOf(_case(10).id)), uint256(Phase.Screening), "submitted");
    }

    function test_items_noneAndOneTooMany() public {
        _refused(contributor, _submitCall(0), ISebrusEvents.InvalidItemCount.selector);
        _refused(contributor, _submitCall(11), ISebrusEvents.InvalidItemCount.selector);
    }
}
