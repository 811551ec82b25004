// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Ballot, BatchKey, ISebrus, Opening, Phase, Vote} from "../interfaces/ISebrus.sol";
import {Bitmaps} from "../libraries/Bitmaps.sol";
import {BatchState} from "../types/BatchState.sol";
import {Panels} from "./Panels.sol";

/// @notice Commitments and their openings.
abstract contract Ballots is Panels {
    bytes32 private constant COMMIT_TYPE =
        keccak256("Commit(bytes32 batchId,uint8 round,bytes32 panelHash,bytes32 commitment,uint256 deadline)");
    bytes32 private constant BALLOT_TYPE = keccak256(
        "Ballot(bytes32 batchId,uint8 round,bytes32 panelHash,bytes32 policyHash,address reviewer,bytes32 verdictsHash,bytes32 salt)"
    );

    /// @inheritdoc ISebrus
    function commit(BatchKey calldata key, address[] calldata panel, Vote[] calldata votes) external {
        (bytes32 batchId, Batch storage batch, BatchState state) = _votingBatch(key, panel);
        if (block.timestamp > state.deadline()) revert TooLate();
        uint8 round = state.round();
        bytes32 panelHash = batch.panelHash;
        uint256 mask = state.committed();
        bytes32 digest = batch.ballots;
        uint64 seatStake = _datasets[key.datasetId].policy.seatStake;
        for (uint256 i; i < votes.length; ++i) {
            Vote calldata vote = votes[i];
            uint8 seat = vote.seat;
            if (seat >= panel.length) revert WrongSeat(seat);
            if ((mask >> seat) & 1 == 1) revert AlreadyCommitted(seat);
            if (vote.commitment == 0) revert ZeroCommitment();
            bytes32 structHash =
                keccak256(abi.encode(COMMIT_TYPE, batchId, round, panelHash, vote.commitment, vote.deadline));
            _authorise(panel[seat], structHash, vote.deadline, vote.signature);
            _openSeat(panel[seat], seatStake);
            mask |= uint256(1) << seat;
            digest = _fold(digest, seat, vote.commitment);
            emit Committed(batchId, panel[seat], round, seat, vote.commitment);
        }
        batch.state = state.withCommitted(mask);
        batch.ballots = digest;
    }

    /// @inheritdoc ISebrus
    function reveal(
        BatchKey calldata key,
        address[] calldata panel,
        Ballot[] calldata ballots,
        Opening[] calldata openings
    ) external {
        (bytes32 batchId, Batch storage batch, BatchState state) = _votingBatch(key, panel);
        if (!state.commitsOver()) revert TooEarly();
        if (block.timestamp > state.revealDeadline()) revert TooLate();
        bytes32[] memory commitments = _commitments(ballots, batch.ballots, panel.length);
        bytes32 panelHash = batch.panelHash;
        bytes32 policyHash = _datasets[key.datasetId].policyHash;
        uint256 mask = state.revealed();
        bytes32 digest = batch.reveals;
        for (uint256 i; i < openings.length; ++i) {
            Opening calldata opening = openings[i];
            uint8 seat = opening.seat;
            if (seat >= panel.length) revert WrongSeat(seat);
            if ((mask >> seat) & 1 == 1) revert AlreadyRevealed(seat);
            Bitmaps.requireShape(opening.verdicts, key.itemCount);
            bytes32 verdictsHash = Bitmaps.hash(opening.verdicts);
            bytes32 commitment =
                ballotDigest(batchId, state.round(), panelHash, policyHash, panel[seat], verdictsHash, opening.salt);
            if (commitment != commitments[seat]) revert WrongOpening(seat);
            mask |= uint256(1) << seat;
            digest = _fold(digest, seat, verdictsHash);
            emit Revealed(batchId, panel[seat], state.round(), seat, opening.salt, opening.verdicts);
        }
        batch.state = state.withRevealed(mask);
        batch.reveals = digest;
    }

    /// @inheritdoc ISebrus
    function ballotDigest(
        bytes32 batchId,
        uint8 round,
        bytes32 panelHash,
        bytes32 policyHash,
        address reviewer,
        bytes32 verdictsHash,
        bytes32 salt
    ) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(abi.encode(BALLOT_TYPE, batchId, round, panelHash, policyHash, reviewer, verdictsHash, salt))
        );
    }

    /// @dev The batch of a key in its voting phase, with the panel checked.
    function _votingBatch(BatchKey calldata key, address[] calldata panel)
        internal
        view
        returns (bytes32 batchId, Batch storage batch, BatchState state)
    {
        (batchId, batch, state) = _batchIn(key, Phase.Voting);
        if (keccak256(abi.encodePacked(panel)) != batch.panelHash) revert WrongPanel();
    }

    /// @dev One step of the running digests, of commitments and of revealed verdicts.
    function _fold(bytes32 digest, uint256 seat, bytes32 value) internal pure returns (bytes32) {
        return keccak256(abi.encode(digest, seat, value));
    }

    /// @dev The commitments by seat, zero where there is none, which no opening can match.
    function _commitments(Ballot[] calldata ballots, bytes32 expected, uint256 seats)
        private
        pure
        returns (bytes32[] memory commitments)
    {
        commitments = new bytes32[](seats);
        bytes32 digest;
        for (uint256 i; i < ballots.length; ++i) {
            uint256 seat = ballots[i].seat;
            if (seat >= seats) revert WrongBallots();
            digest = _fold(digest, seat, ballots[i].commitment);
            commitments[seat] = ballots[i].commitment;
        }
        if (digest != expected) revert WrongBallots();
    }
}
