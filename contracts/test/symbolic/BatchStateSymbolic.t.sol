// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Phase} from "../../src/interfaces/Types.sol";
import {BatchState, BatchStateLibrary} from "../../src/types/BatchState.sol";
import {Test} from "../base/Test.sol";

/// @notice The packed status, for all values of its fields.
contract BatchStateSymbolic is Test {
    function check_drawingHoldsEveryField(
        uint8 round,
        uint8 seats,
        uint16 items,
        uint16 positions,
        uint48 entropyBlock,
        uint40 deadline,
        uint40 revealDeadline
    ) public pure {
        BatchState s = BatchStateLibrary.drawing(round, seats, items, positions, entropyBlock, deadline, revealDeadline);
        assert(s.phase() == Phase.Drawing && s.round() == round && s.seats() == seats);
        assert(s.items() == items && s.positions() == positions && s.entropyBlock() == entropyBlock);
        assert(s.deadline() == deadline && s.revealDeadline() == revealDeadline);
        assert(s.committed() == 0 && s.revealed() == 0 && BatchState.unwrap(s) >> 248 == 0);
    }

    function check_screeningAndDecidedHoldTheirFieldsAlone(uint8 round, uint16 items, uint40 deadline) public pure {
        BatchState s = BatchStateLibrary.screening(round, items, deadline);
        assert(s.phase() == Phase.Screening && s.round() == round && s.items() == items && s.deadline() == deadline);
        uint256 rest = (uint256(items) << 232) | (uint256(deadline) << 136) | (uint256(round) << 8);
        assert(BatchState.unwrap(s) == rest | uint256(Phase.Screening));
        assert(BatchState.unwrap(BatchStateLibrary.decided(round, items, deadline)) == rest | uint256(Phase.Decided));
    }

    function check_votingChangesPhaseAndSeatsAlone(uint256 bits, uint8 seats) public pure {
        uint256 later = BatchState.unwrap(BatchState.wrap(bits).voting(seats));
        assert((later ^ bits) & ~uint256(0xff00ff) == 0);
        assert(BatchState.wrap(later).phase() == Phase.Voting && BatchState.wrap(later).seats() == seats);
    }

    function check_committedAndRevealedChangeTheirFieldAlone(uint256 bits, uint256 mask) public pure {
        BatchState s = BatchState.wrap(bits);
        uint256 field = type(uint32).max;
        assert((BatchState.unwrap(s.withCommitted(mask)) ^ bits) & ~(field << 24) == 0);
        assert((BatchState.unwrap(s.withRevealed(mask)) ^ bits) & ~(field << 56) == 0);
        assert(s.withCommitted(mask).committed() == uint32(mask) && s.withRevealed(mask).revealed() == uint32(mask));
    }

    function check_revealedCountCountsSeats(uint256 bits) public pure {
        uint256 count;
        for (uint256 seat; seat < 32; ++seat) {
            count += (bits >> (56 + seat)) & 1;
        }
        assert(BatchState.wrap(bits).revealedCount() == count);
    }
}
