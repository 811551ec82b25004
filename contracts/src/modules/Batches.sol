// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {BatchKey, ISebrus, Phase, Policy} from "../interfaces/ISebrus.sol";
import {PolicyRules} from "../libraries/PolicyRules.sol";
import {BatchState, BatchStateLibrary} from "../types/BatchState.sol";
import {Datasets} from "./Datasets.sol";

/// @notice Batches from submission to the first draw, and their end without a decision.
abstract contract Batches is Datasets {
    /// What of a batch is kept: everything else comes with each call and is checked against a hash.
    struct Batch {
        BatchState state;
        bytes32 panelHash; // of the round's panel; once settled, the hash of the accepted bitmap
        bytes32 screening; // the detector's commitment; zero: it stayed silent
        bytes32 ballots; // running digest of the round's commitments
        bytes32 reveals; // running digest of the round's revealed verdicts
    }

    bytes32 private constant SUBMIT_TYPE =
        keccak256("Submit(bytes32 datasetId,address contributor,bytes32 root,uint16 itemCount,uint256 deadline)");

    mapping(bytes32 batchId => Batch) internal _batches;
    /// @notice Whether the guardian has paused new submissions; everything else goes on.
    bool public submissionsPaused;

    /// @inheritdoc ISebrus
    function submit(BatchKey calldata key, uint256 deadline, bytes calldata signature) external {
        if (submissionsPaused) revert SubmissionsPaused();
        Dataset storage dataset = _dataset(key.datasetId);
        if (dataset.closed) revert DatasetClosed();
        Policy memory policy = dataset.policy;
        if (key.itemCount == 0 || key.itemCount > policy.maxItems) revert InvalidItemCount();
        bytes32 batchId = batchIdOf(key);
        if (_batches[batchId].state.phase() != Phase.None) revert BatchExists();
        bytes32 structHash =
            keccak256(abi.encode(SUBMIT_TYPE, key.datasetId, key.contributor, key.root, key.itemCount, deadline));
        _authorise(key.contributor, structHash, deadline, signature);

        uint64 locked = uint64(PolicyRules.stakeOf(policy, key.itemCount));
        uint64 reserve = uint64(PolicyRules.reserveOf(policy, key.itemCount));
        uint64 bounty = dataset.bounty;
        if (bounty < reserve) revert InsufficientBounty(bounty, reserve);
        dataset.bounty = bounty - reserve;
        _accounts[key.contributor] = _spend(_accounts[key.contributor], locked);
        uint40 screeningDeadline = uint40(block.timestamp + policy.screeningWindow);
        _batches[batchId].state = BatchStateLibrary.submitted(screeningDeadline);
        emit Submitted(
            batchId, key.datasetId, key.contributor, key.root, key.itemCount, locked, reserve, screeningDeadline
        );
    }

    /// @inheritdoc ISebrus
    function commitScreening(BatchKey calldata key, bytes32 commitment) external {
        (bytes32 batchId, Batch storage batch, BatchState state) = _batchIn(key, Phase.Submitted);
        Dataset storage dataset = _datasets[key.datasetId];
        if (msg.sender != dataset.detector) revert NotDetector();
        if (block.timestamp > state.deadline()) revert TooLate();
        if (commitment == 0) revert ZeroCommitment();
        batch.screening = commitment;
        emit Screened(batchId, commitment);
        _requestDraw(batchId, batch, dataset.policy, 0);
    }

    /// @inheritdoc ISebrus
    function skipScreening(BatchKey calldata key) external {
        (bytes32 batchId, Batch storage batch, BatchState state) = _batchIn(key, Phase.Submitted);
        if (block.timestamp <= state.deadline()) revert TooEarly();
        emit ScreeningSkipped(batchId);
        _requestDraw(batchId, batch, _datasets[key.datasetId].policy, 0);
    }

    /// @inheritdoc ISebrus
    function phaseOf(bytes32 batchId) external view returns (Phase) {
        return _batches[batchId].state.phase();
    }

    /// @inheritdoc ISebrus
    function outcomeOf(bytes32 batchId) external view returns (bytes32) {
        Batch storage batch = _batches[batchId];
        return batch.state.phase() == Phase.Settled ? batch.panelHash : bytes32(0);
    }

    /// @inheritdoc ISebrus
    function batchIdOf(BatchKey calldata key) public pure returns (bytes32) {
        return keccak256(abi.encode(key));
    }

    /// @dev The batch of a key, which must be in the phase. An unknown key has phase None, so the dataset of a key that
    /// passes exists.
    function _batchIn(BatchKey calldata key, Phase phase)
        internal
        view
        returns (bytes32 batchId, Batch storage batch, BatchState state)
    {
        batchId = batchIdOf(key);
        batch = _batches[batchId];
        state = batch.state;
        if (state.phase() != phase) revert WrongPhase(state.phase());
    }

    /// @dev Fixes the entropy block of a draw. A block near the end of its epoch moves to the next one, so that there is
    /// time to draw before the weights turn over.
    function _requestDraw(bytes32 batchId, Batch storage batch, Policy storage policy, uint8 round) internal {
        uint256 length = epochLength;
        uint256 entropyBlock = block.number + policy.drawDelay;
        if (entropyBlock % length >= length - length / 4) entropyBlock = (entropyBlock / length + 1) * length;
        uint8 seats = batch.screening == 0 ? policy.panelSizeUnscreened : policy.panelSize;
        batch.state = BatchStateLibrary.drawing(round, seats, uint48(entropyBlock));
        emit DrawRequested(batchId, round, seats, uint48(entropyBlock));
    }

    /// @dev Ends a batch that no panel could decide: stake and reserve go back.
    function _void(BatchKey calldata key, bytes32 batchId, Batch storage batch, BatchState state) internal {
        batch.state = state.withPhase(Phase.Voided);
        batch.panelHash = 0;
        _clear(batch);
        Dataset storage dataset = _datasets[key.datasetId];
        Policy memory policy = dataset.policy;
        _credit(key.contributor, uint64(PolicyRules.stakeOf(policy, key.itemCount)));
        dataset.bounty += uint64(PolicyRules.reserveOf(policy, key.itemCount));
        emit Voided(batchId, state.round());
    }

    /// @dev Gives back the storage that only a running batch needs.
    function _clear(Batch storage batch) internal {
        batch.screening = 0;
        batch.ballots = 0;
        batch.reveals = 0;
    }
}
