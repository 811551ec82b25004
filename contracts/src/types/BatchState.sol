// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Phase} from "../interfaces/ISebrus.sol";
import {LibBit} from "solady/utils/LibBit.sol";

/// Where a batch stands, in one storage slot:
///
///     255  216 215      176 175      136 135    88 87      56 55       24 23   16 15    8 7     0
///     | 0 40  | reveal 40  | commit 40  | E 48    | revealed | committed | seats | round  | phase |
///
/// - reveal: the reveal deadline, in seconds
/// - commit: the commit deadline; while Submitted, the screening deadline
/// - E: the entropy block
/// - revealed, committed: 32 bits each, bit j for seat j
/// - seats: asked for while Drawing, drawn while Voting
type BatchState is uint256;

using BatchStateLibrary for BatchState global;

/// @notice Getters and transitions of the batch state; each transition writes the whole word.
library BatchStateLibrary {
    uint256 private constant ROUND = 8;
    uint256 private constant SEATS = 16;
    uint256 private constant COMMITTED = 24;
    uint256 private constant REVEALED = 56;
    uint256 private constant ENTROPY = 88;
    uint256 private constant DEADLINE = 136;
    uint256 private constant REVEAL_DEADLINE = 176;

    function phase(BatchState state) internal pure returns (Phase) {
        return Phase(uint8(BatchState.unwrap(state)));
    }

    function round(BatchState state) internal pure returns (uint8) {
        return uint8(BatchState.unwrap(state) >> ROUND);
    }

    function seats(BatchState state) internal pure returns (uint8) {
        return uint8(BatchState.unwrap(state) >> SEATS);
    }

    function committed(BatchState state) internal pure returns (uint32) {
        return uint32(BatchState.unwrap(state) >> COMMITTED);
    }

    function revealed(BatchState state) internal pure returns (uint32) {
        return uint32(BatchState.unwrap(state) >> REVEALED);
    }

    function entropyBlock(BatchState state) internal pure returns (uint48) {
        return uint48(BatchState.unwrap(state) >> ENTROPY);
    }

    function deadline(BatchState state) internal pure returns (uint40) {
        return uint40(BatchState.unwrap(state) >> DEADLINE);
    }

    function revealDeadline(BatchState state) internal pure returns (uint40) {
        return uint40(BatchState.unwrap(state) >> REVEAL_DEADLINE);
    }

    function revealedCount(BatchState state) internal pure returns (uint256) {
        return LibBit.popCount(state.revealed());
    }

    /// @notice Nobody can commit any more: every seat has, or the commit deadline is past.
    function commitsOver(BatchState state) internal view returns (bool) {
        return block.timestamp > state.deadline() || state.committed() == (uint256(1) << state.seats()) - 1;
    }

    /// @notice Nobody can reveal any more: all who committed have, or the reveal deadline is past.
    function revealsOver(BatchState state) internal view returns (bool) {
        return
            block.timestamp > state.revealDeadline() || (state.commitsOver() && state.committed() == state.revealed());
    }

    function submitted(uint40 screeningDeadline) internal pure returns (BatchState) {
        return BatchState.wrap(uint256(Phase.Submitted) | (uint256(screeningDeadline) << DEADLINE));
    }

    function drawing(uint8 round_, uint8 seats_, uint48 entropyBlock_) internal pure returns (BatchState) {
        return BatchState.wrap(
            uint256(Phase.Drawing) | (uint256(round_) << ROUND) | (uint256(seats_) << SEATS)
                | (uint256(entropyBlock_) << ENTROPY)
        );
    }

    function voting(BatchState state, uint8 seats_, uint40 commitDeadline_, uint40 revealDeadline_)
        internal
        pure
        returns (BatchState)
    {
        return BatchState.wrap(
            uint256(Phase.Voting) | (uint256(state.round()) << ROUND) | (uint256(seats_) << SEATS)
                | (uint256(state.entropyBlock()) << ENTROPY) | (uint256(commitDeadline_) << DEADLINE)
                | (uint256(revealDeadline_) << REVEAL_DEADLINE)
        );
    }

    function withPhase(BatchState state, Phase phase_) internal pure returns (BatchState) {
        return BatchState.wrap((BatchState.unwrap(state) & ~uint256(type(uint8).max)) | uint256(phase_));
    }

    function withCommitted(BatchState state, uint256 mask) internal pure returns (BatchState) {
        return BatchState.wrap(
            (BatchState.unwrap(state) & ~(uint256(type(uint32).max) << COMMITTED))
                | (uint256(uint32(mask)) << COMMITTED)
        );
    }

    function withRevealed(BatchState state, uint256 mask) internal pure returns (BatchState) {
        return BatchState.wrap(
            (BatchState.unwrap(state) & ~(uint256(type(uint32).max) << REVEALED)) | (uint256(uint32(mask)) << REVEALED)
        );
    }
}
