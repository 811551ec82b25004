// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {DatasetParams, ISebrus, Policy} from "../interfaces/ISebrus.sol";
import {PolicyRules} from "../libraries/PolicyRules.sol";
import {Reviewers} from "./Reviewers.sol";

/// @notice Datasets: their rules, their bounty, their releases.
abstract contract Datasets is Reviewers {
    struct Dataset {
        Policy policy; // two slots
        address owner; // zero: no such dataset
        uint64 bounty; // not reserved by any batch, in gwei
        bool closed;
        address detector;
        uint32 releases;
        bytes32 policyHash;
    }

    mapping(bytes32 datasetId => Dataset) internal _datasets;
    mapping(bytes32 datasetId => mapping(uint32 version => bytes32)) private _releases;

    /// @inheritdoc ISebrus
    function createDataset(DatasetParams calldata params) external payable returns (bytes32 datasetId) {
        if (params.owner == address(0) || params.classCount < 2) revert InvalidDataset();
        if (msg.sender != params.owner) revert NotOwner();
        PolicyRules.check(params.policy, minStake);
        datasetId = datasetIdOf(params);
        Dataset storage dataset = _datasets[datasetId];
        if (dataset.owner != address(0)) revert DatasetExists();
        dataset.policy = params.policy;
        dataset.policyHash = keccak256(abi.encode(params.policy));
        dataset.owner = params.owner;
        dataset.detector = params.detector;
        emit DatasetCreated(datasetId, params, dataset.policyHash);
        uint64 amount = _received();
        if (amount != 0) _fund(dataset, datasetId, amount);
    }

    /// @inheritdoc ISebrus
    function fundDataset(bytes32 datasetId) external payable {
        Dataset storage dataset = _dataset(datasetId);
        if (dataset.closed) revert DatasetClosed();
        uint64 amount = _received();
        if (amount == 0) revert ZeroAmount();
        _fund(dataset, datasetId, amount);
    }

    /// @inheritdoc ISebrus
    /// @dev May be called again: what batches still running at the first call give back can be taken later.
    function closeDataset(bytes32 datasetId) external {
        Dataset storage dataset = _ownDataset(datasetId);
        uint64 returned = dataset.bounty;
        dataset.closed = true;
        dataset.bounty = 0;
        _credit(msg.sender, returned);
        emit DatasetClosedByOwner(datasetId, returned);
    }

    /// @inheritdoc ISebrus
    function publishRelease(bytes32 datasetId, bytes32 manifestRoot, uint32 itemCount, bytes32 manifestHash) external {
        Dataset storage dataset = _ownDataset(datasetId);
        if (manifestRoot == 0 || itemCount == 0) revert InvalidRelease();
        uint32 version = ++dataset.releases;
        _releases[datasetId][version] = manifestRoot;
        emit Released(datasetId, version, manifestRoot, itemCount, manifestHash);
    }

    /// @inheritdoc ISebrus
    function bountyOf(bytes32 datasetId) external view returns (uint64) {
        return _dataset(datasetId).bounty;
    }

    /// @inheritdoc ISebrus
    function policyOf(bytes32 datasetId) external view returns (Policy memory) {
        return _dataset(datasetId).policy;
    }

    /// @inheritdoc ISebrus
    function releaseOf(bytes32 datasetId, uint32 version) external view returns (bytes32) {
        return _releases[datasetId][version];
    }

    /// @inheritdoc ISebrus
    function datasetIdOf(DatasetParams calldata params) public pure returns (bytes32) {
        bytes32 policyHash = keccak256(abi.encode(params.policy));
        return keccak256(
            abi.encode(params.owner, params.detector, params.classCount, params.metadataHash, policyHash, params.salt)
        );
    }

    function _dataset(bytes32 datasetId) internal view returns (Dataset storage dataset) {
        dataset = _datasets[datasetId];
        if (dataset.owner == address(0)) revert UnknownDataset();
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
