// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Phase} from "../../src/interfaces/Types.sol";
import {BatchState, BatchStateLibrary} from "../../src/types/BatchState.sol";
import {Test} from "../base/Test.sol";

/// @notice The packed status against its fields one by one.
contract BatchStateTest is Test {
    struct Fields {
        Phase phase;
        uint8 round;
        uint8 seats;
        uint32 committed;
        uint32 revealed;
        uint48 entropyBlock;
        uint40 deadline;
        uint40 revealDeadline;
        uint16 positions;
        uint16 items;
    }

    function _same(BatchState s, Fields memory f) private pure {
        eq(uint256(s.phase()), uint256(f.phase), "phase");
        eq(s.round(), f.round, "round");
        eq(s.seats(), f.seats, "seats");
        eq(s.committed(), f.committed, "committed");
        eq(s.revealed(), f.revealed, "revealed");
        eq(s.entropyBlock(), f.entropyBlock, "entropy block");
        eq(s.deadline(), f.deadline, "deadline");
        eq(s.revealDeadline(), f.revealDeadline, "reveal deadline");
        eq(s.positions(), f.positions, "positions");
        eq(s.items(), f.items, "items");
        uint256 word = uint256(f.phase) | (uint256(f.round) << 8) | (uint256(f.seats) << 16);
        word |= (uint256(f.committed) << 24) | (uint256(f.revealed) << 56) | (uint256(f.entropyBlock) << 88);
        word |= (uint256(f.deadline) << 136) | (uint256(f.revealDeadline) << 176);
        word |= (uint256(f.positions) << 216) | (uint256(f.items) << 232);
        eq(BatchState.unwrap(s), word, "the whole word");
    }

    function test_fuzz_transitionsWriteTheWholeWord(uint256 seed) public pure {
        Fields memory f;
        (f.phase, f.round, f.items, f.deadline) = (Phase.Screening, uint8(seed), uint16(seed >> 8), uint40(seed >> 24));
        _same(BatchStateLibrary.screening(f.round, f.items, f.deadline), f);
        f.phase = Phase.Decided;
        _same(BatchStateLibrary.decided(f.round, f.items, f.deadline), f);
        f.phase = Phase.Drawing;
        (f.seats, f.positions, f.entropyBlock) = (uint8(seed >> 64), uint16(seed >> 72), uint48(seed >> 88));
        f.revealDeadline = uint40(seed >> 136);
        BatchState state = BatchStateLibrary.drawing(
            f.round, f.seats, f.items, f.positions, f.entropyBlock, f.deadline, f.revealDeadline
        );
        _same(state, f);
        (f.phase, f.seats) = (Phase.Voting, uint8(seed >> 176));
        state = state.voting(f.seats);
        _same(state, f);
        f.committed = uint32(seed >> 184);
        state = state.withCommitted(f.committed);
        _same(state, f);
        f.revealed = uint32(seed >> 216);
        state = state.withRevealed(f.revealed);
        _same(state, f);
        (f.committed, f.revealed) = (f.revealed, f.committed); // written again: nothing of the old stays
        _same(state.withCommitted(f.committed).withRevealed(f.revealed), f);
    }

    function test_state_commitsAreOverWithTheLastSeatOrTheDeadline() public {
        BatchState state = BatchStateLibrary.drawing(0, 5, 9, 9, 1, 1000, 2000).voting(5);
        vm.warp(1000);
        no(state.commitsOver(), "at the deadline one may commit");
        no(state.withCommitted(15).commitsOver(), "one seat is missing");
        yes(state.withCommitted(31).commitsOver(), "all have");
        vm.warp(1001);
        yes(state.commitsOver(), "past the deadline");
    }
}
