// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrus} from "../interfaces/ISebrus.sol";

/// @notice The reviewers' weights, with sums: 16 384 places under a tree of fixed depth 7 with 4 children per node.
/// @dev A node is two words. `current` holds the newest weights; `previous` those at the end of the epoch before the
/// stamp. A reader of epoch e - 1 takes `current` when its stamp is older than e, else `previous`: what changes during
/// an epoch is invisible to the draws of that epoch.
///
///     255         224 223        168 167        112 111         56 55           0
///     | epoch stamp  | weight of 3  | weight of 2  | weight of 1  | weight of 0  |     weights in gwei, 56 bits each
///
/// Nodes are numbered like a heap: the root is 0, child k of node i is 4 i + 1 + k. Place p is child p % 4 of node
/// 1365 + p / 4, in the lowest level.
library StakeTree {
    uint256 internal constant CAPACITY = 16384; // 4 ** 7
    uint256 private constant NODES = 5461; // (4 ** 7 - 1) / 3
    uint256 private constant LOWEST = 1365; // (4 ** 6 - 1) / 3, the first node of the lowest level
    uint256 private constant LANE_BITS = 56;
    uint256 private constant LANE = type(uint56).max;
    uint256 private constant STAMP = 224;
    uint256 private constant LANES = type(uint224).max;

    struct Node {
        uint256 current;
        uint256 previous;
    }

    struct Tree {
        Node[NODES] nodes;
    }

    /// @notice Sets the weight of a place from `epoch`, the current one, on.
    function set(Tree storage tree, uint256 place, uint256 weight, uint256 epoch) internal {
        if (weight > LANE) revert ISebrus.AmountTooLarge();
        uint256 id = LOWEST + place / 4;
        uint256 shift = (place % 4) * LANE_BITS;
        uint256 old = (tree.nodes[id].current >> shift) & LANE;
        if (old == weight) return;
        while (true) {
            Node storage node = tree.nodes[id];
            uint256 word = node.current;
            if (word >> STAMP != epoch) {
                if (word != 0) node.previous = word; // a node never written has a previous of zero already
                word = (word & LANES) | (epoch << STAMP);
            }
            uint256 sum = ((word >> shift) & LANE) + weight - old;
            if (sum > LANE) revert ISebrus.AmountTooLarge();
            node.current = (word & ~(LANE << shift)) | (sum << shift);
            if (id == 0) return;
            shift = ((id - 1) % 4) * LANE_BITS;
            id = (id - 1) / 4;
        }
    }

    /// @notice The sum of all weights at the end of the epoch before `epoch`, which must be the current one.
    function totalBefore(Tree storage tree, uint256 epoch) internal view returns (uint256) {
        uint256 word = _before(tree, 0, epoch);
        return _lane(word, 0) + _lane(word, 1) + _lane(word, 2) + _lane(word, 3);
    }

    /// @notice The interval that a place had then on the line of all weights in order of place.
    function intervalBefore(Tree storage tree, uint256 place, uint256 epoch)
        internal
        view
        returns (uint256 start, uint256 weight)
    {
        uint256 id = LOWEST + place / 4;
        uint256 lane = place % 4;
        weight = _lane(_before(tree, id, epoch), lane);
        if (weight == 0) return (0, 0);
        while (true) {
            uint256 word = _before(tree, id, epoch);
            for (uint256 i; i < lane; ++i) {
                start += _lane(word, i);
            }
            if (id == 0) return (start, weight);
            lane = (id - 1) % 4;
            id = (id - 1) / 4;
        }
    }

    /// @notice The place whose interval held `point` then, and that interval.
    /// @dev `point` must be below `totalBefore`.
    function findBefore(Tree storage tree, uint256 point, uint256 epoch)
        internal
        view
        returns (uint256 place, uint256 start, uint256 weight)
    {
        // unchecked: every sum is at most the total, below 2**58
        unchecked {
            uint256 id;
            while (true) {
                uint256 word = _before(tree, id, epoch) & LANES;
                uint256 child = 4 * id + 1;
                for (weight = word & LANE; point - start >= weight; weight = word & LANE) {
                    start += weight;
                    word >>= LANE_BITS;
                    ++child;
                }
                if (id >= LOWEST) return (child - 4 * LOWEST - 1, start, weight);
                id = child;
            }
        }
    }

    /// @notice Whether a place weighs nothing, now and at the end of the epoch before.
    function isVacant(Tree storage tree, uint256 place, uint256 epoch) internal view returns (bool) {
        uint256 id = LOWEST + place / 4;
        return _lane(tree.nodes[id].current, place % 4) == 0 && _lane(_before(tree, id, epoch), place % 4) == 0;
    }

    function _before(Tree storage tree, uint256 id, uint256 epoch) private view returns (uint256) {
        Node storage node = tree.nodes[id];
        uint256 word = node.current;
        return word >> STAMP < epoch ? word : node.previous;
    }

    function _lane(uint256 word, uint256 lane) private pure returns (uint256) {
        return (word >> (lane * LANE_BITS)) & LANE;
    }
}
