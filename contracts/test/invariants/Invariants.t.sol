// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../../src/interfaces/Types.sol";
import {Naive} from "../base/Naive.sol";
import {ISebrusFull} from "../base/Signing.sol";
import {Stage} from "../base/Stage.sol";
import {Test} from "../base/Test.sol";
import {Handler} from "./Handler.sol";

/// @notice What holds after any sequence of actions. `Lives` and `Handler` assert more at each step: panels, decisions,
/// appeals and every payment against the naive twins, and that what is hostile or untimely is refused.
contract InvariantsTest is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    uint256 private constant TREE_SLOT = 3;
    uint256 private constant LOWEST = 585;
    uint256 private constant LANE = (1 << 28) - 1;
    uint256 private constant MIN_STAKE = 1_000_000;

    Handler private handler;
    ISebrusFull private sebrus;

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
        bytes4[12] memory all = [
            Handler.deposit.selector,
            Handler.withdraw.selector,
            Handler.payOut.selector,
            Handler.stake.selector,
            Handler.unstake.selector,
            Handler.fund.selector,
            Handler.closeDataset.selector,
            Handler.submit.selector,
            Handler.advance.selector,
            Handler.advanceTwice.selector,
            Handler.advanceTheLast.selector,
            Handler.passTime.selector
        ];
        targets[0].selectors = new bytes4[](12);
        for (uint256 i; i < 12; ++i) {
            targets[0].selectors[i] = all[i];
        }
    }

    /// One function, because each invariant function would repeat the whole campaign: what broke is in the assertion.
    function invariant_everythingHolds() public {
        Stage.Case[] memory cases = handler.cases();
        address[] memory people = handler.crowd();
        Account[] memory accounts = new Account[](people.length);
        for (uint256 i; i < people.length; ++i) {
            accounts[i] = sebrus.accountOf(people[i]);
        }
        _solvency(cases, accounts);
        _etherMovesOnlyByDepositAndWithdrawal();
        _locksAreOpenSeats(cases, people, accounts);
        _lockedIsStaked(accounts);
        _weightsAreTheStakesThatCount(accounts);
        _theTreeIsTheSumOfItsWeights(accounts);
        _recordsAreCounts(accounts);
        for (uint256 i; i < cases.length; ++i) {
            if (_isOpen(cases[i])) {
                _theSealIsTheRecord(cases[i]);
                _masksAreNested(cases[i]);
            } else {
                _settledNeverChanges(cases[i]);
            }
            _threeRoundsAtMost(cases[i]);
            _oneSeatPerAccountAndBatch(cases[i]);
            _paidOnce(cases[i]);
        }
        _unknownStaysUnknown(cases);
        _detectorRecords();
    }

    /// Every batch can be finished by anybody in a bounded number of calls, and then everybody can leave with everything.
    function afterInvariant() public {
        uint256 count = handler.cases().length;
        for (uint256 i; i < count; ++i) {
            // at most three rounds: a screening skipped, a draw with one more request, a conclusion; three appeals
            // started, and the end
            yes(handler.finish(i) <= 1 + 3 * 6, "a bounded number of calls");
        }
        invariant_everythingHolds();
        address[] memory people = handler.crowd();
        for (uint256 i; i < people.length; ++i) {
            eq(sebrus.accountOf(people[i]).locked, 0, "no seat is open");
        }
        handler.everybodyLeaves();
        eq(address(sebrus).balance, 0, "not a wei is left behind");
    }

    function _isOpen(Stage.Case memory c) private view returns (bool) {
        return handler.finalSeal(c.id) == 0;
    }

    /// Kills: a slash left out of the pot, fees of a round not reserved, a bond not put up or given back twice.
    function _solvency(Stage.Case[] memory cases, Account[] memory accounts) private {
        uint256 sum;
        for (uint256 i; i < accounts.length; ++i) {
            sum += uint256(accounts[i].free) + accounts[i].stake;
        }
        for (uint256 d; d < handler.DATASETS(); ++d) {
            sum += sebrus.bountyOf(handler.datasets(d));
        }
        for (uint256 i; i < cases.length; ++i) {
            if (_isOpen(cases[i])) sum += handler.heldBy(cases[i]);
        }
        eq(sum * 1 gwei, address(sebrus).balance, "free + stakes + bounties + open batches = balance");
    }

    /// Kills: a withdrawal that sends another amount than it takes off.
    function _etherMovesOnlyByDepositAndWithdrawal() private view {
        eq(handler.etherIn() - handler.etherOut(), address(sebrus).balance, "in - out = balance");
    }

    /// Kills: a seat not locked by its commitment, locked by the draw, or not unlocked in the end.
    function _locksAreOpenSeats(Stage.Case[] memory cases, address[] memory people, Account[] memory accounts)
        private
        view
    {
        for (uint256 i; i < people.length; ++i) {
            uint256 expected;
            for (uint256 k; k < cases.length; ++k) {
                if (_isOpen(cases[k])) expected += handler.lockedBy(cases[k], people[i]);
            }
            eq(accounts[i].locked, expected, "locked = open committed seats * seat stake");
        }
    }

    /// Kills: a commitment without the stake for it, an unstaking of what is locked, a slash above the seat stake.
    function _lockedIsStaked(Account[] memory accounts) private pure {
        for (uint256 i; i < accounts.length; ++i) {
            yes(accounts[i].locked <= accounts[i].stake, "what is locked is there");
        }
    }

    /// Kills: a stake, a slash or a change of tier after which nobody is weighed again.
    function _weightsAreTheStakesThatCount(Account[] memory accounts) private view {
        for (uint256 i; i < accounts.length; ++i) {
            Account memory a = accounts[i];
            if (a.index == 0) continue;
            uint256 weight = Naive.weight(a.stake, MIN_STAKE, a.goldSeen, a.goldRight);
            eq(_lane(LOWEST + (a.index - 1) / 8, (a.index - 1) % 8), weight, "weight = f(stake, tier)");
        }
    }

    /// Kills: a sum in a node of the tree that is not carried up.
    function _theTreeIsTheSumOfItsWeights(Account[] memory accounts) private view {
        uint256 weights;
        for (uint256 i; i < accounts.length; ++i) {
            Account memory a = accounts[i];
            if (a.index != 0) weights += Naive.weight(a.stake, MIN_STAKE, a.goldSeen, a.goldRight);
        }
        uint256 root;
        for (uint256 lane; lane < 8; ++lane) {
            root += _lane(0, lane);
        }
        eq(root, weights, "the root is the sum of all weights");
    }

    function _lane(uint256 node, uint256 lane) private view returns (uint256) {
        uint256 word = uint256(vm.load(address(sebrus), bytes32(TREE_SLOT + 2 * node)));
        return (word >> (28 * lane)) & LANE;
    }

    /// Kills: right counted without seen, counters that spill into each other.
    function _recordsAreCounts(Account[] memory accounts) private pure {
        for (uint256 i; i < accounts.length; ++i) {
            yes(accounts[i].goldRight <= accounts[i].goldSeen, "right of seen");
            yes(accounts[i].itemsCoherent <= accounts[i].itemsSeen, "coherent of seen");
        }
    }

    /// Kills: a field of the record changed in a step that does not say so in its events.
    function _theSealIsTheRecord(Stage.Case memory c) private view {
        uint256 hash = uint256(keccak256(abi.encode(c.record)));
        bytes32 seal = bytes32((hash & ~uint256(255)) | uint256(c.record.status.phase()));
        eq(sebrus.sealOf(c.id), seal, "the word kept is the record's");
    }

    /// Kills: a reveal of who did not commit, a commitment without a seat.
    function _masksAreNested(Stage.Case memory c) private pure {
        BatchState status = c.record.status;
        eq(status.revealed() & ~status.committed(), 0, "revealed without having committed");
        if (status.phase() == Phase.Voting) eq(uint256(status.committed()) >> status.seats(), 0, "without a seat");
    }

    /// Kills: a finished batch that another step can still write.
    function _settledNeverChanges(Stage.Case memory c) private view {
        eq(sebrus.sealOf(c.id), handler.finalSeal(c.id), "a finished batch never changes");
    }

    /// Kills: a fourth panel; rounds that go on without a larger one.
    function _threeRoundsAtMost(Stage.Case memory c) private pure {
        yes(c.rounds.length <= 3, "three panels at most");
        for (uint256 i = 1; i < c.rounds.length; ++i) {
            yes(c.rounds[i].status.round() > c.rounds[i - 1].status.round(), "each a later one");
        }
    }

    /// Kills: panels that are not put among the excluded, an urn that gives the same place twice.
    function _oneSeatPerAccountAndBatch(Stage.Case memory c) private pure {
        for (uint256 i; i < c.rounds.length; ++i) {
            for (uint256 j; j <= i; ++j) {
                for (uint256 a; a < c.rounds[i].panel.length; ++a) {
                    for (uint256 b; b < c.rounds[j].panel.length; ++b) {
                        if (i == j && a == b) continue;
                        yes(c.rounds[i].panel[a] != c.rounds[j].panel[b], "one seat for each account");
                    }
                }
            }
        }
    }

    /// Kills: a batch that can be finalized again.
    function _paidOnce(Stage.Case memory c) private view {
        eq(handler.timesPaid(c.id), _isOpen(c) ? 0 : 1, "paid once, at the end");
    }

    /// Kills: an unknown key that passes for a batch.
    function _unknownStaysUnknown(Stage.Case[] memory cases) private view {
        bytes32 id = keccak256(abi.encode("unknown", cases.length));
        eq(sebrus.sealOf(id), bytes32(0), "no word for what nobody submitted");
        eq(uint256(sebrus.phaseOf(id)), uint256(Phase.None), "and no phase");
    }

    /// Kills: a batch decided without flags on the detector's record, an unopened screening that is not on it.
    function _detectorRecords() private view {
        for (uint256 d; d < handler.DATASETS(); ++d) {
            bytes32 id = handler.datasets(d);
            DetectorRecord memory record = sebrus.detectorRecordOf(id);
            eq(record.items, handler.screenedItems(id), "items decided with flags");
            eq(record.unopened, handler.unopened(id), "unopened");
            yes(record.upheld <= record.flagged && record.flagged <= record.items, "parts of a whole");
            yes(record.flagged + record.missed <= record.items, "missed were not flagged");
        }
    }

    /// The handler itself must reach every end, or the invariants say little. A fixed walk.
    function test_handler_reachesEveryEnd() public {
        uint256[8] memory seen;
        for (uint256 walk; walk < 12; ++walk) {
            setUp();
            for (uint256 i; i < 18 && walk % 3 == 2; ++i) {
                handler.unstake(i, 2); // hardly anybody is left to be drawn
            }
            if (walk % 3 == 2) handler.passTime(1, 90);
            for (uint256 step; step < 120; ++step) {
                uint256 seed = uint256(keccak256(abi.encode(walk, step, "walk")));
                if (step % 30 == 0) handler.submit(walk, seed >> 8, seed >> 16);
                if (step % 30 == 0) handler.stake(seed >> 24, 3_000_000);
                if (step % 25 == 0) handler.passTime(seed, seed >> 9);
                handler.advance(seed, seed >> 32);
            }
            invariant_everythingHolds();
            seen[0] += handler.settled();
            seen[1] += handler.voided();
            seen[2] += handler.escalations();
            seen[3] += handler.appealsHeard();
            seen[4] += handler.unseated();
            seen[5] += handler.slashed();
            seen[6] += handler.uncovered();
            seen[7] += handler.unopened(handler.datasets(0)) + handler.unopened(handler.datasets(1));
            afterInvariant();
        }
        string[8] memory names =
            ["settled", "voided", "escalated", "appeals", "unseated", "slashes", "uncovered", "unopened"];
        for (uint256 i; i < 8; ++i) {
            yes(seen[i] > 0, string.concat("too few: ", names[i], " ", vm.toString(seen[i])));
        }
    }
}
