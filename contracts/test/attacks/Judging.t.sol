// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice Attacks on what reviewers are paid for: lazy, bought, copying and sleeping reviewers, false gold.
contract JudgingAttacks is Scenario {
    uint16 private constant ITEMS = 60;
    uint256 private constant BAD = 12;
    uint256 private constant GOLD = 20;

    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    function _truth(Case memory c) private pure returns (uint256[] memory verdicts) {
        verdicts = _allBut(c.record.status.positions(), BAD);
        for (uint256 i; i < verdicts.length; ++i) {
            verdicts[i] &= ~c.screening.gold[i] | c.screening.answers[i];
        }
    }

    /// Four honest seats and one hostile one in a batch with gold; what the hostile one got and lost.
    function _against(uint256 salt, uint256[] memory hostile) private returns (uint256 paid, uint256 lost) {
        Case memory c = _caseWith(ITEMS, bytes32(salt + 1));
        _submit(c);
        (uint256[] memory gold, uint256[] memory answers) = _goldAtTheEnd(ITEMS, GOLD);
        _screenWith(c, _zeros(ITEMS), gold, answers);
        _draw(c);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, seat == 4 ? hostile : _truth(c));
        }
        _conclude(c);
        eq(_phase(c), uint256(Phase.Decided), "decided");
        address who = c.panel[4];
        (uint64 free, uint64 stake) = (_free(who), _staked(who));
        _finalize(c);
        (paid, lost) = (_free(who) - free, stake - _staked(who));
    }

    function test_attack_alwaysAccept() public {
        (uint256 paid, uint256 lost) = _against(0, _ones(ITEMS + GOLD));
        eq(paid, 0, "earns exactly nothing");
        eq(lost, 0, "and its work was for nothing");
        (paid,) = _against(1, _zeros(ITEMS + GOLD));
        eq(paid, 0, "nor does rejecting everything");
    }

    /// Thirty throws of a die, in thirty batches: a loss on the whole, and never near an honest seat's fees.
    function test_attack_randomVotes() public {
        uint256 gained;
        uint256 lost;
        for (uint256 i; i < 30; ++i) {
            (uint256 paid, uint256 slash) = _against(i, _random(ITEMS + GOLD, i));
            (gained, lost) = (gained + paid, lost + slash);
            yes(paid < ITEMS * 300 / 2, "half of the fees at most");
        }
        yes(lost > gained, "a die loses");
    }

    /// Somebody pays a seat to vote against what it sees. What the seat loses by it is known from the policy, and a bribe
    /// has to exceed it, for a majority of the panel, and of the larger ones after it.
    function test_attack_pPlusEpsilon() public {
        uint256[] memory flipped = _ones(ITEMS + GOLD);
        for (uint256 i; i < BAD; ++i) {
            _clear(flipped, i); // honest but for one bought item
        }
        (uint256[] memory gold, uint256[] memory answers) = _goldAtTheEnd(ITEMS, GOLD);
        flipped[0] &= ~gold[0] | answers[0];
        if (flipped.length > 1) flipped[1] &= ~gold[1] | answers[1];
        (uint256 honest,) = _against(0, flipped);
        _set(flipped, 0);
        (uint256 bought, uint256 lost) = _against(1, flipped);
        // one wrong acceptance of R = 12 + 10 to reject costs a twenty-second of the fees
        eq(honest, ITEMS * 300, "an honest seat");
        eq(honest - bought, uint256(ITEMS * 300) - uint256(ITEMS * 300) * 21 / 22, "the least bribe for one item");
        eq(lost, 0, "one item is no slash");
        // and for everything: the fees and twice as much again
        uint256[] memory upsideDown = _truthOf();
        for (uint256 i; i < upsideDown.length; ++i) {
            upsideDown[i] = ~upsideDown[i] & _ones(ITEMS + GOLD)[i];
        }
        (bought, lost) = _against(2, upsideDown);
        eq(bought, 0, "nothing earned");
        eq(lost, 2 * ITEMS * 300, "the least bribe is three times the fees");
        // flipping needs three of five, then six of eleven, then twelve of twenty-three
        uint256 cost = (3 + 6 + 12) * (honest + lost);
        yes(cost > ITEMS * uint256(policy.itemReward), "more than the whole batch's reward");
    }

    function _truthOf() private pure returns (uint256[] memory verdicts) {
        verdicts = _allBut(ITEMS + GOLD, BAD);
        (uint256[] memory gold, uint256[] memory answers) = _goldAtTheEnd(ITEMS, GOLD);
        for (uint256 i; i < verdicts.length; ++i) {
            verdicts[i] &= ~gold[i] | answers[i];
        }
    }

    /// An owner's detector brings false gold to frame a reviewer who is right: the panel contradicts it, and it judges
    /// nobody.
    function test_attack_framedReviewer() public {
        Case memory c = _framed(3); // too few to strike anybody
        Account memory before = sebrus.accountOf(c.panel[0]);
        _finalize(c);
        Account memory later = sebrus.accountOf(c.panel[0]);
        eq(later.stake, before.stake, "no slash");
        eq(later.goldSeen, 0, "nothing on record");
        eq(later.free, before.free + ITEMS * 300, "paid in full");
    }

    /// All gold false, honest reviewers agree with each other: neither contributor nor panel loses a gwei of stake.
    function test_attack_ownerTakesStake() public {
        Case memory c = _case(ITEMS);
        _submit(c);
        uint256[64] memory stakes;
        for (uint256 i; i < 48; ++i) {
            stakes[i] = _staked(reviewer(i));
        }
        for (uint256 round; round < 3; ++round) {
            (uint256[] memory gold, uint256[] memory answers) = _goldAtTheEnd(ITEMS, GOLD);
            _screenWith(c, _zeros(ITEMS), gold, answers);
            _draw(c);
            uint256[] memory verdicts = _truthAgainst(gold, answers);
            _commitAll(c, verdicts);
            _conclude(c); // everybody struck: inconclusive
        }
        eq(c.record.decision, bytes32(0), "nothing decided");
        _finalize(c);
        eq(_phase(c), uint256(Phase.Voided), "void");
        eq(_free(contributor), 1e9, "the contributor's stake is whole");
        for (uint256 i; i < 48; ++i) {
            eq(_staked(reviewer(i)), stakes[i], "no reviewer is slashed");
            eq(sebrus.accountOf(reviewer(i)).goldSeen, 0, "nor on record for it");
        }
    }

    function _truthAgainst(uint256[] memory gold, uint256[] memory answers)
        private
        pure
        returns (uint256[] memory verdicts)
    {
        verdicts = _allBut(ITEMS + GOLD, BAD);
        for (uint256 i; i < verdicts.length; ++i) {
            verdicts[i] = (verdicts[i] & ~gold[i]) | (gold[i] & ~answers[i]); // every gold picture is the other way
        }
    }

    function _framed(uint256 count) private returns (Case memory c) {
        c = _case(ITEMS);
        _submit(c);
        (uint256[] memory gold, uint256[] memory answers) = _goldAtTheEnd(ITEMS, count);
        _screenWith(c, _zeros(ITEMS), gold, answers);
        _draw(c);
        uint256[] memory verdicts = _allBut(ITEMS + count, BAD);
        for (uint256 i; i < verdicts.length; ++i) {
            verdicts[i] = (verdicts[i] & ~gold[i]) | (gold[i] & ~answers[i]);
        }
        _commitAll(c, verdicts);
        _conclude(c);
    }

    /// A reviewer of long good standing who turns loses weight with the gold it fails: the record fades, it does not shield.
    function test_attack_sleepers() public {
        Case memory c = _startWithGold(10, 20);
        uint256[] memory right = _ones(30);
        right[0] &= ~c.screening.gold[0] | c.screening.answers[0];
        _commitAll(c, right);
        _conclude(c);
        _finalize(c);
        address sleeper = c.panel[0];
        eq(sebrus.accountOf(sleeper).goldRight, 20, "a good record");
        uint256 rounds;
        while (_weightOf(sleeper) != 0) {
            // the sleeper votes against all gold whenever it sits
            _sit(sleeper, ++rounds);
            yes(rounds < 4, "two batches later nothing is left");
        }
    }

    /// A batch in which the account sits, drawn again and again under other roots until it does.
    function _sit(address account, uint256 salt) private {
        for (uint256 n;; ++n) {
            vm.roll((block.number / EPOCH + 1) * EPOCH);
            Case memory c = _caseWith(10, keccak256(abi.encode(salt, n)));
            _submit(c);
            (uint256[] memory gold, uint256[] memory answers) = _goldAtTheEnd(10, 20);
            _screenWith(c, _zeros(10), gold, answers);
            _draw(c);
            bool sits;
            for (uint256 seat; seat < 5; ++seat) {
                if (c.panel[seat] == account) sits = true;
            }
            if (!sits) continue;
            for (uint256 seat; seat < 5; ++seat) {
                uint256[] memory verdicts = _ones(30);
                verdicts[0] &= ~gold[0] | (c.panel[seat] == account ? ~answers[0] : answers[0]);
                _commit(c, seat, verdicts);
            }
            _conclude(c);
            _finalize(c);
            return;
        }
    }

    function _weightOf(address account) private view returns (uint256) {
        uint256 place = sebrus.accountOf(account).index - 1;
        uint256 node = uint256(vm.load(address(sebrus), bytes32(3 + 2 * (585 + place / 8))));
        return (node >> (28 * (place % 8))) & ((1 << 28) - 1);
    }
}
