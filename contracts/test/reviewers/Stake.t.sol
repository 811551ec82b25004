// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

contract StakeTest is Scenario {
    function test_stake_movesFreeToStakeAndGivesAPlace() public {
        _deposit(stranger, 2 * MIN_STAKE);
        _event();
        emit ISebrusEvents.Staked(stranger, uint32(REVIEWERS), MIN_STAKE, MIN_STAKE);
        _stake(stranger, MIN_STAKE);
        Account memory account = sebrus.accountOf(stranger);
        eq(account.free, MIN_STAKE, "free");
        eq(account.stake, MIN_STAKE, "stake");
        eq(account.index, REVIEWERS + 1, "place plus one");
        _stake(stranger, 1);
        eq(sebrus.accountOf(stranger).index, REVIEWERS + 1, "the place stays");
    }

    function test_stake_refusesLessThanTheMinimum() public {
        _deposit(stranger, MIN_STAKE);
        _expect(abi.encodeWithSelector(ISebrusEvents.StakeTooSmall.selector, MIN_STAKE - 1, MIN_STAKE));
        _stake(stranger, MIN_STAKE - 1);
        _stake(stranger, MIN_STAKE);
    }

    function test_stake_refusesZeroAndMoreThanFree() public {
        _deposit(stranger, MIN_STAKE);
        _expect(ISebrusEvents.ZeroAmount.selector);
        _stake(stranger, 0);
        _expect(abi.encodeWithSelector(ISebrusEvents.InsufficientBalance.selector, MIN_STAKE, MIN_STAKE + 1));
        _stake(stranger, MIN_STAKE + 1);
    }

    function test_stake_relayed() public {
        bytes memory signature = _signMove(STAKE_TYPE, reviewerKey(0), 5, 0, FAR);
        sebrus.stake(reviewer(0), 5, FAR, signature);
        eq(_staked(reviewer(0)), MIN_STAKE + 5, "stake");
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.stake(reviewer(0), 5, FAR, signature);
    }

    function test_attack_relayerUnstakesWithAStakeSignature() public {
        bytes memory signature = _signMove(STAKE_TYPE, reviewerKey(3), 5, 0, FAR);
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.unstake(reviewer(3), 5, FAR, signature);
    }

    function test_unstake_returnsToFree() public {
        _event();
        emit ISebrusEvents.Unstaked(reviewer(0), MIN_STAKE, 0);
        _unstake(reviewer(0), MIN_STAKE);
        Account memory account = sebrus.accountOf(reviewer(0));
        eq(account.stake, 0, "stake");
        eq(account.free, 10 * MIN_STAKE, "free");
        eq(account.index, 1, "the place is kept until somebody needs it");
    }

    function test_unstake_relayed() public {
        bytes memory signature = _signMove(UNSTAKE_TYPE, reviewerKey(0), MIN_STAKE, 0, FAR);
        sebrus.unstake(reviewer(0), MIN_STAKE, FAR, signature);
        eq(_staked(reviewer(0)), 0, "stake");
    }

    function test_unstake_refusesToLeaveLessThanTheMinimum() public {
        _expect(abi.encodeWithSelector(ISebrusEvents.StakeTooSmall.selector, MIN_STAKE - 1, MIN_STAKE));
        _unstake(reviewer(1), MIN_STAKE + 1);
        _unstake(reviewer(1), MIN_STAKE);
    }

    function test_unstake_refusesMoreThanStaked() public {
        _expect(abi.encodeWithSelector(ISebrusEvents.InsufficientBalance.selector, MIN_STAKE, MIN_STAKE + 1));
        _unstake(reviewer(0), MIN_STAKE + 1);
    }

    /// 2**28 quarters of a unit are all that the tree weighs: who would be heavier is refused.
    function test_stake_refusesMoreThanTheTreeWeighs() public {
        uint256 unit = MIN_STAKE / 16;
        uint64 most = uint64(((uint256(1) << 28) - 1) * 2 * unit);
        _deposit(stranger, most);
        _expect(ISebrusEvents.AmountTooLarge.selector);
        _stake(stranger, most);
        uint256 weighed;
        for (uint256 i; i < REVIEWERS; ++i) {
            weighed += _staked(reviewer(i)) / (2 * unit);
        }
        _stake(stranger, uint64(most - weighed * 2 * unit));
        _expect(ISebrusEvents.AmountTooLarge.selector);
        _stake(stranger, uint64(2 * unit));
        _unstake(reviewer(3), MIN_STAKE); // room for somebody else
        _stake(stranger, uint64(2 * unit));
    }

    function test_attack_unstakeWithOpenSeats() public {
        Case memory c = _start(10);
        address seated = c.panel[0];
        uint64 stake = _staked(seated);
        _commit(c, 0, _ones(10));
        _expect(abi.encodeWithSelector(ISebrusEvents.StakeLocked.selector, policy.seatStake));
        _unstake(seated, stake);
        // what the seat does not hold is free to go, down to the minimum
        if (stake > MIN_STAKE) _unstake(seated, stake - MIN_STAKE);
        eq(sebrus.accountOf(seated).locked, policy.seatStake, "still locked");
    }
}
