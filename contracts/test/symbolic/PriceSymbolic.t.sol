// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Reference} from "../../src/libraries/Reference.sol";
import {Test} from "../base/Test.sol";

/// @notice What a seat earns and loses, for all counts and fees that a policy allows.
contract PriceSymbolic is Test {
    uint256 private constant POSITIONS = 4608; // 4096 items and 512 gold

    function _price(uint256 good, uint256 bad, uint256 goodRight, uint256 badRight, uint256 fees, uint256 lossBps)
        private
        pure
        returns (uint256, uint256)
    {
        Reference.Answers memory answers;
        (answers.good, answers.bad) = (good, bad);
        return Reference.price(answers, Reference.Judged(goodRight, badRight, 0), fees, lossBps);
    }

    function _assume(uint16 good, uint16 bad, uint16 goodRight, uint16 badRight) private pure {
        vm.assume(uint256(good) + bad <= POSITIONS && goodRight <= good && badRight <= bad);
    }

    function check_neverBothAPayoutAndALoss(
        uint16 good,
        uint16 bad,
        uint16 goodRight,
        uint16 badRight,
        uint48 fees,
        uint16 bps
    ) public pure {
        _assume(good, bad, goodRight, badRight);
        (uint256 payout, uint256 loss) = _price(good, bad, goodRight, badRight, fees, bps);
        assert(payout == 0 || loss == 0);
    }

    function check_whoAlwaysAcceptsEarnsNothing(uint16 good, uint16 bad, uint48 fees, uint16 bps) public pure {
        _assume(good, bad, good, 0);
        vm.assume(good != 0 && bad != 0);
        (uint256 payout, uint256 loss) = _price(good, bad, good, 0, fees, bps);
        assert(payout == 0 && loss == 0);
    }

    function check_whoAlwaysRejectsEarnsNothing(uint16 good, uint16 bad, uint48 fees, uint16 bps) public pure {
        _assume(good, bad, 0, bad);
        vm.assume(good != 0 && bad != 0);
        (uint256 payout, uint256 loss) = _price(good, bad, 0, bad, fees, bps);
        assert(payout == 0 && loss == 0);
    }

    function check_oneSidedReferencesLoseNothing(
        uint16 good,
        uint16 bad,
        uint16 goodRight,
        uint16 badRight,
        uint48 fees,
        uint16 bps
    ) public pure {
        _assume(good, bad, goodRight, badRight);
        vm.assume(good == 0 || bad == 0);
        (uint256 payout, uint256 loss) = _price(good, bad, goodRight, badRight, fees, bps);
        assert(loss == 0);
        if (good == 0 && bad == 0) assert(payout == fees);
    }

    /// The products of the unchecked formula, written out again: the counts fit in 33 bits, and what is made of numbers so
    /// small fits in a word. The solver multiplies numbers whose widths it knows, so the two halves are two checks.
    function check_countsStayBelow(uint16 good, uint16 bad, uint16 goodRight, uint16 badRight) public pure {
        unchecked {
            assert(uint256(good) * bad < 1 << 32);
            assert(uint256(goodRight) * bad + uint256(badRight) * good < 1 << 33);
        }
    }

    function check_noProductOverflows(uint40 apart, uint48 fees, uint16 bps) public pure {
        unchecked {
            assert(uint256(apart) * 10000 < 1 << 54);
            assert(uint256(fees) * apart < 1 << 88);
            assert(uint256(fees) * apart * bps < 1 << 104);
        }
    }

    /// What is earned and what the mistakes cost add up to twice the whole, an identity of all words. By the widths above
    /// neither overflows, so what is earned is at most twice the whole, and the payout at most the fees.
    /// @custom:halmos --solver z3
    function check_earnedAndMistakesAreTwiceTheWhole(
        uint256 goodRight,
        uint256 goodWrong,
        uint256 badRight,
        uint256 badWrong
    ) public pure {
        unchecked {
            (uint256 good, uint256 bad) = (goodRight + goodWrong, badRight + badWrong);
            uint256 earned = goodRight * bad + badRight * good;
            uint256 mistakes = goodWrong * bad + badWrong * good;
            assert(earned + mistakes == 2 * good * bad);
        }
    }

    /// The bound itself, where the division is one by a power of two: others are beyond the solver.
    function check_payoutOfEightAndFourStaysWithinTheFees(uint16 goodRight, uint16 badRight, uint48 fees) public pure {
        _assume(8, 4, goodRight, badRight);
        (uint256 payout,) = _price(8, 4, goodRight, badRight, fees, 0);
        assert(payout <= fees);
    }
}
