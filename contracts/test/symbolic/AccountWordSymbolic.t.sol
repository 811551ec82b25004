// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountWord} from "../../src/types/AccountWord.sol";
import {Test} from "../base/Test.sol";

/// @notice The packed account, for every word there is.
contract AccountWordSymbolic is Test {
    uint256 private constant MONEY = (1 << 52) - 1;

    /// Nothing but `bits` bits from `shift` on differs.
    function _alone(AccountWord before, AccountWord later, uint256 shift, uint256 bits) private pure {
        uint256 differs = AccountWord.unwrap(before) ^ AccountWord.unwrap(later);
        assert(differs & ~(((uint256(1) << bits) - 1) << shift) == 0);
    }

    function check_settersOfMoneyChangeTheirFieldAlone(uint256 bits, uint64 value) public pure {
        vm.assume(value <= MONEY);
        AccountWord word = AccountWord.wrap(bits);
        _alone(word, word.withFree(value), 0, 52);
        _alone(word, word.withStake(value), 52, 52);
        _alone(word, word.withLocked(value), 104, 52);
        assert(word.withFree(value).free() == value);
        assert(word.withStake(value).stake() == value);
        assert(word.withLocked(value).locked() == value);
    }

    function check_theOtherSettersChangeTheirFieldAlone(uint256 bits, uint16 index, bool payout) public pure {
        AccountWord word = AccountWord.wrap(bits);
        _alone(word, word.withIndex(index), 156, 16);
        _alone(word, word.withNextNonce(), 172, 23);
        _alone(word, word.withPayout(payout), 195, 1);
        assert(word.withIndex(index).index() == index);
        assert(word.withNextNonce().nonce() == (uint256(word.nonce()) + 1) % (1 << 23));
        assert(word.withPayout(payout).payout() == payout);
    }

    function check_moreFreeStaysInItsField(uint256 bits, uint64 amount) public pure {
        AccountWord word = AccountWord.wrap(bits);
        vm.assume(amount <= MONEY - word.free());
        AccountWord more = word.withMoreFree(amount);
        _alone(word, more, 0, 52);
        assert(more.free() == word.free() + amount);
    }

    function check_moreLockedStaysInItsField(uint256 bits, uint64 amount) public pure {
        AccountWord word = AccountWord.wrap(bits);
        uint256 locked = word.locked();
        vm.assume(locked <= word.stake() && amount <= word.stake() - locked);
        AccountWord more = word.withMoreLocked(amount);
        _alone(word, more, 104, 52);
        assert(more.locked() == locked + amount);
    }

    function check_closedSeatByAdditionEqualsByFields(uint256 bits, uint64 seat, uint64 payout, uint64 slash)
        public
        pure
    {
        AccountWord word = AccountWord.wrap(bits);
        vm.assume(slash <= seat && seat <= word.locked() && word.locked() <= word.stake());
        vm.assume(payout <= MONEY - word.free());
        AccountWord byFields = word.withFree(word.free() + payout).withStake(word.stake() - slash);
        byFields = byFields.withLocked(word.locked() - seat);
        assert(AccountWord.unwrap(word.withClosedSeat(seat, payout, slash)) == AccountWord.unwrap(byFields));
    }

    /// One round adds at most 512 gold and 4096 items, each pair with no more right than seen.
    function check_judgedNeverSpills(uint256 bits, uint16 gold, uint16 right, uint16 items, uint16 coherent)
        public
        pure
    {
        (uint256 goldSeen, uint256 goldRight) = ((bits >> 196) & 0x3fff, (bits >> 210) & 0x3fff);
        (uint256 itemsSeen, uint256 itemsCoherent) = ((bits >> 224) & 0xffff, bits >> 240);
        vm.assume(goldRight <= goldSeen && itemsCoherent <= itemsSeen);
        vm.assume(right <= gold && gold <= 512 && coherent <= items && items <= 4096);
        AccountWord word = AccountWord.wrap(bits);
        uint256 later = AccountWord.unwrap(word.withJudged(gold, right, items, coherent));
        assert(later << 60 == bits << 60); // money, place, nonce and payout
        uint256 half = goldSeen + gold > 0x3fff ? 1 : 0;
        assert((later >> 196) & 0x3fff == (goldSeen >> half) + gold);
        assert((later >> 210) & 0x3fff == (goldRight >> half) + right);
        half = itemsSeen + items > 0xffff ? 1 : 0;
        assert((later >> 224) & 0xffff == (itemsSeen >> half) + items);
        assert(later >> 240 == (itemsCoherent >> half) + coherent);
        assert((later >> 210) & 0x3fff <= (later >> 196) & 0x3fff && later >> 240 <= (later >> 224) & 0xffff);
    }

    function check_tierOfEveryRecord(uint256 bits) public pure {
        uint256 tier = AccountWord.wrap(bits).tier();
        (uint256 gold, uint256 right) = ((bits >> 196) & 0x3fff, (bits >> 210) & 0x3fff);
        if (gold < 16) assert(tier == 2);
        else if (10 * right >= 8 * gold) assert(tier == 4);
        else assert(tier == (10 * right >= 6 * gold ? 1 : 0));
    }
}
