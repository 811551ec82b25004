// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Ballots, PastRound} from "../../src/interfaces/Types.sol";
import {BatchState} from "../../src/types/BatchState.sol";

/// A commitment with its opening, or alone.
struct OpenedBallot {
    uint8 seat;
    bytes32 secret; // the salt; where it is not opened, the commitment itself
    uint256[] verdicts; // empty where it is not opened
}

/// Verdicts that were opened.
struct RevealedVerdicts {
    uint8 seat;
    uint256[] verdicts;
}

/// A concluded round, seat by seat.
struct ConcludedRound {
    BatchState status;
    address[] panel;
    RevealedVerdicts[] revealed;
    uint256[] question;
    uint256[] gold;
    uint256[] answers;
}

/// @notice From what tests think in, one struct for each seat, to the flat lists that the contract takes, and back.
library Flat {
    function ballots(OpenedBallot[] memory list) internal pure returns (Ballots memory flat) {
        flat.secrets = new bytes32[](list.length);
        for (uint256 i; i < list.length; ++i) {
            flat.seats |= uint256(list[i].seat) << (8 * i);
            flat.secrets[i] = list[i].secret;
            if (list[i].verdicts.length == 0) continue;
            flat.opened |= uint256(1) << i;
            flat.verdicts = joined(flat.verdicts, list[i].verdicts);
        }
    }

    function rounds(ConcludedRound[] memory list) internal pure returns (PastRound[] memory flat) {
        flat = new PastRound[](list.length);
        for (uint256 i; i < list.length; ++i) {
            flat[i] = round(list[i]);
        }
    }

    function round(ConcludedRound memory one) internal pure returns (PastRound memory flat) {
        (flat.status, flat.panel, flat.question) = (one.status, one.panel, one.question);
        (flat.gold, flat.answers) = (one.gold, one.answers);
        for (uint256 i; i < one.revealed.length; ++i) {
            flat.seats |= uint256(one.revealed[i].seat) << (8 * i);
            flat.verdicts = joined(flat.verdicts, one.revealed[i].verdicts);
        }
    }

    /// What each seat was paid and what it lost as one list.
    function results(uint256[] memory payouts, uint256[] memory slashes) internal pure returns (int64[] memory flat) {
        flat = new int64[](payouts.length);
        for (uint256 i; i < flat.length; ++i) {
            flat[i] = payouts[i] == 0 ? -int64(uint64(slashes[i])) : int64(uint64(payouts[i]));
        }
    }

    function split(int64[] memory flat) internal pure returns (uint256[] memory payouts, uint256[] memory slashes) {
        (payouts, slashes) = (new uint256[](flat.length), new uint256[](flat.length));
        for (uint256 i; i < flat.length; ++i) {
            if (flat[i] > 0) payouts[i] = uint64(flat[i]);
            else slashes[i] = uint64(-flat[i]);
        }
    }

    function joined(uint256[] memory first, uint256[] memory second) internal pure returns (uint256[] memory all) {
        all = new uint256[](first.length + second.length);
        for (uint256 i; i < all.length; ++i) {
            all[i] = i < first.length ? first[i] : second[i - first.length];
        }
    }
}
