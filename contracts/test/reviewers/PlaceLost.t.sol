// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice Who weighs nothing may lose the place to a newcomer, and keeps money, seats and the way back.
contract PlaceLostTest is Scenario {
    uint256 private constant PLACES_ISSUED_SLOT = 9366;

    /// The first seat of a batch that its reviewer, with no more than the least stake, never opens; concluded.
    function _silent(uint16 items, address reviewer_) private returns (Case memory c) {
        c = _start(items);
        while (c.panel[0] != reviewer_) {
            c = _caseWith(items, keccak256(abi.encode(c.id)));
            _begin(c);
        }
        for (uint256 seat; seat < 4; ++seat) {
            _commit(c, seat, _ones(items));
        }
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _reveal(c, 14); // three of the four
        vm.warp(uint256(c.record.status.revealDeadline()) + 1);
        _shut(c, 0);
        _conclude(c);
    }

    /// A newcomer whose first place tried is this one, when all have been given out.
    function _takes(uint256 place) private returns (address newcomer) {
        vm.roll((block.number / EPOCH + 1) * EPOCH + 1);
        vm.store(address(sebrus), bytes32(PLACES_ISSUED_SLOT), bytes32(uint256(32768)));
        bytes32 entropy = blockhash(block.number - 1);
        newcomer = address(0x700000);
        while (uint256(keccak256(abi.encode(entropy, newcomer))) % 32768 != place) {
            newcomer = address(uint160(newcomer) + 1);
        }
        _deposit(newcomer, MIN_STAKE);
        _stake(newcomer, MIN_STAKE);
        eq(sebrus.accountOf(newcomer).index, place + 1, "the newcomer has the place");
    }

    /// Two silent seats, the first of them finalized: the stake is below the minimum and the place is taken.
    function _dispossessed() private returns (address loser, address newcomer, Case memory open) {
        loser = reviewer(0);
        eq(_staked(loser), MIN_STAKE, "the least stake");
        Case memory c = _silent(10, loser);
        open = _silent(11, loser);
        _finalize(c);
        eq(_staked(loser), MIN_STAKE - 200_000, "slashed by 40 % of 500 000");
        newcomer = _takes(sebrus.accountOf(loser).index - 1);
        eq(sebrus.accountOf(loser).index, 0, "the place is lost");
    }

    /// Only the newcomer is left to be drawn: with the weight that they staked.
    function _drawsOnly(address newcomer) private {
        for (uint256 i; i < REVIEWERS; ++i) {
            if (sebrus.accountOf(reviewer(i)).index != 0) _unstake(reviewer(i), _staked(reviewer(i)));
        }
        vm.roll(block.number + EPOCH);
        (policy.panelSize, policy.escalatedSize, policy.finalSize, policy.quorum) = (1, 0, 0, 1);
        datasetId = _createDataset(_params(), 1e9);
        Case memory c = _start(3);
        eq(c.panel.length, 1, "one seat");
        eq(c.panel[0], newcomer, "the newcomer's");
    }

    function test_lost_aLaterSlashTouchesNobodyElse() public {
        (address loser, address newcomer, Case memory open) = _dispossessed();
        _finalize(open);
        eq(_staked(loser), MIN_STAKE - 400_000, "slashed again");
        eq(sebrus.accountOf(loser).locked, 0, "nothing held");
        _drawsOnly(newcomer);
    }

    function test_lost_theRestCanBeTakenBack() public {
        (address loser, address newcomer, Case memory open) = _dispossessed();
        _refused(
            loser,
            abi.encodeCall(sebrus.unstake, (loser, MIN_STAKE - 200_000, 0, NONE)),
            abi.encodeWithSelector(ISebrusEvents.StakeLocked.selector, 500_000)
        );
        _finalize(open);
        uint64 free = _free(loser);
        _unstake(loser, MIN_STAKE - 400_000);
        eq(_free(loser), free + MIN_STAKE - 400_000, "free again");
        _drawsOnly(newcomer);
    }

    function test_lost_whoStakesAgainGetsAnotherPlace() public {
        (address loser, address newcomer, Case memory open) = _dispossessed();
        _finalize(open);
        _stake(loser, MIN_STAKE);
        uint256 index = sebrus.accountOf(loser).index;
        yes(index != 0, "a place");
        no(index == sebrus.accountOf(newcomer).index, "not the newcomer's");
    }
}
