// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Phase} from "../interfaces/Types.sol";
import {LibBit} from "solady/utils/LibBit.sol";

/// Where a batch stands, in one word:
///
///     255 248 247 232 231    216 215     176 175   136 135 88 87    56 55     24 23 16 15  8 7   0
///     |  0   | items | positions | reveal 40 | deadline | E 48 | revealed | committed | seats | round | phase |
///
/// - items: in question in this round; while Decided, under appeal
/// - positions: pictures the reviewers of this round are shown
/// - reveal: the reveal deadline, in seconds
/// - deadline: of the screening, of the commits, or of the hold; zero for no hold
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
    uint256 private constant POSITIONS = 216;
    uint256 private constant ITEMS = 232;

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

    function positions(BatchState state) internal pure returns (uint16) {
        return uint16(BatchState.unwrap(state) >> POSITIONS);
    }

    function items(BatchState state) internal pure returns (uint16) {
        return uint16(BatchState.unwrap(state) >> ITEMS);
    }

    function revealedCount(BatchState state) internal pure returns (uint256) {
        return LibBit.popCount(state.revealed());
    }

    /// @notice Nobody can commit any more: every seat has, or the commit deadline is past.
    function commitsOver(BatchState state) internal view returns (bool) {
        return block.timestamp > state.deadline() || state.committed() == (uint256(1) << state.seats()) - 1;
    }

    /// @notice The beginning of a round.
    function screening(uint8 round_, uint16 items_, uint40 deadline_) internal pure returns (BatchState) {
        return _word(Phase.Screening, round_, items_, 0, deadline_);
    }

    /// @notice A round that waits for its draw; its windows run already.
    function drawing(
        uint8 round_,
        uint8 seats_,
        uint16 items_,
        uint16 positions_,
        uint48 entropyBlock_,
        uint40 commitDeadline_,
        uint40 revealDeadline_
    ) internal pure returns (BatchState) {
        return BatchState.wrap(
            BatchState.unwrap(_word(Phase.Drawing, round_, items_, positions_, commitDeadline_))
            | (uint256(seats_) << SEATS) | (uint256(entropyBlock_) << ENTROPY)
            | (uint256(revealDeadline_) << REVEAL_DEADLINE)
        );
    }

    /// @notice A drawn round votes.
    function voting(BatchState state, uint256 seats_) internal pure returns (BatchState) {
        uint256 word = BatchState.unwrap(state) & ~uint256(type(uint8).max) & ~(uint256(type(uint8).max) << SEATS);
        return BatchState.wrap(word | uint256(Phase.Voting) | (seats_ << SEATS));
    }

    /// @notice A decision that is held; `items_` of it are under appeal.
    function decided(uint8 round_, uint16 items_, uint40 deadline_) internal pure returns (BatchState) {
        return _word(Phase.Decided, round_, items_, 0, deadline_);
    }

    /// @notice The deadline of a state that has none yet.
    function withDeadline(BatchState state, uint40 deadline_) internal pure returns (BatchState) {
        return BatchState.wrap(BatchState.unwrap(state) | (uint256(deadline_) << DEADLINE));
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

    function _word(Phase phase_, uint8 round_, uint16 items_, uint16 positions_, uint40 deadline_)
        private
        pure
        returns (BatchState)
    {
        return BatchState.wrap(
            uint256(phase_) | (uint256(round_) << ROUND) | (uint256(deadline_) << DEADLINE)
                | (uint256(positions_) << POSITIONS) | (uint256(items_) << ITEMS)
        );
    }
}
