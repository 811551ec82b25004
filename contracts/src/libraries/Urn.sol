// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {StakeTree} from "./StakeTree.sol";

/// @notice Successive sampling in proportion to weight: what is taken out is skipped by every later draw.
/// @dev The taken intervals stay sorted by start, so a number below `remaining` becomes a point on the whole line by
/// stepping over the intervals at or before it: no draw is ever repeated.
library Urn {
    using StakeTree for StakeTree.Tree;

    uint256 private constant WEIGHT_BITS = 64;
    uint256 private constant WEIGHT = 0xffffffffffffffff;

    struct Sample {
        uint256 top; // node of the tree that has all places under it
        uint256 epoch; // weights are those at the end of the epoch before
        uint256 remaining; // weight still in the urn
        uint256 count; // intervals taken out
        uint256[] taken; // start << 64 | weight, ascending; only its first `count` words are written
    }

    /// @notice An urn of all weights, those of the first `places` places, from which at most `capacity` intervals will be
    /// taken.
    function fill(StakeTree.Tree storage tree, uint256 places, uint256 epoch, uint256 capacity)
        internal
        view
        returns (Sample memory urn)
    {
        (urn.top, urn.epoch) = (StakeTree.topOf(places), epoch);
        urn.remaining = tree.totalBefore(urn.top, epoch);
        uint256[] memory taken;
        assembly ("memory-safe") {
            taken := mload(0x40)
            mstore(taken, capacity)
            mstore(0x40, add(taken, shl(5, add(capacity, 1))))
        }
        urn.taken = taken;
    }

    /// @notice Draws one place by a random number and takes it out; `remaining` must not be zero, nor the urn's capacity
    /// used up.
    function draw(Sample memory urn, StakeTree.Tree storage tree, uint256 random)
        internal
        view
        returns (uint256 place)
    {
        uint256 point;
        uint256 gap;
        uint256 end;
        assembly ("memory-safe") {
            point := mod(random, mload(add(urn, 0x40)))
            gap := add(mload(add(urn, 0x80)), 0x20)
            end := add(gap, shl(5, mload(add(urn, 0x60))))
            for {} lt(gap, end) { gap := add(gap, 0x20) } {
                let interval := mload(gap)
                if lt(point, shr(WEIGHT_BITS, interval)) { break }
                point := add(point, and(interval, WEIGHT))
            }
        }
        uint256 start;
        uint256 weight;
        (place, start, weight) = tree.findBefore(urn.top, point, urn.epoch);
        assembly ("memory-safe") {
            // whatever lies beyond the point makes room
            mcopy(add(gap, 0x20), gap, sub(end, gap))
            mstore(gap, or(shl(WEIGHT_BITS, start), weight))
            mstore(add(urn, 0x40), sub(mload(add(urn, 0x40)), weight))
            mstore(add(urn, 0x60), add(mload(add(urn, 0x60)), 1))
        }
    }
}
