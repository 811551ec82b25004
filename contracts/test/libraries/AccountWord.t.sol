// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Account} from "../../src/interfaces/Types.sol";
import {AccountWord} from "../../src/types/AccountWord.sol";
import {Naive} from "../base/Naive.sol";
import {Test} from "../base/Test.sol";

/// @notice The packed account against a struct.
contract AccountWordTest is Test {
    uint64 private constant MONEY = (1 << 52) - 1;

    function _same(AccountWord word, Account memory expected) private pure {
        eq(keccak256(abi.encode(word.unpack())), keccak256(abi.encode(expected)), "fields");
    }

    function test_fuzz_settersChangeTheirFieldAlone(uint256 seed) public pure {
        AccountWord word = AccountWord.wrap(seed);
        Account memory a = word.unpack();
        uint256 random = uint256(keccak256(abi.encode(seed)));
        a.free = uint64(random) & MONEY;
        word = word.withFree(a.free);
        _same(word, a);
        a.stake = uint64(random >> 8) & MONEY;
        word = word.withStake(a.stake);
        _same(word, a);
        a.locked = uint64(random >> 16) & MONEY;
        word = word.withLocked(a.locked);
        _same(word, a);
        a.index = uint16(random >> 24);
        word = word.withIndex(a.index);
        _same(word, a);
        a.payout = random >> 255 == 1;
        word = word.withPayout(a.payout);
        _same(word, a);
        a.nonce = a.nonce == (1 << 23) - 1 ? 0 : a.nonce + 1;
        word = word.withNextNonce();
        _same(word, a);
        eq(word.free(), a.free, "free");
        eq(word.stake(), a.stake, "stake");
        eq(word.locked(), a.locked, "locked");
        eq(word.index(), a.index, "index");
        eq(word.nonce(), a.nonce, "nonce");
        yes(word.payout() == a.payout, "payout");
    }

    /// Locking and closing a seat by adding to the word does what setting each field does.
    function test_fuzz_seatsByAdditionEqualSeatsByFields(uint256 seed, uint64 payout, uint64 seatStake, uint64 slash)
        public
        pure
    {
        AccountWord word = AccountWord.wrap(seed);
        Account memory a = word.unpack();
        // what the contract keeps: slash <= seat stake <= locked <= stake, all money below 2**52
        a.stake = uint64(within(a.stake, 1, MONEY));
        a.locked = uint64(within(a.locked, 0, a.stake));
        uint64 seat = uint64(within(seatStake, 0, a.locked));
        uint64 paid = uint64(within(payout, 0, MONEY - a.free));
        uint64 lost = uint64(within(slash, 0, seat));
        word = word.withStake(a.stake).withLocked(a.locked);
        eq(AccountWord.unwrap(word.withMoreFree(0)), AccountWord.unwrap(word), "nothing more");
        eq(AccountWord.unwrap(word.withFree(0).withMoreFree(a.free)), AccountWord.unwrap(word.withFree(a.free)), "free");
        AccountWord more = word.withMoreLocked(a.stake - a.locked);
        eq(more.locked(), a.stake, "locked");
        eq(AccountWord.unwrap(more.withLocked(a.locked)), AccountWord.unwrap(word), "and nothing else");
        (a.free, a.stake, a.locked) = (a.free + paid, a.stake - lost, a.locked - seat);
        _same(word.withClosedSeat(seat, paid, lost), a);
    }

    function test_word_theNonceTurnsOver() public pure {
        AccountWord word;
        Account memory a;
        a.payout = true; // the neighbour
        word = AccountWord.wrap(((uint256(1) << 23) - 1) << 172).withPayout(true);
        word = word.withNextNonce();
        _same(word, a);
    }

    function _halved(uint256 seen, uint256 good, uint256 more, uint256 moreGood, uint256 most)
        private
        pure
        returns (uint256, uint256)
    {
        while (seen + more > most) (seen, good) = (seen / 2, good / 2);
        return (seen + more, good + moreGood);
    }

    function test_fuzz_judgedEqualsHalvingByHand(uint256 seed, uint16 gold, uint16 items) public pure {
        AccountWord word = AccountWord.wrap(seed);
        Account memory a = word.unpack();
        uint256 g = seed % 3 == 0 ? 0 : within(gold, 0, 512); // without gold the counters are added in place
        uint256 right = seed % (g + 1);
        uint256 n = within(items, 0, 4096);
        uint256 coherent = (seed >> 16) % (n + 1);
        (uint256 seen, uint256 good) = _halved(a.goldSeen, a.goldRight, g, right, (1 << 14) - 1);
        if (good >= 1 << 14) return; // a record with more right than seen does not exist
        (a.goldSeen, a.goldRight) = (uint32(seen), uint32(good));
        (seen, good) = _halved(a.itemsSeen, a.itemsCoherent, n, coherent, type(uint16).max);
        if (good > type(uint16).max) return;
        (a.itemsSeen, a.itemsCoherent) = (uint32(seen), uint32(good));
        _same(word.withJudged(g, right, n, coherent), a);
    }

    function test_word_countersAreHalvedTogetherAtTheirEdge() public pure {
        AccountWord word;
        word = word.withJudged(16383, 10001, 65535, 40001);
        Account memory a = word.unpack();
        eq(a.goldSeen, 16383, "full");
        eq(a.itemsSeen, 65535, "full");
        a = word.withJudged(1, 1, 0, 0).unpack();
        eq(a.goldSeen, 8192, "halved and one more");
        eq(a.goldRight, 5001, "together");
        eq(a.itemsSeen, 65535, "the other pair stays");
        a = word.withJudged(0, 0, 1, 0).unpack();
        eq(a.itemsSeen, 32768, "halved and one more");
        eq(a.itemsCoherent, 20000, "together");
        eq(a.goldSeen, 16383, "the other pair stays");
    }

    function test_tier_ofEveryShare() public pure {
        for (uint256 gold; gold <= 40; ++gold) {
            for (uint256 right; right <= gold; ++right) {
                AccountWord word;
                word = word.withJudged(gold, right, 0, 0);
                uint256 expected = Naive.weight(16, 16, gold, right) / 4; // of the least stake: 16 units of a quarter
                eq(word.tier(), expected, "tier");
            }
        }
    }

    function test_tier_edges() public pure {
        AccountWord word;
        eq(word.tier(), 2, "new");
        eq(word.withJudged(15, 0, 0, 0).tier(), 2, "fifteen wrong are not proof");
        eq(word.withJudged(16, 0, 0, 0).tier(), 0, "sixteen are");
        eq(word.withJudged(20, 16, 0, 0).tier(), 4, "80 %");
        eq(word.withJudged(20, 15, 0, 0).tier(), 1, "below");
        eq(word.withJudged(20, 12, 0, 0).tier(), 1, "60 %");
        eq(word.withJudged(20, 11, 0, 0).tier(), 0, "below");
    }
}
