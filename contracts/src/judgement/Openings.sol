// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusJudgement} from "../interfaces/ISebrusJudgement.sol";
import {Ballots, BatchKey, BatchRecord, Phase} from "../interfaces/Types.sol";
import {Bitmaps} from "../libraries/Bitmaps.sol";
import {Digests} from "../libraries/Digests.sol";
import {Records} from "../state/Records.sol";
import {BatchState} from "../types/BatchState.sol";
import {LibBit} from "solady/utils/LibBit.sol";

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
        Ballots calldata ballots
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
        Ballots calldata ballots
    ) internal pure returns (uint256 opened, bytes32 votes) {
        SealedBallot memory ballot = SealedBallot(
            BALLOT_TYPE, batchId, record.status.round(), record.screening, record.panel, address(0), 0, 0
        );
        (uint256 seats, uint256 which) = (ballots.seats, ballots.opened);
        bytes32[] calldata secrets = ballots.secrets;
        uint256 positions = record.status.positions();
        uint256 place = _placeOf(ballots, positions);
        bytes32 digest;
        unchecked {
            for (uint256 i; i < secrets.length; ++i) {
                uint256 seat = (seats >> (8 * i)) & 0xff;
                if (seat >= panel.length) revert WrongSeat(uint8(seat));
                bytes32 commitment = secrets[i];
                if ((which >> i) & 1 == 1) {
                    uint256 words = Bitmaps.wordsFor(positions);
                    (ballot.reviewer, ballot.verdictsHash) = (panel[seat], Bitmaps.hashAt(place, words));
                    ballot.salt = commitment;
                    place += 32 * words;
                    if (positions % 256 != 0 && Bitmaps.wordAt(place - 32) >> (positions % 256) != 0) {
                        revert InvalidBitmap();
                    }
                    commitment = Digests.typed(domain, _hash(ballot));
                    opened |= uint256(1) << seat;
                    votes = Digests.fold(votes, seat, ballot.verdictsHash);
                }
                digest = Digests.fold(digest, seat, commitment);
            }
        }
        if (digest != record.ballots) revert WrongBallots();
    }

    /// @dev Where the verdicts begin, of which there must be as many as are opened; and nothing may be said of more ballots
    /// than there are.
    function _placeOf(Ballots calldata ballots, uint256 positions) private pure returns (uint256) {
        uint256[] calldata verdicts = ballots.verdicts;
        uint256 count = ballots.secrets.length;
        unchecked {
            if ((ballots.seats >> (8 * count)) | (ballots.opened >> count) != 0) revert WrongBallots();
            if (verdicts.length != Bitmaps.wordsFor(positions) * LibBit.popCount(ballots.opened)) {
                revert InvalidBitmap();
            }
        }
        return Bitmaps.placeOf(verdicts);
    }

    /// @dev `emit Revealed(batchId, round, ...)`, the ballots copied as `_read` has found them: to encode them costs five
    /// times as much.
    function _emitRevealed(bytes32 batchId, uint8 round, Ballots calldata ballots) internal {
        bytes32 topic = Revealed.selector;
        (bytes32[] calldata secrets, uint256[] calldata verdicts) = (ballots.secrets, ballots.verdicts);
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, round)
            calldatacopy(add(data, 0x20), ballots, 0x40) // seats and opened
            let size := shl(5, secrets.length)
            mstore(add(data, 0x60), 0xa0)
            mstore(add(data, 0x80), add(size, 0xc0))
            mstore(add(data, 0xa0), secrets.length)
            calldatacopy(add(data, 0xc0), secrets.offset, size)
            let tail := add(add(data, 0xc0), size)
            size := shl(5, verdicts.length)
            mstore(tail, verdicts.length)
            calldatacopy(add(tail, 0x20), verdicts.offset, size)
            log2(data, sub(add(add(tail, 0x20), size), data), topic, batchId)
        }
    }

    function _hash(SealedBallot memory ballot) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(ballot, 0x100)
        }
    }
}
