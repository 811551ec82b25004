// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {RevealedVerdicts} from "../interfaces/ISebrus.sol";
import {LibBit} from "solady/utils/LibBit.sol";

/// @notice Counts verdicts 256 items at a time.
/// @dev Bit-sliced counters: plane k holds bit k of 256 counters, and one ripple-carry addition per reviewer adds one bit
/// to each of them (vertical counters; Warren, "Hacker's Delight", 2nd edition, section 8-1; Biham, "A fast new DES
/// implementation in software", FSE 1997). Five planes count to 31, the largest panel.
library Tally {
    struct Planes {
        uint256 p0;
        uint256 p1;
        uint256 p2;
        uint256 p3;
        uint256 p4;
    }

    /// @notice Decides every item of a batch.
    /// @param revealed one bitmap per revealed seat, at most 31, each of as many words as `flags`
    /// @param flags the detector's flags
    /// @param detectorVotes the reject votes that a flag weighs
    /// @return accepted items with `2 v > S + flagged * detectorVotes`
    /// @return panelAccepted items with `2 v > S`
    function decide(RevealedVerdicts[] calldata revealed, uint256[] memory flags, uint256 detectorVotes)
        internal
        pure
        returns (uint256[] memory accepted, uint256[] memory panelAccepted)
    {
        accepted = new uint256[](flags.length);
        panelAccepted = new uint256[](flags.length);
        // 2 v > S is v >= S / 2 + 1 in integers; a tie rejects.
        uint256 threshold = revealed.length / 2 + 1;
        uint256 flaggedThreshold = (revealed.length + detectorVotes) / 2 + 1;
        for (uint256 word; word < flags.length; ++word) {
            Planes memory planes = count(revealed, word);
            uint256 majority = atLeast(planes, threshold);
            panelAccepted[word] = majority;
            uint256 flagged = flags[word];
            accepted[word] =
                flagged == 0 ? majority : (majority & ~flagged) | (atLeast(planes, flaggedThreshold) & flagged);
        }
    }

    /// @notice The counters of 256 items after adding the word `word` of every bitmap.
    function count(RevealedVerdicts[] calldata revealed, uint256 word) internal pure returns (Planes memory planes) {
        (uint256 p0, uint256 p1, uint256 p2, uint256 p3, uint256 p4) = (0, 0, 0, 0, 0);
        for (uint256 i; i < revealed.length; ++i) {
            uint256 carry = revealed[i].verdicts[word];
            uint256 next = p0 & carry;
            p0 ^= carry;
            carry = p1 & next;
            p1 ^= next;
            next = p2 & carry;
            p2 ^= carry;
            carry = p3 & next;
            p3 ^= next;
            p4 ^= carry;
        }
        return Planes(p0, p1, p2, p3, p4);
    }

    /// @notice The items whose counter is at least `threshold`: a comparison with a constant, from the highest plane down.
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

    /// @notice The number of items on which two bitmaps differ.
    function distance(uint256[] calldata left, uint256[] memory right) internal pure returns (uint256 bits) {
        for (uint256 i; i < right.length; ++i) {
            bits += LibBit.popCount(left[i] ^ right[i]);
        }
    }

    /// @notice The number of items set.
    function size(uint256[] memory words) internal pure returns (uint256 bits) {
        for (uint256 i; i < words.length; ++i) {
            bits += LibBit.popCount(words[i]);
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
