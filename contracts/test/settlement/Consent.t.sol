// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/SebrusTest.sol";

/// @notice Committing is consent: who was drawn and has not committed has agreed to nothing, and nothing can be taken.
contract ConsentTest is SebrusTest {
    uint64 private constant HOSTILE_BOUNTY = 1e9;

    /// A dataset that nobody in their senses would review for: no time at all, and everything lost for silence.
    function _hostile() private returns (Case memory c) {
        policy.seatStake = MIN_STAKE;
        policy.panelSize = 11;
        policy.panelSizeUnscreened = 11;
        policy.quorum = 1;
        policy.maxRounds = 8;
        policy.itemReward = 0;
        policy.commitWindow = 1;
        policy.revealWindow = 1;
        policy.silentSlashBps = 10000;
        datasetId = _createDataset(_params(), HOSTILE_BOUNTY);
        c = _case(10);
    }

    function _everybody() private view returns (Account[] memory accounts) {
        accounts = new Account[](REVIEWERS);
        for (uint256 i; i < REVIEWERS; ++i) {
            accounts[i] = sebrus.accountOf(reviewer(i));
        }
    }

    function _untouched(Account[] memory before) private view {
        for (uint256 i; i < before.length; ++i) {
            _same(sebrus.accountOf(reviewer(i)), before[i]);
        }
    }

    function _same(Account memory actual, Account memory expected) private pure {
        eq(keccak256(abi.encode(actual)), keccak256(abi.encode(expected)), "the account is untouched");
    }

    function test_hostileOwner_cannotDrainReviewersWhoNeverCommitted() public {
        Account[] memory before = _everybody();
        Case memory c = _hostile();
        _submit(c);
        _screen(c, _zeros(10));
        for (uint256 round; round < 8; ++round) {
            _draw(c);
            eq(c.panel.length, 11, "nearly everybody is seated, and asleep");
            vm.warp(block.timestamp + 3);
            vm.getRecordedLogs();
            sebrus.failRound(c.key, c.panel);
            (, uint256[] memory slashes) = abi.decode(vm.getRecordedLogs()[0].data, (uint8, uint256[]));
            eq(slashes, new uint256[](11), "a slash of zero for each seat");
            _untouched(before);
        }
        eq(_phase(c), uint256(Phase.Voided), "phase");
        eq(sebrus.bountyOf(datasetId), HOSTILE_BOUNTY, "the owner gained nothing");
    }

    function test_hostileOwner_cannotDrainTheAbsentByAnAccompliceWhoReveals() public {
        _deposit(stranger, 1e9);
        _stake(stranger, 1e9); // nearly certain of a seat
        vm.roll(EPOCH * 13);
        Account[] memory before = _everybody();
        Case memory c = _hostile();
        _begin(c);
        uint256 own;
        while (c.panel[own] != stranger) ++own;
        _commit(c, own, _ones(10));
        vm.warp(block.timestamp + 2);
        _revealAll(c);
        vm.getRecordedLogs();
        _settle(c);
        _untouched(before);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        (,,,,,, uint256[] memory payouts, uint256[] memory slashes) = abi.decode(
            logs[logs.length - 1].data, (uint8, uint16, uint256[], uint256[], uint64, uint64, uint256[], uint256[])
        );
        eq(slashes, new uint256[](11), "nobody is slashed");
        uint256[] memory expected = new uint256[](11);
        expected[own] = 10 * policy.reviewFee;
        eq(payouts, expected, "the fee of the one who voted");
        eq(sebrus.accountOf(stranger).locked, 0, "unlocked");
        eq(sebrus.bountyOf(datasetId), HOSTILE_BOUNTY - 10 * policy.reviewFee, "the owner paid the fee, no more");
    }

    function test_hostileOwner_cannotFreezeStakesBySeating() public {
        Case memory c = _hostile();
        policy.commitWindow = 30 days;
        policy.revealWindow = 30 days;
        policy.drawDelay = 1;
        datasetId = _createDataset(_params(), HOSTILE_BOUNTY);
        for (uint16 items = 1; items <= 20; ++items) {
            c = _start(items);
        }
        for (uint256 i; i < REVIEWERS; ++i) {
            uint64 all = _staked(reviewer(i));
            eq(sebrus.accountOf(reviewer(i)).locked, 0, "a seat locks nothing");
            _unstake(reviewer(i), all);
            vm.prank(reviewer(i));
            sebrus.withdraw(reviewer(i), 10 * MIN_STAKE, 0, NONE);
        }
    }

    function test_consent_onlyWhoCommittedCanLose() public {
        Case memory c = _hostile();
        _begin(c);
        Account memory absent = sebrus.accountOf(c.panel[2]);
        Account memory silent = sebrus.accountOf(c.panel[1]);
        _commit(c, 0, _ones(10));
        _commit(c, 1, _ones(10));
        eq(sebrus.accountOf(c.panel[1]).locked, MIN_STAKE, "committing locks");
        vm.warp(block.timestamp + 2);
        _reveal(c, c.openings[0]);
        vm.warp(block.timestamp + 1);
        _settle(c);
        _same(sebrus.accountOf(c.panel[2]), absent);
        silent.stake -= MIN_STAKE;
        _same(sebrus.accountOf(c.panel[1]), silent);
    }

    function test_commit_needsAStakeThatIsFree() public {
        // only three reviewers, in every panel; the stake of the first is enough for two seats
        for (uint256 i = 3; i < REVIEWERS; ++i) {
            _unstake(reviewer(i), _staked(reviewer(i)));
        }
        vm.roll(EPOCH * 13);
        Case[] memory cases = new Case[](3);
        uint256[] memory seats = new uint256[](3);
        for (uint16 i; i < 3; ++i) {
            cases[i] = _start(i + 1);
            while (cases[i].panel[seats[i]] != reviewer(0)) ++seats[i];
        }
        _commit(cases[0], seats[0], _ones(1));
        _commit(cases[1], seats[1], _ones(2));
        eq(sebrus.accountOf(reviewer(0)).locked, MIN_STAKE, "all of it");
        Vote memory third = _vote(cases[2], seats[2], _ones(3));
        vm.prank(reviewer(0));
        _expect(abi.encodeWithSelector(ISebrus.InsufficientStake.selector, 0, policy.seatStake));
        sebrus.commit(cases[2].key, cases[2].panel, _one(third));
        _stake(reviewer(0), policy.seatStake - 1);
        vm.prank(reviewer(0));
        _expect(abi.encodeWithSelector(ISebrus.InsufficientStake.selector, policy.seatStake - 1, policy.seatStake));
        sebrus.commit(cases[2].key, cases[2].panel, _one(third));
        _stake(reviewer(0), 1);
        _commit(cases[2], seats[2], _ones(3));
        eq(sebrus.accountOf(reviewer(0)).locked, 3 * policy.seatStake, "three seats");
    }

    function test_attack_unstakeBetweenDrawAndCommit() public {
        Case memory c = _start(10);
        address gone = c.panel[0];
        _unstake(gone, _staked(gone));
        Vote memory vote = _vote(c, 0, _ones(10));
        vm.prank(gone);
        _expect(abi.encodeWithSelector(ISebrus.InsufficientStake.selector, 0, policy.seatStake));
        sebrus.commit(c.key, c.panel, _one(vote));
        // the others go on without the seat
        for (uint256 seat = 1; seat < 5; ++seat) {
            _commit(c, seat, _ones(10));
        }
        vm.warp(block.timestamp + policy.commitWindow + 1);
        _revealAll(c);
        _settle(c);
        eq(_free(gone), 10 * MIN_STAKE, "nothing gained, nothing lost");
    }

    function test_attack_slashingMoreThanTheStakeCovers() public {
        // three reviewers sit in many panels at once, take what seats they can, and stay silent in all of them
        for (uint256 i = 3; i < REVIEWERS; ++i) {
            _unstake(reviewer(i), _staked(reviewer(i)));
        }
        policy.silentSlashBps = 10000;
        datasetId = _createDataset(_params(), 1e9);
        vm.roll(EPOCH * 13);
        Case[] memory cases = new Case[](10);
        uint256 taken;
        for (uint16 i; i < 10; ++i) {
            cases[i] = _start(i + 1);
            for (uint256 seat; seat < 3; ++seat) {
                Vote memory vote = _vote(cases[i], seat, _ones(i + 1));
                vm.prank(cases[i].panel[seat]);
                (bool done,) =
                    address(sebrus).call(abi.encodeCall(sebrus.commit, (cases[i].key, cases[i].panel, _one(vote))));
                if (done) ++taken;
            }
        }
        eq(taken, 2 + 4 + 6, "as many seats as the stakes cover");
        vm.warp(block.timestamp + 2000);
        uint64 bounty = sebrus.bountyOf(datasetId);
        for (uint256 i; i < 10; ++i) {
            sebrus.failRound(cases[i].key, cases[i].panel);
        }
        for (uint256 i; i < 3; ++i) {
            eq(_staked(reviewer(i)), 0, "all gone");
            eq(sebrus.accountOf(reviewer(i)).locked, 0, "unlocked");
            eq(_free(reviewer(i)), (9 - i) * MIN_STAKE, "what was not staked is untouched");
        }
        eq(sebrus.bountyOf(datasetId), bounty + 6 * MIN_STAKE, "every slash was covered");
    }
}
