// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {TreeHarness} from "../base/Harness.sol";
import {Naive} from "../base/Naive.sol";
import {Test} from "../base/Test.sol";

/// @notice The tree of weights against arrays, and the urn against drawing by walking.
contract StakeTreeTest is Test {
    TreeHarness private tree = new TreeHarness();
    uint256 private constant PLACES = 32768;
    uint256 private constant LAST = PLACES - 1;
    uint256 private constant MOST = (1 << 28) - 1;

    function test_tree_readsOnlyTheEpochBefore() public {
        tree.set(3, 10, 5);
        eq(tree.totalBefore(5), 0, "not in its own epoch");
        eq(tree.totalBefore(6), 10, "from the next one on");
        tree.set(3, 25, 6);
        eq(tree.totalBefore(6), 10, "still the old weight");
        eq(tree.totalBefore(7), 25, "then the new");
        eq(tree.totalBefore(99), 25, "and it stays");
        tree.set(3, 1, 99);
        tree.set(3, 2, 99); // twice within an epoch: the end of the epoch before is kept
        eq(tree.totalBefore(99), 25, "kept");
        eq(tree.totalBefore(100), 2, "the last word counts");
    }

    function test_tree_firstEpochSeesNothing() public {
        tree.set(0, 10, 0);
        eq(tree.totalBefore(0), 0, "epoch zero has none before it");
        eq(tree.totalBefore(1), 10, "epoch one has");
    }

    function test_tree_edgesOfThePlaces() public {
        tree.set(0, 7, 1);
        tree.set(LAST, 9, 1);
        (uint256 place, uint256 start, uint256 weight) = tree.findBefore(6, 2);
        eq(place, 0, "first place");
        eq(start, 0, "its start");
        eq(weight, 7, "its weight");
        (place, start, weight) = tree.findBefore(7, 2);
        eq(place, LAST, "last place");
        eq(start, 7, "its start");
        eq(weight, 9, "its weight");
    }

    /// A draw that begins below the root finds what one from the root finds, at every size of the list.
    function test_tree_findsTheSameFromTheLowestNodeAboveAllPlaces() public {
        uint256[6] memory places = [uint256(1), 8, 64, 512, 4096, 32768];
        uint256 total;
        for (uint256 i; i < 6; ++i) {
            tree.set(places[i] - 1, 10 + i, 1); // the last place that a node has under it
            total += 10 + i;
            eq(tree.totalAmong(places[i], 2), total, "total");
            for (uint256 point; point < total; point += 3) {
                (uint256 place, uint256 start, uint256 weight) = tree.findAmong(places[i], point, 2);
                (uint256 fromRoot, uint256 itsStart, uint256 itsWeight) = tree.findBefore(point, 2);
                eq(place, fromRoot, "place");
                eq(start, itsStart, "start");
                eq(weight, itsWeight, "weight");
            }
            if (i == 5) break;
            // one place more and it takes the next node
            tree.set(places[i], 1, 1);
            eq(tree.totalAmong(places[i] + 1, 2), total + 1, "one more");
            tree.set(places[i], 0, 1);
        }
    }

    function test_tree_refusesWhatDoesNotFitAndChangesNothing() public {
        yes(tree.set(0, MOST - 1, 1), "fits");
        no(tree.set(LAST, 2, 1), "one too many");
        eq(tree.totalBefore(2), MOST - 1, "nothing was done");
        yes(tree.set(LAST, 1, 1), "the last that fits");
        eq(tree.totalBefore(2), MOST, "full");
        no(tree.set(0, MOST, 1), "a heavier weight does not");
        yes(tree.set(0, 5, 1), "a lighter one always does");
        yes(tree.set(0, 5, 1), "and the same");
        yes(tree.set(7, MOST - 6, 1), "room again");
    }

    function test_tree_vacancyLooksAtBothEpochs() public {
        yes(tree.isVacant(9, 4), "never used");
        tree.set(9, 1, 4);
        no(tree.isVacant(9, 4), "used now");
        tree.set(9, 0, 5);
        no(tree.isVacant(9, 5), "used in the epoch before");
        yes(tree.isVacant(9, 6), "free");
        yes(tree.isVacant(8, 5), "the neighbour");
    }

    /// Random changes over several epochs, within and across, against arrays.
    function test_fuzz_treeEqualsArrays(uint256 seed) public {
        uint256 places = 24;
        uint256[] memory current = new uint256[](places);
        uint256[] memory before = new uint256[](places);
        uint256 epoch = 1;
        for (uint256 step; step < 48; ++step) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 5 == 0) {
                epoch += 1 + (seed >> 8) % 3;
                for (uint256 i; i < places; ++i) {
                    before[i] = current[i];
                }
            }
            uint256 which = (seed >> 16) % places;
            current[which] = (seed >> 32) % 4 == 0 ? 0 : (seed >> 40) % 1000;
            yes(tree.set(_spread(which), current[which], epoch), "fits");
        }
        _compare(before, epoch, seed);
        _compare(current, epoch + 1, seed);
    }

    function _spread(uint256 i) private pure returns (uint256) {
        return i < 9 ? i : (i * 1433) % PLACES; // neighbours and strangers; ascending in part only
    }

    function _compare(uint256[] memory weights, uint256 epoch, uint256 seed) private view {
        uint256 total;
        for (uint256 i; i < weights.length; ++i) {
            total += weights[i];
        }
        eq(tree.totalBefore(epoch), total, "total");
        if (total == 0) return;
        for (uint256 i; i < weights.length; ++i) {
            if (weights[i] == 0) continue;
            uint256 start = _weightBelow(weights, _spread(i));
            (uint256 place, uint256 found, uint256 weight) = tree.findBefore(start, epoch);
            eq(place, _spread(i), "first point of the interval");
            eq(weight, weights[i], "weight");
            (place, found,) = tree.findBefore(start + weight - 1, epoch);
            eq(place, _spread(i), "last point of the interval");
            eq(found, start, "what lies at lower places");
        }
        (uint256 holder, uint256 from,) = tree.findBefore(seed % total, epoch);
        eq(from, _weightBelow(weights, holder), "the interval of a random point");
    }

    function _weightBelow(uint256[] memory weights, uint256 place) private pure returns (uint256 sum) {
        for (uint256 i; i < weights.length; ++i) {
            if (_spread(i) < place) sum += weights[i];
        }
    }

    function test_fuzz_drawEqualsNaiveDraw(uint256 seed, uint8 asked) public {
        uint256 seats = within(asked, 1, 31);
        uint256[] memory weights = new uint256[](40);
        for (uint256 i; i < weights.length; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            weights[i] = random % 3 == 0 ? 0 : random % 5 == 0 ? random % (1 << 22) : random % 1000;
            tree.set(i, weights[i], 1);
        }
        uint256[] memory excluded = new uint256[](4);
        excluded[0] = seed % 40;
        excluded[1] = (excluded[0] + 1 + (seed >> 8) % 19) % 40;
        excluded[2] = (excluded[0] + 20 + (seed >> 16) % 20) % 40;
        excluded[3] = excluded[1]; // named twice
        bytes32 entropy = keccak256(abi.encode(seed));
        uint256[] memory panel = tree.draw(excluded, entropy, seats, 2);
        eq(panel, Naive.draw(weights, excluded, entropy, seats), "panel");
        for (uint256 i; i < panel.length; ++i) {
            for (uint256 j; j < i; ++j) {
                yes(panel[i] != panel[j], "one seat per account");
            }
            for (uint256 j; j < 4; ++j) {
                yes(panel[i] != excluded[j], "excluded");
            }
        }
    }

    /// Weights 1, 2, 3 and 4 out of 10, one seat, 4 000 draws: chi-square with 3 degrees of freedom, p = 0.0001 at 21.1.
    function test_draw_isInProportionToWeight() public {
        for (uint256 i; i < 4; ++i) {
            tree.set(i, i + 1, 1);
        }
        uint256[4] memory hits;
        uint256[] memory none = new uint256[](0);
        for (uint256 i; i < 4000; ++i) {
            ++hits[tree.draw(none, keccak256(abi.encode("fair", i)), 1, 2)[0]];
        }
        uint256 chiSquare;
        for (uint256 i; i < 4; ++i) {
            uint256 expected = 400 * (i + 1);
            uint256 gap = hits[i] > expected ? hits[i] - expected : expected - hits[i];
            chiSquare += gap * gap * 1000 / expected;
        }
        yes(chiSquare < 21_100, "frequencies follow the weights");
    }
}
