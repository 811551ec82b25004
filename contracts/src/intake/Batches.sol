// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusIntake} from "../interfaces/ISebrusIntake.sol";
import {BatchKey, BatchRecord, Phase, ScreeningCommitment} from "../interfaces/Types.sol";
import {Digests} from "../libraries/Digests.sol";
import {PolicyRules} from "../libraries/PolicyRules.sol";
import {BatchState, BatchStateLibrary} from "../types/BatchState.sol";
import {Amounts, Terms} from "../types/Rules.sol";
import {Registry} from "./Registry.sol";

/// @notice Batches from submission to the request of a draw, in every round.
abstract contract Batches is Registry {
    bytes32 private constant SUBMIT_TYPE =
        keccak256("Submit(bytes32 datasetId,address contributor,bytes32 root,uint16 itemCount,uint256 deadline)");
    uint256 private constant MAX_LINKS = 16;

    /// @notice Whether the guardian has paused new submissions; everything else goes on.
    bool public submissionsPaused;

    /// @inheritdoc ISebrusIntake
    function submit(BatchKey calldata key, uint256 deadline, bytes calldata signature) external {
        (bytes32 batchId, BatchRecord memory record) = _submit(key, deadline, signature);
        _keep(batchId, record);
    }

    /// @inheritdoc ISebrusIntake
    function submitAndScreen(
        BatchKey calldata key,
        uint256 deadline,
        bytes calldata signature,
        ScreeningCommitment calldata screening
    ) external {
        (bytes32 batchId, BatchRecord memory record) = _submit(key, deadline, signature);
        Dataset storage dataset = _datasets[key.datasetId];
        _screen(dataset, _terms(dataset), batchId, record, screening);
    }

    /// @dev Takes the stake and the reserve; what is written of the batch is left to the caller.
    function _submit(BatchKey calldata key, uint256 deadline, bytes calldata signature)
        private
        returns (bytes32 batchId, BatchRecord memory record)
    {
        if (submissionsPaused) revert SubmissionsPaused();
        Dataset storage dataset = _datasets[key.datasetId];
        Terms terms = _terms(dataset);
        uint256 items = key.itemCount;
        if (terms.maxItems() == 0) revert UnknownDataset();
        if (dataset.closed) revert DatasetClosed();
        if (items == 0 || items > terms.maxItems()) revert InvalidItemCount();
        batchId = _batchId(key);
        if (_phaseOf(batchId) != Phase.None) revert BatchExists();
        bytes32 structHash =
            keccak256(abi.encode(SUBMIT_TYPE, key.datasetId, key.contributor, key.root, key.itemCount, deadline));
        _authorise(key.contributor, structHash, deadline, signature);

        Amounts amounts = _amounts(dataset);
        uint64 locked = uint64(items * amounts.itemStake());
        uint64 reserve = uint64(items * amounts.itemReward()) + PolicyRules.feesOf(amounts, terms, 0, items);
        _reserve(dataset, reserve);
        _accounts[key.contributor] = _spend(_accounts[key.contributor], locked);
        uint40 screeningDeadline = uint40(block.timestamp + terms.screeningWindow());
        record.status = BatchStateLibrary.screening(0, uint16(items), screeningDeadline);
        emit Submitted(
            batchId, key.datasetId, key.contributor, key.root, key.itemCount, locked, reserve, screeningDeadline
        );
    }

    /// @inheritdoc ISebrusIntake
    /// @dev The deadline of a round that began in this block can be left out: it is known to nobody before the block is.
    function commitScreening(
        BatchKey calldata key,
        BatchRecord calldata record_,
        ScreeningCommitment calldata screening
    ) external {
        Dataset storage dataset = _datasets[key.datasetId];
        Terms terms = _terms(dataset);
        bytes32 batchId = _batchId(key);
        BatchRecord memory record = _copied(record_);
        if (record.status.deadline() == 0) {
            // no window is empty, so this is no deadline of an earlier block
            record.status = record.status.withDeadline(uint40(block.timestamp + terms.screeningWindow()));
        }
        _requireRecord(batchId, record, Phase.Screening);
        _screen(dataset, terms, batchId, record, screening);
    }

    function _screen(
        Dataset storage dataset,
        Terms terms,
        bytes32 batchId,
        BatchRecord memory record,
        ScreeningCommitment calldata screening
    ) private {
        if (msg.sender != dataset.detector) revert NotDetector();
        BatchState state = record.status;
        if (block.timestamp > state.deadline()) revert TooLate();
        if (screening.commitment == 0) revert ZeroCommitment();
        uint256 items = state.items();
        if (screening.positions < items || screening.positions > items + terms.maxGold()) {
            revert InvalidPositions();
        }
        if (screening.links.length > MAX_LINKS) revert TooManyLinks();
        record.screening = keccak256(abi.encode(screening.commitment, screening.taskRoot));
        if (screening.links.length != 0) {
            record.excluded = Digests.fold(record.excluded, Digests.ofAccounts(screening.links));
        }
        emit Screened(
            batchId, state.round(), screening.commitment, screening.taskRoot, screening.positions, screening.links
        );
        _requestDraw(batchId, record, terms, state.round(), screening.positions);
    }

    /// @inheritdoc ISebrusIntake
    /// @dev A first round without detector is the larger one, if there is one and the bounty covers it.
    function skipScreening(BatchKey calldata key, BatchRecord calldata record_) external {
        (bytes32 batchId, BatchRecord memory record) = _recorded(key, record_, Phase.Screening);
        BatchState state = record.status;
        if (block.timestamp <= state.deadline()) revert TooEarly();
        Dataset storage dataset = _datasets[key.datasetId];
        Terms terms = _terms(dataset);
        uint8 round = state.round();
        uint64 reserve;
        if (round == 0 && terms.sizeOf(1) != 0) {
            Amounts amounts = _amounts(dataset);
            uint64 more = PolicyRules.feesOf(amounts, terms, 1, state.items())
                - PolicyRules.feesOf(amounts, terms, 0, state.items());
            if (more <= dataset.bounty) {
                dataset.bounty -= more;
                (round, reserve) = (1, more);
            }
        }
        emit ScreeningSkipped(batchId, round, reserve);
        _requestDraw(batchId, record, terms, round, state.items());
    }

    /// @dev Takes from the bounty what a batch may need.
    function _reserve(Dataset storage dataset, uint64 amount) private {
        uint64 bounty = dataset.bounty;
        if (bounty < amount) revert InsufficientBounty(bounty, amount);
        dataset.bounty = bounty - amount;
    }

    /// @dev Fixes the entropy block of a draw, and the windows of its round. A block near the end of its epoch moves to the
    /// next one, so that there is time to draw before the weights turn over.
    function _requestDraw(bytes32 batchId, BatchRecord memory record, Terms terms, uint8 round, uint16 positions)
        internal
    {
        uint256 length = epochLength;
        uint256 entropyBlock = block.number + terms.drawDelay();
        if (entropyBlock % length >= length - length / 4) entropyBlock = (entropyBlock / length + 1) * length;
        uint8 seats = terms.sizeOf(round);
        uint40 commitDeadline = uint40(block.timestamp + terms.commitWindow());
        uint40 revealDeadline = uint40(commitDeadline + terms.revealWindow());
        record.status = BatchStateLibrary.drawing(
            round, seats, record.status.items(), positions, uint48(entropyBlock), commitDeadline, revealDeadline
        );
        _keep(batchId, record);
        emit DrawRequested(batchId, round, seats, uint48(entropyBlock), commitDeadline, revealDeadline);
    }
}
