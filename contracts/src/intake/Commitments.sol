// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusIntake} from "../interfaces/ISebrusIntake.sol";
import {Appeal, BatchKey, BatchRecord, Phase, Vote} from "../interfaces/Types.sol";
import {Digests} from "../libraries/Digests.sol";
import {BatchState} from "../types/BatchState.sol";
import {Panels} from "./Panels.sol";

/// @notice Commitments of reviewers, relayed or direct.
abstract contract Commitments is Panels {
    bytes32 private constant COMMIT_TYPE =
        keccak256("Commit(bytes32 batchId,uint8 round,bytes32 panelHash,bytes32 commitment)");

    /// What a reviewer signs, in memory as EIP-712 encodes it; from vote to vote the last one changes.
    struct Consent {
        bytes32 typeHash;
        bytes32 batchId;
        uint256 round;
        bytes32 panel;
        bytes32 commitment;
    }

    /// @inheritdoc ISebrusIntake
    function commit(
        BatchKey calldata key,
        BatchRecord calldata record_,
        address[] calldata panel,
        Vote[] calldata votes
    ) external {
        (bytes32 batchId, BatchRecord memory record) = _recorded(key, record_, Phase.Voting);
        address[] memory seated = _copied(panel);
        if (_hashOf(seated) != record.panel) revert WrongPanel();
        _commit(key, batchId, record, seated, votes);
    }

    /// @inheritdoc ISebrusIntake
    function drawAndCommit(
        BatchKey calldata key,
        BatchRecord calldata record_,
        address[][] calldata excluded,
        Appeal[] calldata appeals,
        address[] calldata hint,
        Vote[] calldata votes
    ) external {
        (bytes32 batchId, BatchRecord memory record, address[] memory panel,) =
            _draw(key, record_, excluded, appeals, hint);
        Phase phase = record.status.phase();
        if (phase != Phase.Voting) revert WrongPhase(phase); // too few were drawn
        _commit(key, batchId, record, panel, votes);
    }

    function _commit(
        BatchKey calldata key,
        bytes32 batchId,
        BatchRecord memory record,
        address[] memory panel,
        Vote[] calldata votes
    ) private {
        BatchState state = record.status;
        if (block.timestamp > state.deadline()) revert TooLate();
        uint256 mask = state.committed();
        uint64 seatStake = _datasets[key.datasetId].seatStake;
        Consent memory consent = Consent(COMMIT_TYPE, batchId, state.round(), record.panel, 0);
        bytes32 domain = _domainSeparatorV4();
        uint256 seats;
        bytes32[] memory commitments = new bytes32[](votes.length);
        unchecked {
            for (uint256 i; i < votes.length; ++i) {
                Vote calldata vote = votes[i];
                (uint8 seat, bytes32 commitment) = (vote.seat, vote.commitment);
                if (seat >= panel.length) revert WrongSeat(seat);
                if ((mask >> seat) & 1 == 1) revert AlreadyCommitted(seat);
                if (commitment == 0) revert ZeroCommitment();
                mask |= uint256(1) << seat;
                consent.commitment = commitment;
                _requireConsent(panel[seat], consent, domain, vote.signature);
                _openSeat(panel[seat], seatStake);
                record.ballots = Digests.fold(record.ballots, seat, commitment);
                seats |= uint256(seat) << (8 * i); // no seat twice, so at most 31
                commitments[i] = commitment;
            }
        }
        record.status = state.withCommitted(mask);
        _keep(batchId, record);
        emit Committed(batchId, state.round(), seats, commitments);
    }

    /// @dev The words as they come: whether they are the panel shows when they are hashed.
    function _copied(address[] calldata panel) private pure returns (address[] memory copy) {
        assembly ("memory-safe") {
            copy := mload(0x40)
            mstore(copy, panel.length)
            let start := add(copy, 0x20)
            let size := shl(5, panel.length)
            calldatacopy(start, panel.offset, size)
            mstore(0x40, add(start, size))
        }
    }

    /// @dev As `_authorise`, with the domain built once; it is good for as long as the window.
    function _requireConsent(address reviewer, Consent memory consent, bytes32 domain, bytes calldata signature)
        private
        view
    {
        if (signature.length == 0) {
            if (msg.sender != reviewer) revert InvalidSignature();
            return;
        }
        bytes32 structHash;
        assembly ("memory-safe") {
            structHash := keccak256(consent, 0xa0)
        }
        _requireSignature(reviewer, Digests.typed(domain, structHash), signature);
    }
}
