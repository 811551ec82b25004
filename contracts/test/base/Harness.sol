// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {RevealedVerdicts} from "../../src/interfaces/ISebrus.sol";
import {Bitmaps} from "../../src/libraries/Bitmaps.sol";
import {Leaf} from "../../src/libraries/Leaf.sol";
import {StakeTree} from "../../src/libraries/StakeTree.sol";
import {Tally} from "../../src/libraries/Tally.sol";
import {Urn} from "../../src/libraries/Urn.sol";

/// @notice The stake tree and the urn, callable.
contract TreeHarness {
    using StakeTree for StakeTree.Tree;
    using Urn for Urn.Sample;

    StakeTree.Tree private _tree;

    function set(uint256 place, uint256 weight, uint256 epoch) external {
        _tree.set(place, weight, epoch);
    }

    function totalBefore(uint256 epoch) external view returns (uint256) {
        return _tree.totalBefore(epoch);
    }

    function intervalBefore(uint256 place, uint256 epoch) external view returns (uint256, uint256) {
        return _tree.intervalBefore(place, epoch);
    }

    function findBefore(uint256 point, uint256 epoch) external view returns (uint256, uint256, uint256) {
        return _tree.findBefore(point, epoch);
    }

    function isVacant(uint256 place, uint256 epoch) external view returns (bool) {
        return _tree.isVacant(place, epoch);
    }

    /// Draws as the contract does: seat j takes keccak256(entropy, j).
    function draw(uint256[] calldata excluded, bytes32 entropy, uint256 seats, uint256 epoch)
        external
        view
        returns (uint256[] memory panel)
    {
        Urn.Sample memory urn = Urn.fill(_tree, epoch, seats + excluded.length);
        for (uint256 i; i < excluded.length; ++i) {
            urn.exclude(_tree, excluded[i]);
        }
        uint256[] memory drawn = new uint256[](seats);
        uint256 seat;
        for (; seat < seats && urn.remaining != 0; ++seat) {
            drawn[seat] = urn.draw(_tree, uint256(keccak256(abi.encode(entropy, seat))));
        }
        panel = new uint256[](seat);
        for (uint256 i; i < seat; ++i) {
            panel[i] = drawn[i];
        }
    }
}

/// @notice The pure libraries, callable.
contract PureHarness {
    function decide(RevealedVerdicts[] calldata revealed, uint256[] calldata flags, uint256 detectorVotes)
        external
        pure
        returns (uint256[] memory, uint256[] memory)
    {
        return Tally.decide(revealed, flags, detectorVotes);
    }

    function distance(uint256[] calldata left, uint256[] calldata right) external pure returns (uint256) {
        return Tally.distance(left, right);
    }

    function size(uint256[] calldata words) external pure returns (uint256) {
        return Tally.size(words);
    }

    function requireShape(uint256[] calldata words, uint256 items) external pure {
        Bitmaps.requireShape(words, items);
    }

    function hash(uint256[] calldata words) external pure returns (bytes32) {
        return Bitmaps.hash(words);
    }

    function hashMemory(uint256[] memory words) external pure returns (bytes32) {
        return Bitmaps.hashMemory(words);
    }

    function leaf(uint256 index, bytes32 sha256Hash, uint16 label) external pure returns (bytes32) {
        return Leaf.hash(index, sha256Hash, label);
    }
}
