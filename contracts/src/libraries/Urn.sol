// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {StakeTree} from "./StakeTree.sol";

/// @notice Successive sampling in proportion to weight: what is taken out is skipped by every later draw.
/// @dev The taken intervals stay sorted by start, so a number below `remaining` becomes a point on the whole line by
/// stepping over the intervals at or before it: no draw is ever repeated.
library Urn {
    using StakeTree for StakeTree.Tree;

    uint256 private constant WEIGHT_BITS = 64;
    uint256 private constant WEIGHT = type(uint64).max;

    struct Sample {
        uint256 epoch; // weights are those at the end of the epoch before
        uint256 remaining; // weight still in the urn
        uint256 count; // intervals taken out
        uint256[] taken; // start << 64 | weight, ascending
    }

    /// @notice An urn of all weights, from which at most `capacity` intervals will be taken.
    function fill(StakeTree.Tree storage tree, uint256 epoch, uint256 capacity) internal view returns (Sample memory) {
        return Sample(epoch, tree.totalBefore(epoch), 0, new uint256[](capacity));
    }

    /// @notice Draws one place by a random number and takes it out; `remaining` must not be zero.
    function draw(Sample memory urn, StakeTree.Tree storage tree, uint256 number) internal view returns (uint256) {
        uint256 point = number % urn.remaining;
        uint256 count = urn.count;
        uint256[] memory taken = urn.taken;
        for (uint256 i; i < count; ++i) {
            uint256 interval = taken[i];
            if (point < interval >> WEIGHT_BITS) break;
            point += interval & WEIGHT;
        }
        (uint256 place, uint256 start, uint256 weight) = tree.findBefore(point, urn.epoch);
        _take(urn, start, weight);
        return place;
    }

    function _take(Sample memory urn, uint256 start, uint256 weight) private pure {
        uint256 interval = (start << WEIGHT_BITS) | weight;
        uint256[] memory taken = urn.taken;
        uint256 i = urn.count++;
        for (; i > 0 && taken[i - 1] > interval; --i) {
            taken[i] = taken[i - 1];
        }
        taken[i] = interval;
        urn.remaining -= weight;
    }
}
