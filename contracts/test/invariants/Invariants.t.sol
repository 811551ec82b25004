// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Account, ISebrus, Phase, Policy} from "../../src/interfaces/ISebrus.sol";
import {SebrusTest} from "../base/SebrusTest.sol";
import {Test} from "../base/Test.sol";
import {Handler} from "./Handler.sol";

/// @notice What holds after any sequence of actions. `Handler` asserts more at each payment and draw.
contract InvariantsTest is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Handler private handler;
    ISebrus private sebrus;

    function setUp() public {
        handler = new Handler();
        sebrus = handler.target();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0].addr = address(handler);
        targets[0].selectors = new bytes4[](10);
        targets[0].selectors[0] = Handler.deposit.selector;
        targets[0].selectors[1] = Handler.withdraw.selector;
        targets[0].selectors[2] = Handler.stake.selector;
        targets[0].selectors[3] = Handler.unstake.selector;
        targets[0].selectors[4] = Handler.closeDataset.selector;
        targets[0].selectors[5] = Handler.submit.selector;
        targets[0].selectors[6] = Handler.advance.selector;
        targets[0].selectors[7] = Handler.advanceTwice.selector;
        targets[0].selectors[8] = Handler.advanceTheLast.selector;
        targets[0].selectors[9] = Handler.passTime.selector;
    }

    /// One function, because each invariant function would repeat the whole campaign: what broke is in the assertion.
    function invariant_everythingHolds() public view {
        (SebrusTest.Case[] memory cases, Phase[] memory phases, uint256[] memory which) = handler.overview();
        Account[] memory accounts = new Account[](handler.PEOPLE());
        for (uint256 i; i < accounts.length; ++i) {
            accounts[i] = sebrus.accountOf(handler.person(i));
        }
        _moneyIsConserved(cases, phases, which, accounts);
        _etherMovesOnlyByDepositAndWithdrawal();
        _locksAreCommittedSeats(cases, phases, which, accounts);
        _weightsAreTheStakesThatCount(accounts);
        for (uint256 i; i < cases.length; ++i) {
            if (phases[i] == Phase.Voting) _masksAreNested(cases[i]);
            if (_isOpen(phases[i])) {
                eq(sebrus.outcomeOf(cases[i].id), bytes32(0), "no outcome before the end");
            } else {
                eq(handler.wordOf(cases[i].id), handler.finalWord(cases[i].id), "a finished batch never changes");
                _runningDigestsAreCleared(cases[i].id);
            }
            eq(handler.timesPaid(cases[i].id), phases[i] == Phase.Settled ? 1 : 0, "paid once, at settlement");
        }
    }

    /// Every batch can be finished by anybody in a bounded number of calls, and then everybody can leave with everything.
    function afterInvariant() public {
        for (uint256 i; i < handler.cases(); ++i) {
            uint256 calls = handler.finish(i);
            // skip; and for each round a draw, perhaps one more request, an end
            yes(calls <= 1 + 3 * 8, "a bounded number of calls");
        }
        invariant_everythingHolds();
        for (uint256 i; i < handler.PEOPLE(); ++i) {
            eq(sebrus.accountOf(handler.person(i)).locked, 0, "no seat is open");
        }
        handler.everybodyLeaves();
        eq(address(sebrus).balance, 0, "not a wei is left behind");
    }

    function _isOpen(Phase phase) private pure returns (bool) {
        return phase == Phase.Submitted || phase == Phase.Drawing || phase == Phase.Voting;
    }

    function _moneyIsConserved(
        SebrusTest.Case[] memory cases,
        Phase[] memory phases,
        uint256[] memory which,
        Account[] memory accounts
    ) private view {
        uint256 sum;
        for (uint256 i; i < accounts.length; ++i) {
            sum += uint256(accounts[i].free) + accounts[i].stake;
        }
        for (uint256 d; d < handler.DATASETS(); ++d) {
            sum += sebrus.bountyOf(handler.datasets(d));
        }
        for (uint256 i; i < cases.length; ++i) {
            if (!_isOpen(phases[i])) continue;
            Policy memory p = handler.policyAt(which[i]);
            sum += uint256(cases[i].key.itemCount)
            * (uint256(p.itemStake) + p.itemReward + uint256(p.panelSizeUnscreened) * p.reviewFee);
        }
        eq(sum * 1 gwei, address(sebrus).balance, "free + stakes + bounties + open batches = balance");
    }

    function _etherMovesOnlyByDepositAndWithdrawal() private view {
        eq(handler.etherIn() - handler.etherOut(), address(sebrus).balance, "in - out = balance");
    }

    function _locksAreCommittedSeats(
        SebrusTest.Case[] memory cases,
        Phase[] memory phases,
        uint256[] memory which,
        Account[] memory accounts
    ) private view {
        for (uint256 i; i < accounts.length; ++i) {
            address account = handler.person(i);
            uint256 expected;
            for (uint256 k; k < cases.length; ++k) {
                if (phases[k] != Phase.Voting) continue;
                uint256 committed = uint32(handler.stateOf(cases[k].id) >> 24);
                for (uint256 seat; seat < cases[k].panel.length; ++seat) {
                    if (cases[k].panel[seat] != account || (committed >> seat) & 1 == 0) continue;
                    expected += handler.policyAt(which[k]).seatStake;
                }
            }
            eq(accounts[i].locked, expected, "locked = open committed seats * seat stake");
            yes(accounts[i].locked <= accounts[i].stake, "what is locked is there");
        }
    }

    function _masksAreNested(SebrusTest.Case memory c) private view {
        uint256 state = handler.stateOf(c.id);
        uint256 committed = uint32(state >> 24);
        eq(uint8(state >> 16), c.panel.length, "seats");
        eq(uint32(state >> 56) & ~committed, 0, "revealed without having committed");
        eq(committed >> c.panel.length, 0, "committed without a seat");
    }

    function _weightsAreTheStakesThatCount(Account[] memory accounts) private view {
        uint256 sum;
        for (uint256 i; i < accounts.length; ++i) {
            if (accounts[i].stake >= 1_000_000) sum += accounts[i].stake;
        }
        eq(handler.weight(), sum, "the root of the tree is the sum of the stakes that count");
    }

    function _runningDigestsAreCleared(bytes32 id) private view {
        for (uint256 offset = 2; offset < 5; ++offset) {
            bytes32 slot = bytes32(uint256(keccak256(abi.encode(id, uint256(10929)))) + offset);
            eq(vm.load(address(sebrus), slot), bytes32(0), "storage of a finished batch");
        }
    }

    /// The handler itself must reach every end, or the invariants say little. A fixed walk.
    function test_handler_reachesEveryEnd() public {
        for (uint256 step; step < 400; ++step) {
            uint256 seed = uint256(keccak256(abi.encode(step, "walk")));
            if (step % 8 == 0) handler.submit(seed, seed >> 8, seed >> 16);
            if (step % 10 == 0) handler.stake(seed >> 24, 3_000_000);
            if (step % 25 == 0) handler.passTime(seed, seed >> 9);
            handler.advance(seed, seed >> 32);
        }
        invariant_everythingHolds();
        yes(handler.settled() > 5, "settled");
        yes(handler.failedRounds() > 5, "failed rounds");
        yes(handler.voided() > 0, "voided");
        yes(handler.absent() > 5, "seats that never committed");
        yes(handler.uncovered() > 5, "commitments without the stake for them");
        afterInvariant();
    }
}
