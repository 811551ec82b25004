// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Ballots} from "../interfaces/Types.sol";
import {Bitmaps} from "./Bitmaps.sol";
import {LibBit} from "solady/utils/LibBit.sol";

/// @notice Pictures with a known answer among those that reviewers are shown.
library Gold {
    uint256 private constant FEWEST = 4; // with less nobody is struck: one slip would do it
    uint256 private constant WHOLE = 10000; // basis points

    /// @notice The opened seats that had enough gold right to count.
    /// @param opened bit j for seat j
    /// @param size the number of gold pictures
    function passing(
        Ballots calldata ballots,
        uint256 opened,
        uint256[] calldata gold,
        uint256[] calldata answers,
        uint256 size,
        uint256 passBps
    ) internal pure returns (uint256 counted) {
        if (size < FEWEST) return opened;
        counted = opened;
        (uint256 seats, uint256 which) = (ballots.seats, ballots.opened);
        uint256 place = Bitmaps.placeOf(ballots.verdicts);
        unchecked {
            // counts of at most 4608 positions, shares of at most 10000
            for (uint256 i; which >> i != 0; ++i) {
                if ((which >> i) & 1 == 0) continue;
                uint256 wrong;
                for (uint256 word; word < gold.length; ++word) {
                    uint256 differing = (Bitmaps.wordAt(place) ^ answers[word]) & gold[word];
                    if (differing != 0) wrong += LibBit.popCount(differing);
                    place += 32;
                }
                if ((size - wrong) * WHOLE < size * passBps) counted &= ~(uint256(1) << ((seats >> (8 * i)) & 0xff));
            }
        }
    }
}
