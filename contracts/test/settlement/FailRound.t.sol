// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/SebrusTest.sol";

contract FailRoundTest is SebrusTest {
    function test_fail_slashesTheSilentAndDrawsAgain() public {
        Case memory c = _start(10);
        _commit(c, 0, _ones(10));
        _commit(c, 1, _ones(10));
        vm.warp(block.timestamp + policy.commitWindow + 1);
        _reveal(c, c.openings[0]);
        _expect(ISebrus.TooEarly.selector); // seat 1 may still reveal
        sebrus.failRound(c.key, c.panel);
        vm.warp(block.timestamp + policy.revealWindow);
        sebrus.failRound(c.key, c.panel);
        for (uint256 seat; seat < 5; ++seat) {
            Account memory account = sebrus.accountOf(c.panel[seat]);
            uint256 lost = seat == 1 ? 200_000 : 0;
            eq(account.free + account.stake, 10 * MIN_STAKE - lost, "who committed and stayed silent loses 40 %");
            eq(account.locked, 0, "unlocked");
        }
        uint64 reserve = 10 * (5000 + 7 * 300);
        eq(sebrus.bountyOf(datasetId), 1e11 - reserve + 200_000, "slashes to the bounty");
        eq(_phase(c), uint256(Phase.Drawing), "phase");
        _draw(c);
        eq(c.round, 1, "round");
        eq(c.panel.length, 5, "as many seats");
        _commitAll(c, _ones(10)); // the digests of the failed round are gone
        _revealAll(c);
        _settle(c);
    }

    function test_fail_refusedWhenTheQuorumIsThere() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        _revealAll(c);
        _expect(ISebrus.QuorumReached.selector);
        sebrus.failRound(c.key, c.panel);
    }

    function test_fail_refusesAnotherPanelAndOtherPhases() public {
        Case memory c = _case(10);
        _expect(abi.encodeWithSelector(ISebrus.WrongPhase.selector, Phase.None));
        sebrus.failRound(c.key, c.panel);
        c = _start(10);
        vm.warp(block.timestamp + 2000);
        c.panel[0] = stranger; // somebody else's stake
        _expect(ISebrus.WrongPanel.selector);
        sebrus.failRound(c.key, c.panel);
    }

    function test_fail_asSoonAsNobodyCommitted() public {
        Case memory c = _start(10);
        vm.warp(block.timestamp + policy.commitWindow + 1);
        sebrus.failRound(c.key, c.panel);
        eq(_phase(c), uint256(Phase.Drawing), "phase");
    }

    function test_fail_lastRoundVoidsTheBatch() public {
        Case memory c = _start(10);
        for (uint256 round; round < 3; ++round) {
            eq(c.round, round, "round");
            vm.warp(block.timestamp + 2000);
            sebrus.failRound(c.key, c.panel);
            if (round < 2) _draw(c);
        }
        eq(_phase(c), uint256(Phase.Voided), "phase");
        eq(_free(contributor), 1e9, "stake back");
        eq(sebrus.outcomeOf(c.id), bytes32(0), "no outcome");
        _expect(abi.encodeWithSelector(ISebrus.WrongPhase.selector, Phase.Voided));
        sebrus.failRound(c.key, c.panel);
    }

    function test_fail_unscreenedKeepsItsLargerPanel() public {
        Case memory c = _case(10);
        _submit(c);
        _skipScreening(c);
        _draw(c);
        vm.warp(block.timestamp + 2000);
        sebrus.failRound(c.key, c.panel);
        _draw(c);
        eq(c.panel.length, 7, "seats");
    }
}
