// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice The reviewers' weights, with sums: 32 768 places under a tree of fixed depth 5 with 8 children per node.
/// @dev A node is two words. `current` holds the newest weights; `previous` those at the end of the epoch before the
/// stamp. A reader of epoch e - 1 takes `current` when its stamp is older than e, else `previous`: what changes during
/// an epoch is invisible to the draws of that epoch.
///
///     255         224 223         196       55          28 27           0
///     | epoch stamp  | weight of 7  |  ...  | weight of 1  | weight of 0  |     28 bits each
///
/// Nodes are numbered like a heap: the root is 0, child k of node i is 8 i + 1 + k. Place p is child p % 8 of node
/// 585 + p / 8, in the lowest level. All weights together stay below 2**28, so no sum can spill.
library StakeTree {
    uint256 internal constant CAPACITY = 32768; // 8 ** 5
    uint256 private constant NODES = 4681; // (8 ** 5 - 1) / 7
    uint256 private constant LOWEST = 585; // (8 ** 4 - 1) / 7, the first node of the lowest level
    uint256 private constant CHILDREN = 8;
    uint256 private constant LANE_BITS = 28;
    uint256 private constant LANE = 0xfffffff;
    uint256 private constant HIGHEST = 196; // where the eighth lane begins
    uint256 private constant STAMP = 224;
    uint256 private constant ONES = 1 | 1 << 28 | 1 << 56 | 1 << 84 | 1 << 112 | 1 << 140 | 1 << 168 | 1 << 196;
    uint256 private constant LANES = type(uint224).max;

    struct Node {
        uint256 current;
        uint256 previous;
    }

    struct Tree {
        Node[NODES] nodes;
    }

    /// @notice Sets the weight of a place from `epoch`, the current one, on; false, and nothing done, when all weights
    /// together would no longer fit.
    function set(Tree storage tree, uint256 place, uint256 weight, uint256 epoch) internal returns (bool fits) {
        uint256 id = LOWEST + place / CHILDREN;
        uint256 shift = (place % CHILDREN) * LANE_BITS;
        uint256 old = (tree.nodes[id].current >> shift) & LANE;
        if (old == weight) return true;
        if (weight > old && _sum(tree.nodes[0].current) + weight - old > LANE) return false;
        while (true) {
            Node storage node = tree.nodes[id];
            uint256 word = node.current;
            if (word >> STAMP != epoch) {
                if (word != 0) node.previous = word; // a node never written has a previous of zero already
                word = (word & LANES) | (epoch << STAMP);
            }
            uint256 sum = ((word >> shift) & LANE) + weight - old;
            node.current = (word & ~(LANE << shift)) | (sum << shift);
            if (id == 0) return true;
            shift = ((id - 1) % CHILDREN) * LANE_BITS;
            id = (id - 1) / CHILDREN;
        }
    }

    /// @notice The lowest node that has the first `places` places under it. Where only they have ever been given out it
    /// knows all weights, and a draw need not read the nodes above it.
    function topOf(uint256 places) internal pure returns (uint256 id) {
        unchecked {
            id = LOWEST;
            for (uint256 covered = CHILDREN; covered < places; covered *= CHILDREN) {
                id = (id - 1) / CHILDREN;
            }
        }
    }

    /// @notice The sum of all weights under the node `top` at the end of the epoch before `epoch`, which must be the
    /// current one.
    function totalBefore(Tree storage tree, uint256 top, uint256 epoch) internal view returns (uint256) {
        return _sum(_before(tree, top, epoch));
    }

    /// @notice The place whose interval held `point` then, and that interval, on the line of the weights under `top`.
    /// @dev `point` must be below `totalBefore`.
    function findBefore(Tree storage tree, uint256 top, uint256 point, uint256 epoch)
        internal
        view
        returns (uint256 place, uint256 start, uint256 weight)
    {
        assembly ("memory-safe") {
            let id := top
            let rest := point
            for {} lt(id, NODES) {} {
                let node := add(tree.slot, shl(1, id))
                let word := sload(node)
                if iszero(lt(shr(STAMP, word), epoch)) { word := sload(add(node, 1)) }
                id := add(shl(3, id), 1)
                weight := and(word, LANE)
                for {} iszero(lt(rest, weight)) {} {
                    rest := sub(rest, weight)
                    word := shr(LANE_BITS, word)
                    weight := and(word, LANE)
                    id := add(id, 1)
                }
            }
            place := sub(id, NODES) // as if the places were one more level
            start := sub(point, rest)
        }
    }

    /// @notice Whether a place weighs nothing, now and at the end of the epoch before.
    function isVacant(Tree storage tree, uint256 place, uint256 epoch) internal view returns (bool) {
        uint256 id = LOWEST + place / CHILDREN;
        uint256 lane = place % CHILDREN;
        return _lane(tree.nodes[id].current, lane) == 0 && _lane(_before(tree, id, epoch), lane) == 0;
    }

    function _before(Tree storage tree, uint256 id, uint256 epoch) private view returns (uint256) {
        Node storage node = tree.nodes[id];
        uint256 word = node.current;
        return word >> STAMP < epoch ? word : node.previous;
    }

    /// @dev All lanes at once: the highest lane of the product with a one in every lane is the sum of all of them, and no
    /// lower one spills (Warren, "Hacker's Delight", 2nd edition, section 5-1).
    function _sum(uint256 word) private pure returns (uint256) {
        unchecked {
            return ((word & LANES) * ONES >> HIGHEST) & LANE;
        }
    }

    function _lane(uint256 word, uint256 lane) private pure returns (uint256) {
        return (word >> (lane * LANE_BITS)) & LANE;
    }
}
