// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../../src/interfaces/Types.sol";
import {Reference} from "../../src/libraries/Reference.sol";
import {BatchStateLibrary} from "../../src/types/BatchState.sol";
import {ConcludedRound, Flat, RevealedVerdicts} from "../base/Flat.sol";
import {PureHarness} from "../base/Harness.sol";
import {Naive} from "../base/Naive.sol";
import {Test} from "../base/Test.sol";

/// @notice What a round is measured against, and J, against walking position by position.
contract ReferenceTest is Test {
    PureHarness private pure_ = new PureHarness();

    function _random(uint256 places, uint256 seed, string memory what) private pure returns (uint256[] memory words) {
        words = Naive.words(places);
        for (uint256 place; place < places; ++place) {
            Naive.put(words, place, uint256(keccak256(abi.encode(seed, what, place))) & 1 == 1);
        }
    }

    /// A round on some of the items, with some gold, opened or not.
    function _round(uint256 items, uint256 seed) private pure returns (ConcludedRound memory round) {
        uint256 asked = items;
        if (seed % 3 != 0) {
            round.question = _random(items, seed, "question");
            Naive.put(round.question, seed % items, true);
            asked = Naive.count(round.question, items);
        }
        uint256 gold = (seed >> 8) % 3 == 0 ? 0 : (seed >> 16) % 24;
        uint256 positions = asked + gold;
        if ((seed >> 24) % 4 != 0) {
            round.gold = Naive.words(positions);
            round.answers = Naive.words(positions);
            for (uint256 i; i < gold; ++i) {
                uint256 place = uint256(keccak256(abi.encode(seed, i))) % positions;
                while (Naive.bit(round.gold, place)) place = (place + 1) % positions;
                Naive.put(round.gold, place, true);
                Naive.put(round.answers, place, (seed >> (32 + i)) & 1 == 1);
            }
        }
        round.status = BatchStateLibrary.drawing(0, 31, uint16(asked), uint16(positions), 0, 0, 0);
        round.revealed = new RevealedVerdicts[]((seed >> 40) % 6);
        round.status = round.status.withRevealed((uint256(1) << round.revealed.length) - 1);
        for (uint256 i; i < round.revealed.length; ++i) {
            round.revealed[i] =
                RevealedVerdicts(uint8(i), _random(positions, uint256(keccak256(abi.encode(seed, i))), "verdicts"));
        }
    }

    function test_fuzz_referenceEqualsWalking(uint256 seed, uint16 count) public view {
        uint256 items = within(count, 1, 400);
        ConcludedRound memory round = _round(items, seed);
        bool decided = (seed >> 48) % 3 != 0;
        uint256[] memory panel = decided ? _random(items, seed, "panel") : new uint256[](0);
        Reference.Answers memory answers = pure_.answersOf(Flat.round(round), panel);
        Naive.Answer[] memory all = Naive.answersOf(round, items, decided, panel);
        uint256[3] memory sums;
        for (uint256 place; place < all.length; ++place) {
            yes(Naive.bit(answers.known, place) == all[place].known, "known");
            yes(Naive.bit(answers.accepted, place) == (all[place].known && all[place].accepted), "accepted");
            yes(Naive.bit(answers.gold, place) == all[place].gold, "gold");
            if (all[place].known) ++sums[all[place].accepted ? 0 : 1];
            if (all[place].gold) ++sums[2];
        }
        eq(answers.good, sums[0], "to accept");
        eq(answers.bad, sums[1], "to reject");
        eq(answers.goldSize, sums[2], "gold");
        Policy memory policy;
        (policy.reviewFee, policy.seatStake) = (uint64(seed % 1e6), uint64((seed >> 64) % 1e8));
        policy.incoherentSlashBps = uint16(seed >> 128);
        for (uint256 i; i < round.revealed.length; ++i) {
            _checkSeat(policy, answers, all, round.revealed[i].verdicts, round.status.items());
        }
    }

    function _checkSeat(
        Policy memory policy,
        Reference.Answers memory answers,
        Naive.Answer[] memory all,
        uint256[] memory verdicts,
        uint256 items
    ) private view {
        Reference.Judged memory judged = pure_.judge(answers, verdicts);
        (uint256 payout, uint256 loss) = pure_.price(
            answers.good,
            answers.bad,
            judged.goodRight,
            judged.badRight,
            items * policy.reviewFee,
            policy.incoherentSlashBps
        );
        (uint256 expected, uint256 slash) = Naive.seat(policy, all, verdicts, items);
        eq(payout, expected, "payout");
        eq(Naive.least(loss, policy.seatStake), slash, "slash");
        uint256 goldRight;
        for (uint256 place; place < all.length; ++place) {
            if (all[place].gold && Naive.bit(verdicts, place) == all[place].accepted) ++goldRight;
        }
        eq(judged.goldRight, goldRight, "gold right");
    }

    function test_price_thePerfectTheBlindAndTheWorst() public view {
        _is(40, 10, 40, 10, 1000, 0); // never wrong
        _is(40, 10, 40, 0, 0, 0); // always accepts
        _is(40, 10, 0, 10, 0, 0); // always rejects
        _is(40, 10, 20, 5, 0, 0); // a fair die at its expectation
        _is(40, 10, 0, 0, 0, 2000); // everything upside down, twice the fees
        _is(40, 10, 40, 5, 500, 0); // half of the bad found
        _is(40, 10, 20, 0, 0, 1000); // J = -1/2
    }

    function test_price_oneSidedReferencesPayCoherence() public view {
        _is(40, 0, 30, 0, 750, 0);
        _is(0, 40, 0, 10, 250, 0);
        _is(0, 40, 0, 0, 0, 0); // never right, and still no loss
        _is(0, 0, 0, 0, 1000, 0); // nothing is known: J is 1
    }

    function _is(uint256 good, uint256 bad, uint256 g, uint256 b, uint256 payout, uint256 loss) private view {
        (uint256 paid, uint256 lost) = pure_.price(good, bad, g, b, 1000, 20000);
        eq(paid, payout, "payout");
        eq(lost, loss, "loss");
    }

    /// Whatever the share of good items: verdicts that say the same of everything have a J of exactly zero.
    function test_fuzz_sayingAlwaysTheSameEarnsExactlyNothing(uint16 good, uint16 bad, uint64 fees, uint16 bps)
        public
        view
    {
        (uint256 g, uint256 b) = (within(good, 1, 4096), within(bad, 1, 4096));
        (uint256 paid, uint256 lost) = pure_.price(g, b, g, 0, fees, bps);
        eq(paid + lost, 0, "always accepting");
        (paid, lost) = pure_.price(g, b, 0, b, fees, bps);
        eq(paid + lost, 0, "always rejecting");
    }

    /// The sum over a panel whose verdicts are every pattern once, that is a fair die, is no gain and with a slash above
    /// the fees a loss.
    function test_price_aDieLosesOverAllItsThrows() public view {
        uint256 gained;
        uint256 lost;
        for (uint256 verdicts; verdicts < 256; ++verdicts) {
            uint256 goodRight; // of positions 0 to 5
            uint256 badRight; // of positions 6 and 7
            for (uint256 place; place < 8; ++place) {
                bool accepts = (verdicts >> place) & 1 == 1;
                if (place < 6 && accepts) ++goodRight;
                if (place >= 6 && !accepts) ++badRight;
            }
            (uint256 payout, uint256 loss) = pure_.price(6, 2, goodRight, badRight, 12_000, 10000);
            (gained, lost) = (gained + payout, lost + loss);
        }
        eq(gained, lost, "at 100 % the sum is exactly zero");
        yes(gained > 0, "and not because nothing happened");
    }
}
