// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Commitments} from "./intake/Commitments.sol";
import {Multicall} from "./intake/Multicall.sol";
import {ISebrusIntake} from "./interfaces/ISebrusIntake.sol";
import {BatchKey, Phase} from "./interfaces/Types.sol";
import {Leaf} from "./libraries/Leaf.sol";
import {Reviewers} from "./state/Reviewers.sol";

/// @notice What the second half says of itself; each half is compiled with its own settings, so neither imports the other.
interface IJudgementCode {
    function minStake() external view returns (uint64);
    function epochLength() external view returns (uint32);
}

/// @title The one contract of SeBRUS: it holds the money and decides
/// @notice Datasets, stakes, batches, panels, verdicts, settlement, releases. docs/protocol.md is the specification, `ISebrus`
/// the whole interface.
/// @dev One line of inheritance, each module using those before it: the state (Ledger, Reviewers, Datasets, Records), then
/// Money, Registry, Batches, Panels, Commitments. What comes after the commitments is in `Judgement`, whose address is
/// fixed for ever: nothing here can be exchanged.
contract Sebrus is Commitments, Multicall {
    /// @notice Who may pause new submissions, and nothing else.
    address public immutable guardian;
    /// @notice The code of the second half.
    IJudgementCode public immutable judgement;

    /// @param guardian_ may pause new submissions
    /// @param minStakeGwei the least reviewing stake, 16 to 2**40 gwei
    /// @param epochLength_ blocks in an epoch, 8 to 2**20
    /// @param judgement_ the second half, made with the same two numbers
    constructor(address guardian_, uint64 minStakeGwei, uint32 epochLength_, IJudgementCode judgement_)
        Reviewers(minStakeGwei, epochLength_)
    {
        if (guardian_ == address(0)) revert InvalidDeployment();
        if (judgement_.minStake() != minStakeGwei || judgement_.epochLength() != epochLength_) {
            revert InvalidDeployment();
        }
        guardian = guardian_;
        judgement = judgement_;
    }

    /// @notice The functions of `ISebrusJudgement`.
    /// @dev Not payable: they take no ether.
    fallback() external {
        address code = address(judgement);
        assembly ("memory-safe") {
            let data := mload(0x40)
            calldatacopy(data, 0, calldatasize())
            let done := delegatecall(gas(), code, data, calldatasize(), 0, 0)
            returndatacopy(data, 0, returndatasize())
            if iszero(done) { revert(data, returndatasize()) }
            return(data, returndatasize())
        }
    }

    /// @inheritdoc ISebrusIntake
    function setSubmissionsPaused(bool paused) external {
        if (msg.sender != guardian) revert NotGuardian();
        submissionsPaused = paused;
        emit SubmissionsPausedSet(paused);
    }

    /// @inheritdoc ISebrusIntake
    function phaseOf(bytes32 batchId) external view returns (Phase) {
        return _phaseOf(batchId);
    }

    /// @inheritdoc ISebrusIntake
    function sealOf(bytes32 batchId) external view returns (bytes32) {
        return _seals[batchId];
    }

    /// @inheritdoc ISebrusIntake
    function batchIdOf(BatchKey calldata key) external pure returns (bytes32) {
        return _batchId(key);
    }

    /// @inheritdoc ISebrusIntake
    function verifyItem(
        BatchKey calldata key,
        uint256 index,
        bytes32 sha256Hash,
        uint16 label,
        bytes32[] calldata proof
    ) external pure returns (bool) {
        return index < key.itemCount && Leaf.isIn(key.root, index, sha256Hash, label, proof);
    }
}
