// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// The two words of a policy in storage, in the order of `Policy` from the least significant bit. A call reads the word it
/// needs and cuts out what it needs: to copy all twenty fields into memory costs more.
///
///     255       192 191       128 127        64 63         0
///     | seatStake  | reviewFee   | itemReward  | itemStake  |     amounts in gwei, 64 bits each
type Amounts is uint256;

///     239 224 223   208 207 192 191  176 175 152 151   128 127   104 103      80 79  64 63  48
///     | pass | incoh.  | silent | reject. | hold | reveal  | commit  | screening | gold | items |
///     47  40 39     32 31  24 23  16 15    8 7     0
///     | delay | votes | quorum | final | escal. | panel |
type Terms is uint256;

using AmountsLibrary for Amounts global;
using TermsLibrary for Terms global;

/// @notice Getters of the amounts of a policy.
library AmountsLibrary {
    function itemStake(Amounts amounts) internal pure returns (uint256) {
        return uint64(Amounts.unwrap(amounts));
    }

    function itemReward(Amounts amounts) internal pure returns (uint256) {
        return uint64(Amounts.unwrap(amounts) >> 64);
    }

    function reviewFee(Amounts amounts) internal pure returns (uint256) {
        return uint64(Amounts.unwrap(amounts) >> 128);
    }

    function seatStake(Amounts amounts) internal pure returns (uint64) {
        return uint64(Amounts.unwrap(amounts) >> 192);
    }
}

/// @notice Getters of the other rules of a policy.
library TermsLibrary {
    /// @notice The seats of a round, 0 to 2; zero when there is no such round.
    function sizeOf(Terms terms, uint256 round) internal pure returns (uint8) {
        return round > 2 ? 0 : uint8(Terms.unwrap(terms) >> (round * 8));
    }

    function quorum(Terms terms) internal pure returns (uint256) {
        return uint8(Terms.unwrap(terms) >> 24);
    }

    function detectorVotes(Terms terms) internal pure returns (uint256) {
        return uint8(Terms.unwrap(terms) >> 32);
    }

    function drawDelay(Terms terms) internal pure returns (uint256) {
        return uint8(Terms.unwrap(terms) >> 40);
    }

    /// @notice Zero where there is no such dataset: a policy allows one item at least.
    function maxItems(Terms terms) internal pure returns (uint256) {
        return uint16(Terms.unwrap(terms) >> 48);
    }

    function maxGold(Terms terms) internal pure returns (uint256) {
        return uint16(Terms.unwrap(terms) >> 64);
    }

    function screeningWindow(Terms terms) internal pure returns (uint256) {
        return uint24(Terms.unwrap(terms) >> 80);
    }

    function commitWindow(Terms terms) internal pure returns (uint256) {
        return uint24(Terms.unwrap(terms) >> 104);
    }

    function revealWindow(Terms terms) internal pure returns (uint256) {
        return uint24(Terms.unwrap(terms) >> 128);
    }

    function holdWindow(Terms terms) internal pure returns (uint256) {
        return uint24(Terms.unwrap(terms) >> 152);
    }

    function rejectedSlashBps(Terms terms) internal pure returns (uint256) {
        return uint16(Terms.unwrap(terms) >> 176);
    }

    function silentSlashBps(Terms terms) internal pure returns (uint256) {
        return uint16(Terms.unwrap(terms) >> 192);
    }

    function incoherentSlashBps(Terms terms) internal pure returns (uint256) {
        return uint16(Terms.unwrap(terms) >> 208);
    }

    function goldPassBps(Terms terms) internal pure returns (uint256) {
        return uint16(Terms.unwrap(terms) >> 224);
    }
}
