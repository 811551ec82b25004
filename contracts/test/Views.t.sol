// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "./base/Scenario.sol";

contract ViewsTest is Scenario {
    function _leaf(uint256 index, bytes32 sha256Hash, uint16 label) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(index, sha256Hash, label))));
    }

    function test_views_ofTheDeployment() public view {
        eq(sebrus.guardian(), guardian, "guardian");
        eq(sebrus.minStake(), MIN_STAKE, "minimum stake");
        eq(sebrus.epochLength(), EPOCH, "epoch length");
        no(sebrus.submissionsPaused(), "paused");
    }

    function test_views_ofWhatIsNotThereAreZero() public view {
        bytes32 none = keccak256("none");
        eq(uint256(sebrus.phaseOf(none)), uint256(Phase.None), "phase");
        eq(sebrus.sealOf(none), bytes32(0), "seal");
        eq(sebrus.releaseOf(none, 1), bytes32(0), "release");
        eq(sebrus.accountOf(address(0x999)).free, 0, "account");
    }

    /// What is unknown stays unknown: no call of a batch makes one out of a record that nobody submitted.
    function test_attack_recordOfABatchNobodySubmitted() public {
        Case memory c = _case(10);
        for (uint256 phase = 1; phase <= 4; ++phase) {
            c.record.status = BatchState.wrap(phase | (uint256(10) << 232) | (uint256(10) << 216));
            bytes memory reason = _wrongPhase(Phase.None);
            _refused(stranger, abi.encodeCall(sebrus.skipScreening, (c.key, c.record)), reason);
            _refused(stranger, _drawCall(c), reason);
            _refused(stranger, _requestCall(c), reason);
            _refused(stranger, _concludeCall(c), reason);
            _refused(stranger, _startCall(c), reason);
            _refused(stranger, _finalizeCall(c), reason);
        }
        // nor does a record of zeros pass for the zero word of an unknown batch
        delete c.record;
        _refused(stranger, _finalizeCall(c), _wrongPhase(Phase.None));
    }

    function test_attack_itemHiddenBeyondTheItemCount() public view {
        // the root covers two items, the batch says one: nobody voted on the second
        bytes32 seen = _leaf(0, keccak256("seen"), 1);
        bytes32 hidden = _leaf(1, keccak256("hidden"), 1);
        bytes32 root = seen < hidden ? keccak256(abi.encode(seen, hidden)) : keccak256(abi.encode(hidden, seen));
        BatchKey memory key = BatchKey(datasetId, contributor, root, 1);
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = hidden;
        yes(sebrus.verifyItem(key, 0, keccak256("seen"), 1, proof), "the item voted on");
        proof[0] = seen;
        no(sebrus.verifyItem(key, 1, keccak256("hidden"), 1, proof), "the item beyond the count");
        key.itemCount = 2;
        yes(sebrus.verifyItem(key, 1, keccak256("hidden"), 1, proof), "with the true count it is one");
    }

    function test_attack_innerNodePassedForALeaf() public view {
        bytes32 left = _leaf(0, keccak256("a"), 1);
        bytes32 root = keccak256(bytes.concat(keccak256(abi.encode(uint256(0), left, uint16(1)))));
        BatchKey memory key = BatchKey(datasetId, contributor, keccak256(abi.encode(left, root)), 2);
        no(sebrus.verifyItem(key, 0, left, 1, new bytes32[](0)), "a pair of hashes is no item");
    }
}
