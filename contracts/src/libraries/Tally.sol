// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Ballots} from "../interfaces/Types.sol";
import {Bitmaps} from "./Bitmaps.sol";

/// @notice Counts verdicts 256 positions at a time.
/// @dev Bit-sliced counters: plane k holds bit k of 256 counters, and one ripple-carry addition per reviewer adds one bit
/// to each of them (vertical counters; Warren, "Hacker's Delight", 2nd edition, section 8-1; Biham, "A fast new DES
/// implementation in software", FSE 1997). Five planes count to 31, the largest panel.
/// Nothing here can overflow: seats are at most 31, words at most 18.
library Tally {
    /// @notice What the seats that count say of every position.
    struct Opinion {
        uint256[] majority; // 2 v > S
        uint256[] strong; // 2 v > S + detectorVotes
        uint256[] close; // |2 v - S| <= 1
    }

    /// Five words of counters.
    struct Planes {
        uint256 p0;
        uint256 p1;
        uint256 p2;
        uint256 p3;
        uint256 p4;
    }

    /// @notice Counts the verdicts of `counted` seats, of which there are `seats`, over bitmaps of `words` words.
    function opinion(Ballots calldata ballots, uint256 counted, uint256 seats, uint256 words, uint256 detectorVotes)
        internal
        pure
        returns (Opinion memory said)
    {
        uint256[] memory places = _placesOf(ballots, counted, words);
        said = Opinion(Bitmaps.zeros(words), Bitmaps.zeros(words), Bitmaps.zeros(words));
        Planes memory planes;
        unchecked {
            for (uint256 word; word < words; ++word) {
                _count(planes, places, word, 0);
                said.majority[word] = atLeast(planes, seats / 2 + 1);
                said.strong[word] = atLeast(planes, (seats + detectorVotes) / 2 + 1);
                said.close[word] = atLeast(planes, seats / 2) & ~atLeast(planes, (seats + 1) / 2 + 1);
            }
        }
    }

    /// @notice The places where more than half of `count` verdicts, one after the other, differ from `answers`.
    function contradicted(uint256[] calldata verdicts, uint256 count, uint256[] memory answers)
        internal
        pure
        returns (uint256[] memory words)
    {
        uint256[] memory places = Bitmaps.zeros(count);
        uint256 place = Bitmaps.placeOf(verdicts);
        words = Bitmaps.zeros(answers.length);
        Planes memory planes;
        unchecked {
            for (uint256 i; i < count; ++i) {
                places[i] = place;
                place += 32 * answers.length;
            }
            for (uint256 word; word < words.length; ++word) {
                _count(planes, places, word, answers[word]);
                words[word] = atLeast(planes, count / 2 + 1);
            }
        }
    }

    /// @notice The places whose counter is at least `threshold`: those where the counter and what the threshold lacks to 32
    /// add up to a carry out of the fifth plane, with the bits of that number as planes of all ones or all zeros.
    function atLeast(Planes memory planes, uint256 threshold) internal pure returns (uint256 carry) {
        if (threshold > 31) return 0; // no counter gets there
        if (threshold == 0) return type(uint256).max;
        assembly ("memory-safe") {
            let lacking := sub(32, threshold)
            let bit := sub(0, and(lacking, 1))
            carry := and(mload(planes), bit)
            // a carry comes out where two of three are one: of the plane, the carry into it and the bit of the number
            bit := sub(0, and(shr(1, lacking), 1))
            let plane := mload(add(planes, 0x20))
            carry := or(and(plane, carry), and(bit, or(plane, carry)))
            bit := sub(0, and(shr(2, lacking), 1))
            plane := mload(add(planes, 0x40))
            carry := or(and(plane, carry), and(bit, or(plane, carry)))
            bit := sub(0, and(shr(3, lacking), 1))
            plane := mload(add(planes, 0x60))
            carry := or(and(plane, carry), and(bit, or(plane, carry)))
            bit := sub(0, and(shr(4, lacking), 1))
            plane := mload(add(planes, 0x80))
            carry := or(and(plane, carry), and(bit, or(plane, carry)))
        }
    }

    /// @dev Where in the calldata the words of the seats that count begin.
    function _placesOf(Ballots calldata ballots, uint256 counted, uint256 words)
        private
        pure
        returns (uint256[] memory places)
    {
        (uint256 seats, uint256 which) = (ballots.seats, ballots.opened);
        uint256 place = Bitmaps.placeOf(ballots.verdicts);
        places = Bitmaps.zeros(ballots.secrets.length);
        assembly ("memory-safe") {
            let next := add(places, 0x20)
            for {} which { which := shr(1, which) } {
                if and(which, 1) {
                    if and(shr(and(seats, 0xff), counted), 1) {
                        mstore(next, place)
                        next := add(next, 0x20)
                    }
                    place := add(place, shl(5, words))
                }
                seats := shr(8, seats)
            }
            mstore(places, sub(shr(5, sub(next, places)), 1))
        }
    }

    /// @dev Counts one word of the bitmaps at these places, each differing from `answers`, by ripple carry.
    function _count(Planes memory planes, uint256[] memory places, uint256 word, uint256 answers) private pure {
        assembly ("memory-safe") {
            let p0 := 0
            let p1 := 0
            let p2 := 0
            let p3 := 0
            let p4 := 0
            let offset := shl(5, word)
            let place := add(places, 0x20)
            for { let end := add(place, shl(5, mload(places))) } lt(place, end) { place := add(place, 0x20) } {
                let bits := xor(calldataload(add(mload(place), offset)), answers)
                let carry := and(p0, bits)
                p0 := xor(p0, bits)
                bits := and(p1, carry)
                p1 := xor(p1, carry)
                carry := and(p2, bits)
                p2 := xor(p2, bits)
                bits := and(p3, carry)
                p3 := xor(p3, carry)
                p4 := xor(p4, bits)
            }
            mstore(planes, p0)
            mstore(add(planes, 0x20), p1)
            mstore(add(planes, 0x40), p2)
            mstore(add(planes, 0x60), p3)
            mstore(add(planes, 0x80), p4)
        }
    }
}
