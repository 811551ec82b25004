// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusIntake} from "../interfaces/ISebrusIntake.sol";
import {DatasetParams, DetectorRecord, Policy} from "../interfaces/Types.sol";
import {PolicyRules} from "../libraries/PolicyRules.sol";
import {Money} from "./Money.sol";

/// @notice Opening, funding and closing datasets, and their releases.
abstract contract Registry is Money {
    mapping(bytes32 datasetId => mapping(uint32 version => bytes32)) private _releases;

    /// @inheritdoc ISebrusIntake
    function createDataset(DatasetParams calldata params) external payable returns (bytes32 datasetId) {
        if (params.owner == address(0) || params.classCount < 2) revert InvalidDataset();
        if (msg.sender != params.owner) revert NotOwner();
        PolicyRules.check(params.policy, minStake);
        datasetId = datasetIdOf(params);
        Dataset storage dataset = _datasets[datasetId];
        if (dataset.owner != address(0)) revert DatasetExists();
        dataset.policy = params.policy;
        dataset.owner = params.owner;
        dataset.seatStake = uint48(params.policy.seatStake); // at most the minimum stake, 2**40
        dataset.quorum = params.policy.quorum;
        dataset.detector = params.detector;
        emit DatasetCreated(datasetId, params, keccak256(abi.encode(params.policy)));
        uint64 amount = _received();
        if (amount != 0) _fund(dataset, datasetId, amount);
    }

    /// @inheritdoc ISebrusIntake
    function fundDataset(bytes32 datasetId) external payable {
        Dataset storage dataset = _dataset(datasetId);
        if (dataset.closed) revert DatasetClosed();
        uint64 amount = _received();
        if (amount == 0) revert ZeroAmount();
        _fund(dataset, datasetId, amount);
    }

    /// @inheritdoc ISebrusIntake
    /// @dev May be called again: what batches still running at the first call give back can be taken later.
    function closeDataset(bytes32 datasetId) external {
        Dataset storage dataset = _ownDataset(datasetId);
        uint64 returned = dataset.bounty;
        dataset.closed = true;
        dataset.bounty = 0;
        _credit(msg.sender, returned);
        emit DatasetClosedByOwner(datasetId, returned);
    }

    /// @inheritdoc ISebrusIntake
    function publishRelease(bytes32 datasetId, bytes32 manifestRoot, uint32 itemCount, bytes32 manifestHash) external {
        Dataset storage dataset = _ownDataset(datasetId);
        if (manifestRoot == 0 || itemCount == 0) revert InvalidRelease();
        uint32 version = ++dataset.releases;
        _releases[datasetId][version] = manifestRoot;
        emit Released(datasetId, version, manifestRoot, itemCount, manifestHash);
    }

    /// @inheritdoc ISebrusIntake
    function bountyOf(bytes32 datasetId) external view returns (uint64) {
        return _dataset(datasetId).bounty;
    }

    /// @inheritdoc ISebrusIntake
    function detectorRecordOf(bytes32 datasetId) external view returns (DetectorRecord memory) {
        Dataset storage dataset = _dataset(datasetId);
        return DetectorRecord(dataset.items, dataset.flagged, dataset.upheld, dataset.missed, dataset.unopened);
    }

    /// @inheritdoc ISebrusIntake
    function policyOf(bytes32 datasetId) external view returns (Policy memory) {
        return _dataset(datasetId).policy;
    }

    /// @inheritdoc ISebrusIntake
    function releaseOf(bytes32 datasetId, uint32 version) external view returns (bytes32) {
        return _releases[datasetId][version];
    }

    /// @inheritdoc ISebrusIntake
    function datasetIdOf(DatasetParams calldata params) public pure returns (bytes32) {
        bytes32 policyHash = keccak256(abi.encode(params.policy));
        return keccak256(
            abi.encode(params.owner, params.detector, params.classCount, params.metadataHash, policyHash, params.salt)
        );
    }

    function _ownDataset(bytes32 datasetId) private view returns (Dataset storage dataset) {
        dataset = _dataset(datasetId);
        if (msg.sender != dataset.owner) revert NotOwner();
    }

    function _fund(Dataset storage dataset, bytes32 datasetId, uint64 amount) private {
        dataset.bounty += amount;
        emit DatasetFunded(datasetId, msg.sender, amount);
    }
}
