// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

contract CreateDatasetTest is Scenario {
    function _fresh() private view returns (DatasetParams memory params) {
        params = _params();
        params.salt = keccak256("another");
    }

    function test_create_valueBecomesTheBounty() public {
        bytes32 expected = sebrus.datasetIdOf(_fresh());
        _event();
        emit ISebrusEvents.DatasetCreated(expected, _fresh(), keccak256(abi.encode(policy)));
        _event();
        emit ISebrusEvents.DatasetFunded(expected, owner, 77);
        bytes32 id = _createDataset(_fresh(), 77);
        eq(id, sebrus.datasetIdOf(_fresh()), "id");
        eq(sebrus.bountyOf(id), 77, "bounty");
        eq(keccak256(abi.encode(sebrus.policyOf(id))), keccak256(abi.encode(policy)), "policy");
    }

    function test_create_onlyItsOwner() public {
        vm.prank(stranger);
        _expect(ISebrusEvents.NotOwner.selector);
        sebrus.createDataset(_fresh());
    }

    function test_create_onceOnly() public {
        vm.prank(owner);
        _expect(ISebrusEvents.DatasetExists.selector);
        sebrus.createDataset(_params());
    }

    function test_create_refusesNoOwnerAndOneClass() public {
        DatasetParams memory params = _fresh();
        params.classCount = 1;
        _expect(ISebrusEvents.InvalidDataset.selector);
        sebrus.createDataset(params);
        params = _fresh();
        params.owner = address(0);
        _expect(ISebrusEvents.InvalidDataset.selector);
        sebrus.createDataset(params);
    }

    function test_create_refusesFractionsOfAGwei() public {
        vm.prank(owner);
        _expect(ISebrusEvents.NotWholeGwei.selector);
        sebrus.createDataset{value: 1}(_fresh());
    }

    function test_views_refuseUnknownDatasets() public {
        _expect(ISebrusEvents.UnknownDataset.selector);
        sebrus.bountyOf(0);
        _expect(ISebrusEvents.UnknownDataset.selector);
        sebrus.policyOf(0);
        _expect(ISebrusEvents.UnknownDataset.selector);
        sebrus.detectorRecordOf(0);
    }

    function test_create_refusesAPolicyOutsideItsBounds() public {
        DatasetParams memory params = _fresh();
        params.policy.seatStake = MIN_STAKE + 1; // whoever can be drawn must be able to pay
        vm.prank(owner);
        _expect(abi.encodeWithSelector(ISebrusEvents.InvalidPolicy.selector, bytes32("seatStake")));
        sebrus.createDataset(params);
        params.policy.seatStake = MIN_STAKE;
        _createDataset(params, 0);
    }

    /// The id binds every parameter and every number of the policy.
    function test_create_everyParameterIsPartOfTheIdentity() public view {
        DatasetParams memory params = _fresh();
        bytes32 id = sebrus.datasetIdOf(params);
        bytes32 policyHash = keccak256(abi.encode(params.policy));
        bytes32 expected = keccak256(
            abi.encode(params.owner, params.detector, params.classCount, params.metadataHash, policyHash, params.salt)
        );
        eq(id, expected, "id");
        uint256[20] memory numbers = abi.decode(abi.encode(params.policy), (uint256[20]));
        for (uint256 i; i < 20; ++i) {
            numbers[i] ^= 1;
            params.policy = abi.decode(abi.encode(numbers), (Policy));
            no(sebrus.datasetIdOf(params) == id, "a number of the policy");
            numbers[i] ^= 1;
        }
    }

    function test_deployment_refusesUnusableNumbers() public {
        _unusable(15, EPOCH);
        _unusable((1 << 40) + 1, EPOCH);
        _unusable(MIN_STAKE, 7);
        _unusable(MIN_STAKE, (1 << 20) + 1);
        _judgement(16, 8);
        _judgement(1 << 40, 1 << 20);
    }

    function test_deployment_refusesNoGuardianAndAnotherSecondHalf() public {
        address right = _judgement(MIN_STAKE, EPOCH);
        vm.deployCode("Sebrus.sol:Sebrus", abi.encode(guardian, MIN_STAKE, EPOCH, right));
        _refusedDeployment(abi.encode(address(0), MIN_STAKE, EPOCH, right));
        _refusedDeployment(abi.encode(guardian, MIN_STAKE + 1, EPOCH, right));
        _refusedDeployment(abi.encode(guardian, MIN_STAKE, EPOCH + 1, right));
    }

    function _judgement(uint64 minStake, uint32 epochLength) private returns (address) {
        return vm.deployCode("Judgement.sol:Judgement", abi.encode(minStake, epochLength));
    }

    function _unusable(uint64 minStake, uint32 epochLength) private {
        try vm.deployCode("Judgement.sol:Judgement", abi.encode(minStake, epochLength)) {
            revert NotTrue("an unusable deployment is refused");
        } catch {}
    }

    function _refusedDeployment(bytes memory arguments) private {
        bytes memory code = abi.encodePacked(vm.getCode("Sebrus.sol:Sebrus"), arguments);
        address made;
        bytes32 reason;
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
            returndatacopy(0, 0, returndatasize())
            reason := mload(0)
        }
        eq(made, address(0), "refused");
        eq(bytes32(bytes4(reason)), bytes32(ISebrusEvents.InvalidDeployment.selector), "reason");
    }
}
