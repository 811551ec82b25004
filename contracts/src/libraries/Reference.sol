// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {PastRound} from "../interfaces/Types.sol";
import {Bitmaps} from "./Bitmaps.sol";
import {Sieve} from "./Sieve.sol";
import {Tally} from "./Tally.sol";
import {LibBit} from "solady/utils/LibBit.sol";

/// @notice What reviewers are measured against: the positions of a round whose answer is known in the end.
/// @dev The measure is Youden's index (Youden, "Index for rating diagnostic tests", Cancer 3:32, 1950): verdicts that do not
/// depend on the pictures have an expectation of zero, whatever share of them is good.
library Reference {
    using Sieve for Sieve.Moves;

    uint256 private constant WHOLE = 10000; // basis points

    /// @notice The known answers of a round, over positions.
    struct Answers {
        uint256[] known;
        uint256[] accepted; // within known
        uint256[] gold; // within known: gold that no majority of the panel contradicts
        uint256 good; // the number of positions to accept
        uint256 bad; // the number of positions to reject
        uint256 goldSize;
    }

    /// @notice How a seat judged.
    struct Judged {
        uint256 goodRight; // accepted of those to accept
        uint256 badRight; // rejected of those to reject
        uint256 goldRight;
    }

    /// @notice The known answers: the items by `panelAccepted`, unless nothing was decided, and the gold.
    /// @param panelAccepted over the batch's items; empty when nothing was decided
    function answersOf(PastRound calldata round, uint256[] memory panelAccepted)
        internal
        pure
        returns (Answers memory answers)
    {
        uint256 positions = round.status.positions();
        uint256 items = round.status.items();
        uint256 words = Bitmaps.wordsFor(positions);
        bool mixed = positions != items;
        bool opened = round.gold.length != 0;
        uint256 known;
        if (panelAccepted.length != 0 && (opened || !mixed)) {
            known = items;
            _addItems(answers, round, panelAccepted, mixed);
        } else {
            (answers.known, answers.accepted) = (Bitmaps.zeros(words), Bitmaps.zeros(words));
        }
        answers.gold = Bitmaps.zeros(words);
        if (opened && mixed) {
            _addGold(answers, round);
            answers.goldSize = Bitmaps.size(answers.gold);
        }
        answers.good = Bitmaps.size(answers.accepted);
        answers.bad = known + answers.goldSize - answers.good; // no item is gold
    }

    /// @notice How the verdicts that begin at a place in the calldata agree with the known answers.
    function judge(Answers memory answers, uint256 place) internal pure returns (Judged memory judged) {
        uint256[] memory accepted = answers.accepted;
        uint256[] memory known = answers.known;
        bool mixed = answers.goldSize != 0;
        uint256 right;
        uint256 goodRight;
        unchecked {
            // counts of at most 4608 positions
            for (uint256 i; i < known.length; ++i) {
                uint256 said = Bitmaps.wordAt(place + 32 * i);
                uint256 same = ~(said ^ accepted[i]);
                goodRight += LibBit.popCount(said & accepted[i]);
                right += LibBit.popCount(same & known[i]);
                if (mixed) judged.goldRight += LibBit.popCount(same & answers.gold[i]);
            }
            (judged.goodRight, judged.badRight) = (goodRight, right - goodRight); // what is accepted is known
        }
    }

    /// @notice What a seat gets, or loses, of `fees`, which it would get for no mistake.
    /// @param lossBps what it loses for nothing but mistakes, as share of the fees
    function price(Answers memory answers, Judged memory judged, uint256 fees, uint256 lossBps)
        internal
        pure
        returns (uint256 payout, uint256 loss)
    {
        (uint256 good, uint256 bad) = (answers.good, answers.bad);
        unchecked {
            // counts below 2**13, fees up to 2**48, a share of 16 bits
            if (good == 0 || bad == 0) {
                uint256 known = good + bad;
                return (known == 0 ? fees : fees * (judged.goodRight + judged.badRight) / known, 0);
            }
            uint256 earned = judged.goodRight * bad + judged.badRight * good;
            uint256 whole = good * bad;
            if (earned >= whole) return (fees * (earned - whole) / whole, 0);
            return (0, fees * (whole - earned) * lossBps / (whole * WHOLE));
        }
    }

    function _addItems(Answers memory answers, PastRound calldata round, uint256[] memory panelAccepted, bool mixed)
        private
        pure
    {
        uint256[] memory asked = panelAccepted;
        if (round.question.length != 0) asked = Sieve.prepare(round.question).compress(panelAccepted);
        uint256[] memory mask = Bitmaps.full(round.status.positions());
        if (mixed) {
            uint256[] calldata gold = round.gold;
            unchecked {
                for (uint256 i; i < mask.length; ++i) {
                    mask[i] &= ~gold[i];
                }
            }
            asked = Sieve.prepare(mask).expand(asked);
        }
        (answers.known, answers.accepted) = (mask, asked);
    }

    function _addGold(Answers memory answers, PastRound calldata round) private pure {
        uint256[] calldata places = round.gold;
        uint256[] memory expected = Bitmaps.copy(round.answers);
        uint256[] memory contested = Tally.contradicted(round.verdicts, round.status.revealedCount(), expected);
        for (uint256 i; i < expected.length; ++i) {
            uint256 gold = places[i] & ~contested[i];
            answers.gold[i] = gold;
            answers.known[i] |= gold;
            answers.accepted[i] |= gold & expected[i];
        }
    }
}
