// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Policy} from "../../src/interfaces/Types.sol";
import {Amounts, Terms} from "../../src/types/Rules.sol";
import {Test} from "../base/Test.sol";

/// @notice The two words of a policy in storage, cut out, against the fields of the struct.
contract RulesTest is Test {
    Policy private policy;

    function _stored(uint256 seed) private returns (Policy memory p, Amounts amounts, Terms terms) {
        uint8[20] memory bits = [64, 64, 64, 64, 8, 8, 8, 8, 8, 8, 16, 16, 24, 24, 24, 24, 16, 16, 16, 16];
        uint256[20] memory numbers;
        for (uint256 i; i < 20; ++i) {
            numbers[i] = uint256(keccak256(abi.encode(seed, i))) & ((uint256(1) << bits[i]) - 1);
        }
        p = abi.decode(abi.encode(numbers), (Policy));
        policy = p;
        assembly ("memory-safe") {
            amounts := sload(policy.slot)
            terms := sload(add(policy.slot, 1))
        }
    }

    function test_fuzz_amountsAreTheFirstWord(uint256 seed) public {
        (Policy memory p, Amounts amounts,) = _stored(seed);
        eq(amounts.itemStake(), p.itemStake, "item stake");
        eq(amounts.itemReward(), p.itemReward, "item reward");
        eq(amounts.reviewFee(), p.reviewFee, "review fee");
        eq(amounts.seatStake(), p.seatStake, "seat stake");
    }

    function test_fuzz_termsAreTheSecondWord(uint256 seed) public {
        (Policy memory p,, Terms terms) = _stored(seed);
        eq(terms.sizeOf(0), p.panelSize, "first panel");
        eq(terms.sizeOf(1), p.escalatedSize, "second");
        eq(terms.sizeOf(2), p.finalSize, "third");
        eq(terms.sizeOf(3), 0, "no fourth");
        eq(terms.quorum(), p.quorum, "quorum");
        eq(terms.detectorVotes(), p.detectorVotes, "detector votes");
        eq(terms.drawDelay(), p.drawDelay, "draw delay");
        eq(terms.maxItems(), p.maxItems, "items");
        eq(terms.maxGold(), p.maxGold, "gold");
        eq(terms.screeningWindow(), p.screeningWindow, "screening window");
        eq(terms.commitWindow(), p.commitWindow, "commit window");
        eq(terms.revealWindow(), p.revealWindow, "reveal window");
        eq(terms.holdWindow(), p.holdWindow, "hold window");
        eq(terms.rejectedSlashBps(), p.rejectedSlashBps, "rejected");
        eq(terms.silentSlashBps(), p.silentSlashBps, "silent");
        eq(terms.incoherentSlashBps(), p.incoherentSlashBps, "incoherent");
        eq(terms.goldPassBps(), p.goldPassBps, "gold pass");
    }
}
