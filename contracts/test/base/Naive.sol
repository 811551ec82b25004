// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../../src/interfaces/Types.sol";
import {ConcludedRound, OpenedBallot} from "./Flat.sol";

/// @notice The slow and obvious twins that the contract's tricks are compared with: one place, one seat at a time.
library Naive {
    struct Answer {
        bool known;
        bool accepted;
        bool gold;
    }

    function bit(uint256[] memory bits, uint256 place) internal pure returns (bool) {
        return (bits[place / 256] >> (place % 256)) & 1 == 1;
    }

    function put(uint256[] memory bits, uint256 place, bool value) internal pure {
        uint256 mask = uint256(1) << (place % 256);
        bits[place / 256] = value ? bits[place / 256] | mask : bits[place / 256] & ~mask;
    }

    function count(uint256[] memory bits, uint256 places) internal pure returns (uint256 set) {
        for (uint256 place; place < places; ++place) {
            if (bit(bits, place)) ++set;
        }
    }

    function words(uint256 places) internal pure returns (uint256[] memory) {
        return new uint256[]((places + 255) / 256);
    }

    /// Packs the bits at the ones of the mask.
    function compress(uint256[] memory mask, uint256[] memory bits, uint256 places)
        internal
        pure
        returns (uint256[] memory packed)
    {
        packed = words(count(mask, places));
        uint256 next;
        for (uint256 place; place < places; ++place) {
            if (bit(mask, place)) put(packed, next++, bit(bits, place));
        }
    }

    function expand(uint256[] memory mask, uint256[] memory packed, uint256 places)
        internal
        pure
        returns (uint256[] memory bits)
    {
        bits = new uint256[](mask.length);
        uint256 next;
        for (uint256 place; place < places; ++place) {
            if (bit(mask, place)) put(bits, place, bit(packed, next++));
        }
    }

    function isCounted(uint256 mask, uint256 j) internal pure returns (bool) {
        return (mask >> j) & 1 == 1;
    }

    /// Accept verdicts of the seats that count.
    function votes(OpenedBallot[] memory ballots, uint256 counted, uint256 place)
        internal
        pure
        returns (uint256 accepts)
    {
        for (uint256 i; i < ballots.length; ++i) {
            if (isCounted(counted, ballots[i].seat) && bit(ballots[i].verdicts, place)) ++accepts;
        }
    }

    /// The opened seats that have at least `passBps` of the gold right, all with fewer than four gold pictures.
    function passing(
        OpenedBallot[] memory ballots,
        uint256 opened,
        uint256[] memory gold,
        uint256[] memory answers,
        uint256 positions,
        uint256 passBps
    ) internal pure returns (uint256 counted) {
        uint256 size = count(gold, positions);
        for (uint256 i; i < ballots.length; ++i) {
            if (!isCounted(opened, ballots[i].seat)) continue;
            uint256 right;
            for (uint256 place; place < positions; ++place) {
                if (bit(gold, place) && bit(ballots[i].verdicts, place) == bit(answers, place)) ++right;
            }
            if (size < 4 || right * 10000 >= size * passBps) counted |= uint256(1) << ballots[i].seat;
        }
    }

    /// The known answer of a position of a concluded round; `item` is the batch's item there.
    function answer(
        ConcludedRound memory round,
        uint256 place,
        uint256 item,
        bool decided,
        uint256[] memory panelAccepted,
        bool located
    ) internal pure returns (Answer memory a) {
        bool isGold = round.gold.length != 0 && bit(round.gold, place);
        if (isGold) {
            bool said = bit(round.answers, place);
            uint256 against;
            for (uint256 i; i < round.revealed.length; ++i) {
                if (bit(round.revealed[i].verdicts, place) != said) ++against;
            }
            bool contested = 2 * against > round.revealed.length;
            return contested ? Answer(false, false, false) : Answer(true, said, true);
        }
        if (!decided || !located) return Answer(false, false, false);
        return Answer(true, bit(panelAccepted, item), false);
    }

    /// The known answers of all positions, walking the items in question in their order.
    function answersOf(ConcludedRound memory round, uint256 items, bool decided, uint256[] memory panelAccepted)
        internal
        pure
        returns (Answer[] memory all)
    {
        uint256 positions = round.status.positions();
        all = new Answer[](positions);
        // gold that was never opened could be anywhere: then no position can be told to be an item
        bool located = round.gold.length != 0 || positions == round.status.items();
        uint256 item;
        for (uint256 place; place < positions; ++place) {
            bool isItem = round.gold.length == 0 || !bit(round.gold, place);
            if (isItem) {
                while (round.question.length != 0 && item < items && !bit(round.question, item)) ++item;
            }
            all[place] = answer(round, place, item, decided, panelAccepted, located);
            if (isItem) ++item;
        }
    }

    /// What a seat that revealed gets and loses: J times the fees, by fractions.
    function seat(Policy memory policy, Answer[] memory all, uint256[] memory verdicts, uint256 items)
        internal
        pure
        returns (uint256 payout, uint256 slash)
    {
        uint256[4] memory n; // to accept, of them accepted, to reject, of them rejected
        for (uint256 place; place < all.length; ++place) {
            if (!all[place].known) continue;
            bool right = bit(verdicts, place) == all[place].accepted;
            uint256 side = all[place].accepted ? 0 : 2;
            ++n[side];
            if (right) ++n[side + 1];
        }
        uint256 fees = items * policy.reviewFee;
        if (n[0] == 0 && n[2] == 0) return (fees, 0);
        if (n[0] == 0 || n[2] == 0) return (fees * (n[1] + n[3]) / (n[0] + n[2]), 0);
        // a / A + r / R - 1 over the common denominator A R
        int256 numerator = int256(n[1] * n[2]) + int256(n[3] * n[0]) - int256(n[0] * n[2]);
        uint256 denominator = n[0] * n[2];
        if (numerator >= 0) return (fees * uint256(numerator) / denominator, 0);
        slash = fees * uint256(-numerator) * policy.incoherentSlashBps / (denominator * 10000);
        return (0, least(slash, policy.seatStake));
    }

    function least(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    /// Successive sampling by walking an array, passing over whoever is excluded. Changes `weights`.
    function draw(uint256[] memory weights, uint256[] memory excluded, bytes32 entropy, uint256 seats)
        internal
        pure
        returns (uint256[] memory panel)
    {
        uint256[] memory drawn = new uint256[](seats);
        uint256 taken;
        for (uint256 draws; taken < seats; ++draws) {
            uint256 remaining;
            for (uint256 i; i < weights.length; ++i) {
                remaining += weights[i];
            }
            if (remaining == 0) break;
            uint256 number = uint256(keccak256(abi.encode(entropy, draws))) % remaining;
            uint256 place;
            while (number >= weights[place]) {
                number -= weights[place++];
            }
            weights[place] = 0;
            if (!has(excluded, place)) drawn[taken++] = place;
        }
        panel = new uint256[](taken);
        for (uint256 i; i < taken; ++i) {
            panel[i] = drawn[i];
        }
    }

    function has(uint256[] memory places, uint256 place) internal pure returns (bool found) {
        for (uint256 i; i < places.length; ++i) {
            if (places[i] == place) found = true;
        }
    }

    /// What a stake weighs in draws.
    function weight(uint256 stake, uint256 minStake, uint256 goldSeen, uint256 goldRight)
        internal
        pure
        returns (uint256)
    {
        if (stake < minStake) return 0;
        uint256 tier = 2;
        if (goldSeen >= 16) {
            uint256 share = goldRight * 100;
            tier = share >= 80 * goldSeen ? 4 : share >= 60 * goldSeen ? 1 : 0;
        }
        return stake * tier / (4 * (minStake / 16));
    }
}
