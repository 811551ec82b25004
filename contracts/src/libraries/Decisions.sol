// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Decision} from "../interfaces/Types.sol";
import {Bitmaps} from "./Bitmaps.sol";
import {Digests} from "./Digests.sol";
import {Sieve} from "./Sieve.sol";
import {Tally} from "./Tally.sol";

/// @notice From what a panel says of positions to what holds for the items of a batch.
library Decisions {
    using Sieve for Sieve.Moves;

    /// @notice The hash under which a record keeps a decision.
    function hash(Decision memory decision) internal pure returns (bytes32) {
        return Digests.fold(
            Bitmaps.hashMemory(decision.accepted),
            uint256(Bitmaps.hashMemory(decision.panelAccepted)),
            Bitmaps.hashMemory(decision.flags)
        );
    }

    /// @notice The same hash of a decision in calldata.
    function hashBrought(Decision calldata decision) internal pure returns (bytes32) {
        return Digests.fold(
            Bitmaps.hash(decision.accepted), uint256(Bitmaps.hash(decision.panelAccepted)), Bitmaps.hash(decision.flags)
        );
    }

    /// @notice Drops the gold: what is left are the items in question, in their order.
    function toItems(Tally.Opinion memory said, uint256[] calldata gold, uint256 positions) internal pure {
        uint256[] memory mask = Bitmaps.full(positions);
        for (uint256 i; i < gold.length; ++i) {
            mask[i] &= ~gold[i];
        }
        Sieve.Moves memory sieve = Sieve.prepare(mask);
        said.majority = sieve.compress(said.majority);
        said.strong = sieve.compress(said.strong);
        said.close = sieve.compress(said.close);
    }

    /// @notice Cuts off what lies beyond the last position.
    function trim(Tally.Opinion memory said, uint256 positions) internal pure {
        uint256 last = said.majority.length - 1;
        uint256 used = positions % 256;
        if (used == 0) return;
        uint256 mask = (uint256(1) << used) - 1;
        said.majority[last] &= mask;
        said.strong[last] &= mask;
        said.close[last] &= mask;
    }

    /// @notice Spreads what was said of the items in question over all items of the batch.
    function spread(Tally.Opinion memory said, uint256[] memory question) internal pure {
        Sieve.Moves memory sieve = Sieve.prepare(question);
        said.majority = sieve.expand(said.majority);
        said.strong = sieve.expand(said.strong);
        said.close = sieve.expand(said.close);
    }

    /// @notice Writes what the panel says of the items in question into the decision, in place.
    /// @param question the items in question; empty: all
    /// @return inQuestion items decided by one vote, unless panel and flag both reject them, or accepted by the panel but not
    /// against the flag
    function decide(Decision memory decision, Tally.Opinion memory said, uint256[] memory question)
        internal
        pure
        returns (uint256[] memory inQuestion)
    {
        (uint256[] memory accepted, uint256[] memory panelAccepted) = (decision.accepted, decision.panelAccepted);
        uint256[] memory flagged = decision.flags;
        inQuestion = Bitmaps.zeros(accepted.length);
        unchecked {
            for (uint256 i; i < accepted.length; ++i) {
                uint256 majority = said.majority[i];
                uint256 flags;
                uint256 strong;
                if (flagged.length != 0) (flags, strong) = (flagged[i], said.strong[i] & flagged[i]);
                if (question.length == 0) {
                    (accepted[i], panelAccepted[i]) = ((majority & ~flags) | strong, majority);
                } else {
                    uint256 kept = ~question[i];
                    accepted[i] = (accepted[i] & kept) | (majority & ~flags) | strong;
                    panelAccepted[i] = (panelAccepted[i] & kept) | majority;
                }
                inQuestion[i] = (said.close[i] & (majority | ~flags)) | (majority & flags & ~strong);
            }
        }
    }
}
