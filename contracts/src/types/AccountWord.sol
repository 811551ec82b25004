// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Account} from "../interfaces/Types.sol";

/// An account's money, place and record in one storage slot, amounts in gwei:
///
///     255      240 239    224 223     210 209    196  195     194  172 171  156 155   104 103    52 51     0
///     | coherent  | items    | right     | gold     | payout | nonce  | index  | locked   | stake   | free    |
///
/// - payout: a standing order to send the free balance out whenever somebody asks
/// - gold, right: gold pictures seen and judged right, 14 bits each
/// - items, coherent: items judged and judged like the final decision, 16 bits each
///
/// Money stays below 2**52 gwei in all, so no sum of parts can spill into its neighbour.
type AccountWord is uint256;

using AccountWordLibrary for AccountWord global;

/// @notice Getters and setters of the account word.
library AccountWordLibrary {
    uint256 private constant MONEY = type(uint64).max >> 12; // 52 bits
    uint256 private constant STAKE = 52;
    uint256 private constant LOCKED = 104;
    uint256 private constant INDEX = 156;
    uint256 private constant NONCE = 172;
    uint256 private constant PAYOUT = 195;
    uint256 private constant GOLD = 196;
    uint256 private constant RIGHT = 210;
    uint256 private constant ITEMS = 224;
    uint256 private constant COHERENT = 240;
    uint256 private constant BELOW_GOLD = type(uint256).max >> 60;
    uint256 private constant COUNT23 = (1 << 23) - 1;
    uint256 private constant COUNT14 = (1 << 14) - 1;
    uint256 private constant COUNT16 = type(uint16).max;
    uint256 private constant PROVEN = 16; // gold pictures, before which nobody is judged

    function free(AccountWord word) internal pure returns (uint64) {
        return uint64(AccountWord.unwrap(word) & MONEY);
    }

    function stake(AccountWord word) internal pure returns (uint64) {
        return uint64((AccountWord.unwrap(word) >> STAKE) & MONEY);
    }

    function locked(AccountWord word) internal pure returns (uint64) {
        return uint64((AccountWord.unwrap(word) >> LOCKED) & MONEY);
    }

    function index(AccountWord word) internal pure returns (uint32) {
        return uint16(AccountWord.unwrap(word) >> INDEX);
    }

    function nonce(AccountWord word) internal pure returns (uint32) {
        return uint32((AccountWord.unwrap(word) >> NONCE) & COUNT23);
    }

    function payout(AccountWord word) internal pure returns (bool) {
        return (AccountWord.unwrap(word) >> PAYOUT) & 1 == 1;
    }

    function withFree(AccountWord word, uint64 value) internal pure returns (AccountWord) {
        return _with(word, 0, MONEY, value);
    }

    function withStake(AccountWord word, uint64 value) internal pure returns (AccountWord) {
        return _with(word, STAKE, MONEY, value);
    }

    function withLocked(AccountWord word, uint64 value) internal pure returns (AccountWord) {
        return _with(word, LOCKED, MONEY, value);
    }

    function withIndex(AccountWord word, uint32 value) internal pure returns (AccountWord) {
        return _with(word, INDEX, type(uint16).max, value);
    }

    /// @dev The nonce turns over after 2**23 signed movements of one account.
    function withNextNonce(AccountWord word) internal pure returns (AccountWord) {
        return _with(word, NONCE, COUNT23, (word.nonce() + 1) & COUNT23);
    }

    function withPayout(AccountWord word, bool value) internal pure returns (AccountWord) {
        return _with(word, PAYOUT, 1, value ? 1 : 0);
    }

    /// @notice Adds to the free balance.
    function withMoreFree(AccountWord word, uint64 amount) internal pure returns (AccountWord) {
        unchecked {
            // all money together fits in the field: nothing is carried into the next
            return AccountWord.wrap(AccountWord.unwrap(word) + amount);
        }
    }

    /// @notice Holds so much more of the stake, of which so much must be free to be held.
    function withMoreLocked(AccountWord word, uint64 amount) internal pure returns (AccountWord) {
        unchecked {
            // what is locked never exceeds the stake, so nothing is carried into the next field
            return AccountWord.wrap(AccountWord.unwrap(word) + (uint256(amount) << LOCKED));
        }
    }

    /// @notice Lets go of what a seat held, which covers its slash, and pays.
    function withClosedSeat(AccountWord word, uint64 seatStake, uint64 payout_, uint64 slash)
        internal
        pure
        returns (AccountWord)
    {
        unchecked {
            // slash <= seatStake <= locked <= stake, and all money together fits in each field: nothing is carried
            return AccountWord.wrap(
                AccountWord.unwrap(word) + payout_ - (uint256(slash) << STAKE) - (uint256(seatStake) << LOCKED)
            );
        }
    }

    /// @notice Adds to the reviewer's record. Both counters of a pair are halved together until the sum fits: what was
    /// long ago fades.
    function withJudged(AccountWord word, uint256 gold, uint256 right, uint256 items, uint256 coherent)
        internal
        pure
        returns (AccountWord)
    {
        uint256 bits = AccountWord.unwrap(word);
        unchecked {
            // by addition where nothing has to fade: who was right was seen, so neither counter of a pair spills
            if (gold == 0 && items + (bits >> ITEMS & COUNT16) <= COUNT16) {
                return AccountWord.wrap(bits + (items << ITEMS) + (coherent << COHERENT));
            }
        }
        (gold, right) = _added(_at(word, GOLD, COUNT14), _at(word, RIGHT, COUNT14), gold, right, COUNT14);
        (items, coherent) = _added(_at(word, ITEMS, COUNT16), _at(word, COHERENT, COUNT16), items, coherent, COUNT16);
        bits &= BELOW_GOLD;
        return AccountWord.wrap(bits | (gold << GOLD) | (right << RIGHT) | (items << ITEMS) | (coherent << COHERENT));
    }

    /// @notice What the record lets a stake weigh in draws, in quarters: half for the unproven, nothing for who fails.
    function tier(AccountWord word) internal pure returns (uint256) {
        uint256 gold = _at(word, GOLD, COUNT14);
        uint256 right = _at(word, RIGHT, COUNT14);
        if (gold < PROVEN) return 2;
        unchecked {
            // fourteen bits each
            if (right * 5 >= gold * 4) return 4;
            return right * 5 >= gold * 3 ? 1 : 0;
        }
    }

    /// @notice The fields side by side, for views.
    function unpack(AccountWord word) internal pure returns (Account memory) {
        return Account(
            word.free(),
            word.stake(),
            word.locked(),
            word.index(),
            word.nonce(),
            word.payout(),
            uint32(_at(word, GOLD, COUNT14)),
            uint32(_at(word, RIGHT, COUNT14)),
            uint32(_at(word, ITEMS, COUNT16)),
            uint32(_at(word, COHERENT, COUNT16))
        );
    }

    function _added(uint256 seen, uint256 good, uint256 moreSeen, uint256 moreGood, uint256 most)
        private
        pure
        returns (uint256, uint256)
    {
        unchecked {
            // sixteen bits each
            for (; seen + moreSeen > most; seen >>= 1) {
                good >>= 1;
            }
            return (seen + moreSeen, good + moreGood);
        }
    }

    function _at(AccountWord word, uint256 shift, uint256 mask) private pure returns (uint256) {
        return (AccountWord.unwrap(word) >> shift) & mask;
    }

    function _with(AccountWord word, uint256 shift, uint256 mask, uint256 value) private pure returns (AccountWord) {
        return AccountWord.wrap((AccountWord.unwrap(word) & ~(mask << shift)) | (value << shift));
    }
}
