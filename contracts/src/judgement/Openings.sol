// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusJudgement} from "../interfaces/ISebrusJudgement.sol";
import {BatchKey, BatchRecord, OpenedBallot, Phase} from "../interfaces/Types.sol";
import {Bitmaps} from "../libraries/Bitmaps.sol";
import {Digests} from "../libraries/Digests.sol";
import {Records} from "../state/Records.sol";
import {BatchState} from "../types/BatchState.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @notice Openings of commitments.
abstract contract Openings is ISebrusJudgement, Records {
    bytes32 private constant BALLOT_TYPE = keccak256(
        "Ballot(bytes32 batchId,uint8 round,bytes32 screening,bytes32 panelHash,address reviewer,bytes32 verdictsHash,bytes32 salt)"
    );

    /// What a commitment is the digest of, in memory as EIP-712 encodes it; from seat to seat the last three change.
    struct SealedBallot {
        bytes32 typeHash;
        bytes32 batchId;
        uint256 round;
        bytes32 screening;
        bytes32 panel;
        address reviewer;
        bytes32 verdictsHash;
        bytes32 salt;
    }

    /// @inheritdoc ISebrusJudgement
    function reveal(
        BatchKey calldata key,
        BatchRecord calldata record_,
        address[] calldata panel,
        OpenedBallot[] calldata ballots
    ) external {
        (bytes32 batchId, BatchRecord memory record) = _recorded(key, record_, Phase.Voting);
        _requirePanel(record, panel);
        BatchState state = record.status;
        if (!state.commitsOver()) revert TooEarly();
        if (block.timestamp > state.revealDeadline()) revert TooLate();
        (uint256 opened,) = _read(batchId, _domainSeparatorV4(), record, panel, ballots);
        record.status = state.withRevealed(state.revealed() | opened);
        _keep(batchId, record);
        _emitRevealed(batchId, state.round(), ballots);
    }

    /// @dev Checks the commitments and what opens them; returns the seats opened and the digest of their verdicts.
    /// @param domain the EIP-712 domain, built once: what is cached of it is not this code's
    function _read(
        bytes32 batchId,
        bytes32 domain,
        BatchRecord memory record,
        address[] calldata panel,
        OpenedBallot[] calldata ballots
    ) internal pure returns (uint256 opened, bytes32 votes) {
        SealedBallot memory ballot = SealedBallot(
            BALLOT_TYPE, batchId, record.status.round(), record.screening, record.panel, address(0), 0, 0
        );
        bytes32 digest;
        uint256 positions = record.status.positions();
        for (uint256 i; i < ballots.length; ++i) {
            OpenedBallot calldata brought = ballots[i];
            uint256[] calldata verdicts = brought.verdicts;
            (uint8 seat, bytes32 commitment) = (brought.seat, brought.secret);
            if (seat >= panel.length) revert WrongSeat(seat);
            if (verdicts.length != 0) {
                Bitmaps.requireShape(verdicts, positions);
                bytes32 verdictsHash = Bitmaps.hash(verdicts);
                (ballot.reviewer, ballot.verdictsHash, ballot.salt) = (panel[seat], verdictsHash, commitment);
                commitment = MessageHashUtils.toTypedDataHash(domain, _hash(ballot));
                opened |= uint256(1) << seat;
                votes = Digests.fold(votes, seat, verdictsHash);
            }
            digest = Digests.fold(digest, seat, commitment);
        }
        if (digest != record.ballots) revert WrongBallots();
    }

    /// @dev `emit Revealed(batchId, round, ballots)`, the ballots copied as `_read` has found them: to encode them costs five
    /// times as much.
    function _emitRevealed(bytes32 batchId, uint8 round, OpenedBallot[] calldata ballots) internal {
        bytes32 topic = Revealed.selector;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, round)
            mstore(add(data, 0x20), 0x40)
            mstore(add(data, 0x40), ballots.length)
            let heads := add(data, 0x60)
            let tail := add(heads, shl(5, ballots.length))
            for { let head := 0 } lt(head, shl(5, ballots.length)) { head := add(head, 0x20) } {
                mstore(add(heads, head), sub(tail, heads))
                let ballot := add(ballots.offset, calldataload(add(ballots.offset, head)))
                let verdicts := add(ballot, calldataload(add(ballot, 0x40)))
                let size := shl(5, add(calldataload(verdicts), 1)) // with the length
                calldatacopy(tail, ballot, 0x40) // seat and secret
                mstore(add(tail, 0x40), 0x60)
                tail := add(tail, 0x60)
                calldatacopy(tail, verdicts, size)
                tail := add(tail, size)
            }
            log2(data, sub(tail, data), topic, batchId)
        }
    }

    function _hash(SealedBallot memory ballot) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(ballot, 0x100)
        }
    }
}
