// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "./base/Scenario.sol";

/// @notice What comes back from several calls in one transaction is what each returns by itself.
contract MulticallResultsTest is Scenario {
    /// Answers of one word, of many words, and of none.
    function _calls() private view returns (bytes[] memory data) {
        data = new bytes[](6);
        data[0] = abi.encodeCall(sebrus.policyOf, (datasetId));
        data[1] = abi.encodeCall(sebrus.bountyOf, (datasetId));
        data[2] = abi.encodeCall(sebrus.setPayout, (owner, true, 0, NONE));
        data[3] = abi.encodeCall(sebrus.accountOf, (reviewer(3)));
        data[4] = abi.encodeCall(sebrus.detectorRecordOf, (datasetId));
        data[5] = abi.encodeWithSignature("eip712Domain()");
    }

    function test_results_areThoseOfEachCall() public {
        bytes[] memory data = _calls();
        vm.prank(owner);
        bytes[] memory results = sebrus.multicall(data);
        eq(results.length, data.length, "as many");
        for (uint256 i; i < data.length; ++i) {
            (, bytes memory alone) = _send(owner, data[i]);
            eq(keccak256(results[i]), keccak256(alone), string.concat("result ", vm.toString(i)));
        }
        eq(results[2].length, 0, "nothing of a call that returns nothing");
    }

    function test_results_ofNoCallsAreNone() public {
        eq(sebrus.multicall(new bytes[](0)).length, 0, "none");
    }
}
