// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {OpenedBallot, RevealedVerdicts} from "../interfaces/Types.sol";
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
    function opinion(
        OpenedBallot[] calldata ballots,
        uint256 counted,
        uint256 seats,
        uint256 words,
        uint256 detectorVotes
    ) internal pure returns (Opinion memory said) {
        uint256[] memory places = Bitmaps.zeros(ballots.length);
        uint256 count;
        unchecked {
            for (uint256 i; i < ballots.length; ++i) {
                OpenedBallot calldata ballot = ballots[i];
                if ((counted >> ballot.seat) & 1 == 1) places[count++] = _placeOf(ballot.verdicts, words);
            }
            said = Opinion(Bitmaps.zeros(words), Bitmaps.zeros(words), Bitmaps.zeros(words));
            Planes memory planes;
            for (uint256 word; word < words; ++word) {
                _count(planes, places, count, word, 0);
                said.majority[word] = atLeast(planes, seats / 2 + 1);
                said.strong[word] = atLeast(planes, (seats + detectorVotes) / 2 + 1);
                said.close[word] = atLeast(planes, seats / 2) & ~atLeast(planes, (seats + 1) / 2 + 1);
            }
        }
    }

    /// @notice The places where more than half of the verdicts differ from `answers`.
    function contradicted(RevealedVerdicts[] calldata revealed, uint256[] memory answers)
        internal
        pure
        returns (uint256[] memory words)
    {
        uint256 count = revealed.length;
        uint256[] memory places = Bitmaps.zeros(count);
        unchecked {
            for (uint256 i; i < count; ++i) {
                places[i] = _placeOf(revealed[i].verdicts, answers.length);
            }
            words = Bitmaps.zeros(answers.length);
            Planes memory planes;
            for (uint256 word; word < words.length; ++word) {
                _count(planes, places, count, word, answers[word]);
                words[word] = atLeast(planes, count / 2 + 1);
            }
        }
    }

    /// @notice The places whose counter is at least `threshold`: a comparison with a constant, from the highest plane down.
    function atLeast(Planes memory planes, uint256 threshold) internal pure returns (uint256) {
        if (threshold > 31) return 0; // no counter gets there
        uint256 equal = type(uint256).max;
        uint256 greater;
        (equal, greater) = _compare(equal, greater, planes.p4, threshold & 16);
        (equal, greater) = _compare(equal, greater, planes.p3, threshold & 8);
        (equal, greater) = _compare(equal, greater, planes.p2, threshold & 4);
        (equal, greater) = _compare(equal, greater, planes.p1, threshold & 2);
        (equal, greater) = _compare(equal, greater, planes.p0, threshold & 1);
        return equal | greater;
    }

    /// @dev Where in the calldata the words of a bitmap begin: to find them anew for every word costs more than to count.
    function _placeOf(uint256[] calldata bitmap, uint256 words) private pure returns (uint256 place) {
        assert(bitmap.length == words);
        assembly ("memory-safe") {
            place := bitmap.offset
        }
    }

    /// @dev Counts one word of the bitmaps at `count` places, each differing from `answers`, by ripple carry.
    function _count(Planes memory planes, uint256[] memory places, uint256 count, uint256 word, uint256 answers)
        private
        pure
    {
        assembly ("memory-safe") {
            let p0 := 0
            let p1 := 0
            let p2 := 0
            let p3 := 0
            let p4 := 0
            let offset := shl(5, word)
            let place := add(places, 0x20)
            for { let end := add(place, shl(5, count)) } lt(place, end) { place := add(place, 0x20) } {
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

    function _compare(uint256 equal, uint256 greater, uint256 plane, uint256 bit)
        private
        pure
        returns (uint256, uint256)
    {
        if (bit != 0) return (equal & plane, greater);
        return (equal & ~plane, greater | (equal & plane));
    }
}
