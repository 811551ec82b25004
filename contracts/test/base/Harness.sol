// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../../src/interfaces/Types.sol";
import {Bitmaps} from "../../src/libraries/Bitmaps.sol";
import {Decisions} from "../../src/libraries/Decisions.sol";
import {Gold} from "../../src/libraries/Gold.sol";
import {Leaf} from "../../src/libraries/Leaf.sol";
import {PolicyRules} from "../../src/libraries/PolicyRules.sol";
import {Reference} from "../../src/libraries/Reference.sol";
import {Sieve} from "../../src/libraries/Sieve.sol";
import {StakeTree} from "../../src/libraries/StakeTree.sol";
import {Tally} from "../../src/libraries/Tally.sol";
import {Urn} from "../../src/libraries/Urn.sol";
import {Amounts, Terms} from "../../src/types/Rules.sol";

/// @notice The stake tree and the urn, callable.
contract TreeHarness {
    using StakeTree for StakeTree.Tree;
    using Urn for Urn.Sample;

    StakeTree.Tree private _tree;

    function set(uint256 place, uint256 weight, uint256 epoch) external returns (bool) {
        return _tree.set(place, weight, epoch);
    }

    function totalBefore(uint256 epoch) external view returns (uint256) {
        return _tree.totalBefore(0, epoch);
    }

    function findBefore(uint256 point, uint256 epoch) external view returns (uint256, uint256, uint256) {
        return _tree.findBefore(0, point, epoch);
    }

    /// The same from the lowest node that has so many places under it.
    function findAmong(uint256 places, uint256 point, uint256 epoch) external view returns (uint256, uint256, uint256) {
        return _tree.findBefore(StakeTree.topOf(places), point, epoch);
    }

    function totalAmong(uint256 places, uint256 epoch) external view returns (uint256) {
        return _tree.totalBefore(StakeTree.topOf(places), epoch);
    }

    function isVacant(uint256 place, uint256 epoch) external view returns (bool) {
        return _tree.isVacant(place, epoch);
    }

    /// Draws as the contract does: draw j takes keccak256(entropy, j), and whoever may not sit is passed over.
    function draw(uint256[] calldata excluded, bytes32 entropy, uint256 seats, uint256 epoch)
        external
        view
        returns (uint256[] memory panel)
    {
        Urn.Sample memory urn = Urn.fill(_tree, StakeTree.CAPACITY, epoch, seats + excluded.length);
        uint256[] memory drawn = new uint256[](seats);
        uint256 seat;
        for (uint256 count; seat < seats && urn.remaining != 0; ++count) {
            uint256 place = urn.draw(_tree, uint256(keccak256(abi.encode(entropy, count))));
            bool out;
            for (uint256 i; i < excluded.length; ++i) {
                if (excluded[i] == place) out = true;
            }
            if (!out) drawn[seat++] = place;
        }
        panel = new uint256[](seat);
        for (uint256 i; i < seat; ++i) {
            panel[i] = drawn[i];
        }
    }
}

/// @notice The pure libraries, callable.
contract PureHarness {
    using Sieve for Sieve.Moves;

    function compress(uint256[] memory mask, uint256[] memory words) external pure returns (uint256[] memory) {
        return Sieve.prepare(mask).compress(words);
    }

    function expand(uint256[] memory mask, uint256[] memory packed) external pure returns (uint256[] memory) {
        return Sieve.prepare(mask).expand(packed);
    }

    function opinion(Ballots calldata ballots, uint256 counted, uint256 seats, uint256 words, uint256 votes)
        external
        pure
        returns (Tally.Opinion memory)
    {
        return Tally.opinion(ballots, counted, seats, words, votes);
    }

    function contradicted(uint256[] calldata verdicts, uint256 count, uint256[] memory answers)
        external
        pure
        returns (uint256[] memory)
    {
        return Tally.contradicted(verdicts, count, answers);
    }

    function toItems(Tally.Opinion memory said, uint256[] calldata gold, uint256 positions)
        external
        pure
        returns (Tally.Opinion memory)
    {
        Decisions.toItems(said, gold, positions);
        return said;
    }

    function trim(Tally.Opinion memory said, uint256 positions) external pure returns (Tally.Opinion memory) {
        Decisions.trim(said, positions);
        return said;
    }

    function spread(Tally.Opinion memory said, uint256[] memory question) external pure returns (Tally.Opinion memory) {
        Decisions.spread(said, question);
        return said;
    }

    function decide(Decision memory decision, Tally.Opinion memory said, uint256[] memory question)
        external
        pure
        returns (Decision memory, uint256[] memory inQuestion)
    {
        inQuestion = Decisions.decide(decision, said, question);
        return (decision, inQuestion);
    }

    function decisionHash(Decision memory decision) external pure returns (bytes32) {
        return Decisions.hash(decision);
    }

    function passing(
        Ballots calldata ballots,
        uint256 opened,
        uint256[] calldata gold,
        uint256[] calldata answers,
        uint256 size_,
        uint256 passBps
    ) external pure returns (uint256) {
        return Gold.passing(ballots, opened, gold, answers, size_, passBps);
    }

    function answersOf(PastRound calldata round, uint256[] memory panelAccepted)
        external
        pure
        returns (Reference.Answers memory)
    {
        return Reference.answersOf(round, panelAccepted);
    }

    function judge(Reference.Answers memory answers, uint256[] calldata verdicts)
        external
        pure
        returns (Reference.Judged memory)
    {
        return Reference.judge(answers, Bitmaps.placeOf(verdicts));
    }

    function price(uint256 good, uint256 bad, uint256 goodRight, uint256 badRight, uint256 fees, uint256 lossBps)
        external
        pure
        returns (uint256, uint256)
    {
        Reference.Answers memory answers;
        (answers.good, answers.bad) = (good, bad);
        return Reference.price(answers, Reference.Judged(goodRight, badRight, 0), fees, lossBps);
    }

    function requireShape(uint256[] calldata words, uint256 items) external pure {
        Bitmaps.requireShape(words, items);
    }

    function size(uint256[] memory words) external pure returns (uint256) {
        return Bitmaps.size(words);
    }

    function full(uint256 bits) external pure returns (uint256[] memory) {
        return Bitmaps.full(bits);
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

    function check(Policy calldata policy, uint256 minStake) external pure {
        PolicyRules.check(policy, minStake);
    }

    function feesOf(Policy memory policy, uint256 round, uint256 items) external pure returns (uint64) {
        Amounts amounts = Amounts.wrap(uint256(policy.reviewFee) << 128);
        uint256 sizes = policy.panelSize | uint256(policy.escalatedSize) << 8 | uint256(policy.finalSize) << 16;
        return PolicyRules.feesOf(amounts, Terms.wrap(sizes), round, items);
    }
}
