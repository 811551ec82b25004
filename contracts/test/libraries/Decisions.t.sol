// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Decision} from "../../src/interfaces/Types.sol";
import {Tally} from "../../src/libraries/Tally.sol";
import {PureHarness} from "../base/Harness.sol";
import {Naive} from "../base/Naive.sol";
import {Test} from "../base/Test.sol";

/// @notice From positions to items and decisions, item by item.
contract DecisionsTest is Test {
    PureHarness private pure_ = new PureHarness();

    function _random(uint256 places, uint256 seed, string memory what) private pure returns (uint256[] memory words) {
        words = Naive.words(places);
        for (uint256 place; place < places; ++place) {
            Naive.put(words, place, uint256(keccak256(abi.encode(seed, what, place))) & 1 == 1);
        }
    }

    function _opinion(uint256 places, uint256 seed) private pure returns (Tally.Opinion memory) {
        return Tally.Opinion(
            _random(places, seed, "majority"), _random(places, seed, "strong"), _random(places, seed, "close")
        );
    }

    function test_fuzz_decideEqualsItemByItem(uint256 seed, uint16 count) public view {
        uint256 items = within(count, 1, 300);
        uint256[] memory question = seed % 3 == 0 ? new uint256[](0) : _random(items, seed, "question");
        Tally.Opinion memory said = _opinion(items, seed);
        // what was said of items that nobody was asked about is nothing
        for (uint256 item; item < items && question.length != 0; ++item) {
            if (Naive.bit(question, item)) continue;
            Naive.put(said.majority, item, false);
            Naive.put(said.strong, item, false);
            Naive.put(said.close, item, false);
        }
        Decision memory before =
            Decision(_random(items, seed, "accepted"), _random(items, seed, "panel"), _random(items, seed, "flags"));
        (Decision memory later, uint256[] memory inQuestion) = pure_.decide(before, said, question);
        eq(later.flags, before.flags, "flags stay");
        for (uint256 item; item < items; ++item) {
            bool asked = question.length == 0 || Naive.bit(question, item);
            bool majority = Naive.bit(said.majority, item);
            bool flagged = Naive.bit(before.flags, item);
            bool accepts = flagged ? Naive.bit(said.strong, item) : majority;
            yes(
                Naive.bit(later.panelAccepted, item) == (asked ? majority : Naive.bit(before.panelAccepted, item)),
                "panel"
            );
            yes(Naive.bit(later.accepted, item) == (asked ? accepts : Naive.bit(before.accepted, item)), "accepted");
            bool contradicts = majority && flagged && !Naive.bit(said.strong, item);
            bool agree = flagged && !majority; // panel and flag both reject it
            bool open = asked && ((Naive.bit(said.close, item) && !agree) || contradicts);
            yes(Naive.bit(inQuestion, item) == open, "in question");
        }
    }

    function test_fuzz_toItemsDropsTheGold(uint256 seed, uint16 count) public view {
        uint256 positions = within(count, 1, 300);
        uint256[] memory gold = _random(positions, seed, "gold");
        uint256[] memory mask = Naive.words(positions);
        for (uint256 place; place < positions; ++place) {
            Naive.put(mask, place, !Naive.bit(gold, place));
        }
        Tally.Opinion memory said = _opinion(positions, seed);
        Tally.Opinion memory items = pure_.toItems(said, gold, positions);
        eq(items.majority, Naive.compress(mask, said.majority, positions), "majority");
        eq(items.strong, Naive.compress(mask, said.strong, positions), "strong");
        eq(items.close, Naive.compress(mask, said.close, positions), "close");
    }

    function test_fuzz_spreadPutsItemsBack(uint256 seed, uint16 count) public view {
        uint256 items = within(count, 1, 300);
        uint256[] memory question = _random(items, seed, "question");
        Tally.Opinion memory said = _opinion(items, seed);
        Tally.Opinion memory wide = pure_.spread(said, question);
        eq(wide.majority, Naive.expand(question, said.majority, items), "majority");
        eq(wide.strong, Naive.expand(question, said.strong, items), "strong");
        eq(wide.close, Naive.expand(question, said.close, items), "close");
    }

    function test_fuzz_trimCutsOffThePadding(uint256 seed, uint16 count) public view {
        uint256 positions = within(count, 1, 300);
        uint256 whole = positions + 255 - (positions + 255) % 256;
        Tally.Opinion memory said = _opinion(whole, seed);
        Tally.Opinion memory cut = pure_.trim(said, positions);
        for (uint256 place; place < whole; ++place) {
            bool inside = place < positions;
            yes(Naive.bit(cut.majority, place) == (inside && Naive.bit(said.majority, place)), "majority");
            yes(Naive.bit(cut.strong, place) == (inside && Naive.bit(said.strong, place)), "strong");
            yes(Naive.bit(cut.close, place) == (inside && Naive.bit(said.close, place)), "close");
        }
    }

    function test_decision_hashBindsEachPart() public view {
        Decision memory d = Decision(_random(9, 1, "a"), _random(9, 2, "b"), _random(9, 3, "c"));
        bytes32 expected = keccak256(
            abi.encode(
                keccak256(abi.encodePacked(d.accepted)),
                keccak256(abi.encodePacked(d.panelAccepted)),
                keccak256(abi.encodePacked(d.flags))
            )
        );
        eq(pure_.decisionHash(d), expected, "hash");
        d.flags[0] ^= 1;
        no(pure_.decisionHash(d) == expected, "flags are bound");
    }
}
