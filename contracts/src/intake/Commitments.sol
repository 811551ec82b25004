// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusIntake} from "../interfaces/ISebrusIntake.sol";
import {Ballot, BatchKey, BatchRecord, Phase, Vote} from "../interfaces/Types.sol";
import {Digests} from "../libraries/Digests.sol";
import {BatchState} from "../types/BatchState.sol";
import {Panels} from "./Panels.sol";

/// @notice Commitments of reviewers, relayed or direct.
abstract contract Commitments is Panels {
    bytes32 private constant COMMIT_TYPE =
        keccak256("Commit(bytes32 batchId,uint8 round,bytes32 panelHash,bytes32 commitment)");

    /// @inheritdoc ISebrusIntake
    function commit(
        BatchKey calldata key,
        BatchRecord calldata record_,
        address[] calldata panel,
        Vote[] calldata votes
    ) external {
        (bytes32 batchId, BatchRecord memory record) = _recorded(key, record_, Phase.Voting);
        _requirePanel(record, panel);
        BatchState state = record.status;
        if (block.timestamp > state.deadline()) revert TooLate();
        uint256 mask = state.committed();
        uint64 seatStake = _datasets[key.datasetId].seatStake;
        Ballot[] memory ballots = new Ballot[](votes.length);
        for (uint256 i; i < votes.length; ++i) {
            Vote calldata vote = votes[i];
            (uint8 seat, bytes32 commitment) = (vote.seat, vote.commitment);
            if (seat >= panel.length) revert WrongSeat(seat);
            if ((mask >> seat) & 1 == 1) revert AlreadyCommitted(seat);
            if (commitment == 0) revert ZeroCommitment();
            address reviewer = panel[seat];
            bytes32 structHash = keccak256(abi.encode(COMMIT_TYPE, batchId, state.round(), record.panel, commitment));
            _authorise(reviewer, structHash, block.timestamp, vote.signature);
            _openSeat(reviewer, seatStake);
            mask |= uint256(1) << seat;
            record.ballots = Digests.fold(record.ballots, seat, commitment);
            ballots[i] = Ballot(seat, commitment);
        }
        record.status = state.withCommitted(mask);
        _keep(batchId, record);
        emit Committed(batchId, state.round(), ballots);
    }
}
