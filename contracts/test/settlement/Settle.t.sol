// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Naive} from "../base/Naive.sol";
import "../base/SebrusTest.sol";

contract SettleTest is SebrusTest {
    function _refused(Case memory c, bytes4 reason) private {
        _expect(reason);
        sebrus.settle(c.key, c.panel, c.revealed, c.screening);
    }

    /// Drawn with flags, all committed: seat j to `verdicts[j]`.
    function _voted(uint16 items, uint256[] memory flags, uint256[][] memory verdicts) private returns (Case memory c) {
        c = _case(items);
        _submit(c);
        _screen(c, flags);
        _draw(c);
        for (uint256 seat; seat < verdicts.length; ++seat) {
            _commit(c, seat, verdicts[seat]);
        }
    }

    function _five(uint256[] memory verdicts) private pure returns (uint256[][] memory all) {
        all = new uint256[][](5);
        for (uint256 i; i < 5; ++i) {
            all[i] = verdicts;
        }
    }

    function test_settle_waitsForTheReveals() public {
        Case memory c = _voted(10, _zeros(10), _five(_ones(10)));
        _refused(c, ISebrus.TooEarly.selector);
        for (uint256 seat; seat < 4; ++seat) {
            _reveal(c, c.openings[seat]);
        }
        _refused(c, ISebrus.TooEarly.selector);
        vm.warp(block.timestamp + policy.commitWindow + policy.revealWindow);
        _refused(c, ISebrus.TooEarly.selector);
        vm.warp(block.timestamp + 1);
        _settle(c);
        Account memory silent = sebrus.accountOf(c.panel[4]);
        eq(silent.free + silent.stake, 10 * MIN_STAKE - 200_000, "40 % of the seat stake");
    }

    function test_settle_asSoonAsAllWhoCommittedHaveRevealed() public {
        uint256[][] memory three = new uint256[][](3);
        for (uint256 i; i < 3; ++i) {
            three[i] = _ones(10);
        }
        Case memory c = _voted(10, _zeros(10), three);
        vm.warp(block.timestamp + policy.commitWindow + 1);
        _revealAll(c);
        _settle(c);
        eq(_phase(c), uint256(Phase.Settled), "phase");
    }

    function test_settle_refusesTooFewReveals() public {
        uint256[][] memory two = new uint256[][](2);
        two[0] = _ones(10);
        two[1] = _ones(10);
        Case memory c = _voted(10, _zeros(10), two);
        vm.warp(block.timestamp + policy.commitWindow + 1);
        _revealAll(c);
        _refused(c, ISebrus.QuorumMissing.selector);
    }

    function test_attack_settlingOnOtherVerdicts() public {
        Case memory c = _voted(10, _zeros(10), _five(_ones(10)));
        _revealAll(c);
        bytes4 reason = ISebrus.WrongVerdicts.selector;
        RevealedVerdicts[] memory honest = c.revealed;
        c.revealed = new RevealedVerdicts[](0);
        _refused(c, reason);
        c.revealed = new RevealedVerdicts[](5);
        for (uint256 i; i < 5; ++i) {
            c.revealed[i] = honest[i];
        }
        c.revealed[0] = RevealedVerdicts(0, _zeros(10)); // other verdicts
        _refused(c, reason);
        c.revealed[0] = RevealedVerdicts(1, _ones(10)); // another seat
        _refused(c, reason);
        (c.revealed[0], c.revealed[1]) = (honest[1], honest[0]); // another order
        _refused(c, reason);
        c.revealed = honest;
        _settle(c);
    }

    function test_attack_settlingTwice() public {
        Case memory c = _voted(10, _zeros(10), _five(_ones(10)));
        _revealAll(c);
        _settle(c);
        _expect(abi.encodeWithSelector(ISebrus.WrongPhase.selector, Phase.Settled));
        sebrus.settle(c.key, c.panel, c.revealed, c.screening);
        _expect(abi.encodeWithSelector(ISebrus.WrongPhase.selector, Phase.Settled));
        sebrus.failRound(c.key, c.panel);
    }

    function test_attack_screeningSwappedAfterTheVotes() public {
        uint256[] memory flags = _zeros(10);
        flags[0] = 1;
        Case memory c = _voted(10, flags, _five(_ones(10)));
        _revealAll(c);
        bytes4 reason = ISebrus.WrongScreening.selector;
        c.screening.flags = _zeros(10);
        _refused(c, reason);
        c.screening.flags = flags;
        c.screening.modelHash = keccak256("another model");
        _refused(c, reason);
        c.screening.modelHash = keccak256("model");
        c.screening.scoresRoot = keccak256("other scores");
        _refused(c, reason);
        c.screening.scoresRoot = keccak256("scores");
        _settle(c);
    }

    function test_attack_screeningOfAnotherBatch() public {
        Case memory c = _voted(10, _zeros(10), _five(_ones(10)));
        _revealAll(c);
        Case memory d = _caseWith(10, keccak256("twin"));
        _submit(d);
        bytes32 commitment = _screeningCommitment(c);
        vm.prank(detector);
        sebrus.commitScreening(d.key, commitment);
        _draw(d);
        _commitAll(d, _ones(10));
        _revealAll(d);
        d.screening = c.screening;
        _refused(d, ISebrus.WrongScreening.selector);
    }

    function test_screening_withheldCountsForNothingAfterItsTime() public {
        uint256[] memory flags = _ones(10);
        Case memory c = _voted(10, flags, _five(_ones(10)));
        _revealAll(c);
        c.screening.opened = false;
        _refused(c, ISebrus.TooEarly.selector);
        uint256 revealDeadline = uint40(_state(c.id) >> 176);
        vm.warp(revealDeadline + policy.revealWindow);
        _refused(c, ISebrus.TooEarly.selector);
        vm.warp(block.timestamp + 1);
        _settle(c);
        eq(sebrus.outcomeOf(c.id), keccak256(abi.encodePacked(_ones(10))), "nothing counts as flagged");
    }

    function test_screening_unscreenedNeedsNoOpeningAndTakesNone() public {
        Case memory c = _case(10);
        _submit(c);
        _skipScreening(c);
        _draw(c);
        _commitAll(c, _ones(10));
        _revealAll(c);
        c.screening = ScreeningOpening(true, 0, 0, 0, _ones(10));
        _refused(c, ISebrus.WrongScreening.selector);
        c.screening.opened = false;
        _settle(c);
    }

    function test_screening_malformedFlagsCannotBeOpened() public {
        uint256[] memory flags = _ones(11); // one bit too many
        Case memory c = _voted(10, flags, _five(_ones(10)));
        _revealAll(c);
        _refused(c, ISebrus.InvalidBitmap.selector);
        c.screening.opened = false;
        vm.warp(block.timestamp + 3000);
        _settle(c);
    }

    function test_money_aFlagCostsTheRewardNotTheStake() public {
        uint256[] memory flags = _zeros(10);
        flags[0] = 1; // item 0 is flagged
        uint256[][] memory verdicts = _five(_ones(10));
        verdicts[4] = _zeros(10); // four accept everything: 8 > 5 + 2
        verdicts[3] = new uint256[](1);
        verdicts[3][0] = _ones(10)[0] ^ 1; // three accept item 0: 6 < 7, but the panel's majority is with it
        Case memory c = _voted(10, flags, verdicts);
        _revealAll(c);
        _settle(c);
        uint256[] memory expected = _ones(10);
        expected[0] ^= 1;
        eq(sebrus.outcomeOf(c.id), keccak256(abi.encodePacked(expected)), "outcome");
        eq(_free(contributor), 1e9 + 9 * 5000, "nine rewards, the whole stake");
    }

    function test_money_itemsThePanelRejectsCostHalfTheirStake() public {
        uint256[] memory verdicts = _ones(10);
        verdicts[0] ^= 7; // three items rejected by all
        Case memory c = _voted(10, _zeros(10), _five(verdicts));
        _revealAll(c);
        _settle(c);
        eq(_free(contributor), 1e9 + 7 * 5000 - 3 * 500, "contributor");
        eq(sebrus.bountyOf(datasetId), 1e11 - 7 * 5000 - 5 * 10 * 300 + 3 * 500, "bounty");
    }

    function test_money_incoherenceIsSlashedAtMostTheSeatStake() public {
        uint256[][] memory verdicts = _five(_ones(4000));
        verdicts[4] = _zeros(4000); // 4 000 * 300 * 2 = 2 400 000, the seat costs 500 000
        Case memory c = _voted(4000, _zeros(4000), verdicts);
        uint64 before = _staked(c.panel[4]);
        _revealAll(c);
        _settle(c);
        eq(_staked(c.panel[4]), before - policy.seatStake, "stake");
    }

    /// Random verdicts, flags, silence and absence against the formulas written out item by item.
    function test_fuzz_payoutsEqualTheFormulas(uint256 seed, uint16 rawItems) public {
        uint16 items = uint16(within(rawItems, 1, 400));
        uint256 revealing = 3 + seed % 3;
        uint256[][] memory verdicts = new uint256[][](revealing + (seed >> 8) % (6 - revealing));
        for (uint256 i; i < verdicts.length; ++i) {
            verdicts[i] = _random(items, uint256(keccak256(abi.encode(seed, i))));
        }
        Case memory c = _voted(items, _random(items, seed), verdicts);
        if (verdicts.length < 5) vm.warp(block.timestamp + policy.commitWindow + 1);
        for (uint256 i; i < revealing; ++i) {
            _reveal(c, c.openings[i]);
        }
        vm.warp(block.timestamp + 1201);
        uint256[5] memory stakes;
        for (uint256 i; i < 5; ++i) {
            stakes[i] = _staked(c.panel[i]);
        }
        _settle(c);

        uint256[][] memory counted = new uint256[][](revealing);
        for (uint256 i; i < revealing; ++i) {
            counted[i] = verdicts[i];
        }
        uint256[] memory panel = Naive.accepted(counted, _zeros(items), 0, items);
        uint256[] memory accepted = Naive.accepted(counted, c.screening.flags, policy.detectorVotes, items);
        eq(sebrus.outcomeOf(c.id), keccak256(abi.encodePacked(accepted)), "outcome");
        uint256 bounty = 1e11;
        for (uint256 i; i < 5; ++i) {
            (uint256 payout, uint256 slash) = i < revealing
                ? Naive.seat(policy, verdicts[i], panel, items)
                : (0, i < verdicts.length ? policy.seatStake * 4 / 10 : 0);
            Account memory account = sebrus.accountOf(c.panel[i]);
            eq(account.stake, stakes[i] - slash, "stake");
            eq(account.free, 10 * MIN_STAKE - stakes[i] + payout, "free");
            eq(account.locked, 0, "locked");
            bounty = bounty + slash - payout;
        }
        uint256 reward = Naive.count(accepted, items) * policy.itemReward;
        uint256 slashed = (items - Naive.count(panel, items)) * policy.itemStake * policy.rejectedSlashBps / 10000;
        eq(_free(contributor), 1e9 + reward - slashed, "contributor");
        eq(sebrus.bountyOf(datasetId), bounty + slashed - reward, "bounty");
        eq(vm.load(address(sebrus), _slotOf(c.id, 2)), bytes32(0), "screening cleared");
        eq(vm.load(address(sebrus), _slotOf(c.id, 3)), bytes32(0), "ballots cleared");
        eq(vm.load(address(sebrus), _slotOf(c.id, 4)), bytes32(0), "reveals cleared");
    }

    function _slotOf(bytes32 id, uint256 offset) private pure returns (bytes32) {
        return bytes32(uint256(keccak256(abi.encode(id, BATCHES_SLOT))) + offset);
    }
}
