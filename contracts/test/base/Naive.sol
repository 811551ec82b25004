// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Policy} from "../../src/interfaces/ISebrus.sol";

/// @notice The slow and obvious twins that the contract's tricks are compared with.
library Naive {
    function bit(uint256[] memory words, uint256 item) internal pure returns (bool) {
        return (words[item / 256] >> (item % 256)) & 1 == 1;
    }

    /// One counter per item.
    function votes(uint256[][] memory verdicts, uint256 item) internal pure returns (uint256 accepts) {
        for (uint256 i; i < verdicts.length; ++i) {
            if (bit(verdicts[i], item)) ++accepts;
        }
    }

    function accepted(uint256[][] memory verdicts, uint256[] memory flags, uint256 detectorVotes, uint256 items)
        internal
        pure
        returns (uint256[] memory outcome)
    {
        outcome = new uint256[]((items + 255) / 256);
        for (uint256 item; item < items; ++item) {
            uint256 weight = bit(flags, item) ? detectorVotes : 0;
            if (2 * votes(verdicts, item) > verdicts.length + weight) {
                outcome[item / 256] |= uint256(1) << (item % 256);
            }
        }
    }

    function count(uint256[] memory words, uint256 items) internal pure returns (uint256 set) {
        for (uint256 item; item < items; ++item) {
            if (bit(words, item)) ++set;
        }
    }

    /// What a reviewer who revealed gets and loses for one seat.
    function seat(Policy memory policy, uint256[] memory verdicts, uint256[] memory panel, uint256 items)
        internal
        pure
        returns (uint256 payout, uint256 slash)
    {
        uint256 coherent;
        for (uint256 item; item < items; ++item) {
            if (bit(verdicts, item) == bit(panel, item)) ++coherent;
        }
        int256 net = int256(coherent * policy.reviewFee)
            - int256((items - coherent) * policy.reviewFee * policy.incoherentSlashBps / 10000);
        if (net >= 0) return (uint256(net), 0);
        return (0, least(uint256(-net), policy.seatStake));
    }

    function least(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    /// Successive sampling by walking an array. Changes `weights`.
    function draw(uint256[] memory weights, uint256[] memory excluded, bytes32 entropy, uint256 seats)
        internal
        pure
        returns (uint256[] memory panel)
    {
        for (uint256 i; i < excluded.length; ++i) {
            weights[excluded[i]] = 0;
        }
        uint256[] memory drawn = new uint256[](seats);
        uint256 taken;
        for (; taken < seats; ++taken) {
            uint256 remaining;
            for (uint256 i; i < weights.length; ++i) {
                remaining += weights[i];
            }
            if (remaining == 0) break;
            uint256 number = uint256(keccak256(abi.encode(entropy, taken))) % remaining;
            uint256 place;
            while (number >= weights[place]) {
                number -= weights[place++];
            }
            drawn[taken] = place;
            weights[place] = 0;
        }
        panel = new uint256[](taken);
        for (uint256 i; i < taken; ++i) {
            panel[i] = drawn[i];
        }
    }
}
