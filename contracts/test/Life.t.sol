// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "./base/SebrusTest.sol";

/// @notice Whole lives of batches.
contract LifeTest is SebrusTest {
    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    function test_life_agreed() public {
        Case memory c = _start(300);
        _commitAll(c, _ones(300));
        _conclude(c);
        eq(_phase(c), uint256(Phase.Decided), "phase");
        _finalize(c);
        eq(_phase(c), uint256(Phase.Settled), "phase");
        eq(_free(contributor), 1e9 + 300 * 5000, "contributor");
        eq(_free(c.panel[0]), 10 * MIN_STAKE - _staked(c.panel[0]) + 300 * 300, "reviewer");
    }

    function test_life_withGold() public {
        Case memory c = _case(300);
        _submit(c);
        uint256[] memory gold = _zeros(320);
        uint256[] memory answers = _zeros(320);
        for (uint256 i; i < 20; ++i) {
            uint256 place = (i * 37) % 320;
            gold[place / 256] |= uint256(1) << (place % 256);
            if (i % 2 == 0) answers[place / 256] |= uint256(1) << (place % 256);
        }
        _screenWith(c, _zeros(300), gold, answers);
        _draw(c);
        uint256[] memory verdicts = _zeros(320);
        for (uint256 i; i < 2; ++i) {
            verdicts[i] = _ones(320)[i] & (~gold[i] | answers[i]);
        }
        for (uint256 seat; seat < 4; ++seat) {
            _commit(c, seat, verdicts);
        }
        _commit(c, 4, _ones(320));
        _conclude(c);
        eq(_phase(c), uint256(Phase.Decided), "phase");
        eq(c.decision.accepted, _ones(300), "accepted");
        _finalize(c);
        eq(_phase(c), uint256(Phase.Settled), "phase");
        eq(sebrus.accountOf(c.panel[4]).goldRight, 10, "gold right");
        eq(_free(c.panel[4]), 10 * MIN_STAKE - _staked(c.panel[4]), "always accepting earns nothing");
        eq(_free(c.panel[0]), 10 * MIN_STAKE - _staked(c.panel[0]) + 300 * 300, "looking earns the fees");
    }

    function test_life_escalatedTwiceAndAppealed() public {
        Case memory c = _start(300);
        for (uint256 seat; seat < 5; ++seat) {
            uint256[] memory verdicts = _ones(300);
            if (seat < 2) verdicts[1] &= ~uint256(7); // items 256, 257, 258: three to two
            _commit(c, seat, verdicts);
        }
        _conclude(c);
        eq(_phase(c), uint256(Phase.Screening), "escalated");
        eq(c.record.status.items(), 3, "items in question");
        _screen(c, new uint256[](0));
        _draw(c);
        eq(c.panel.length, 11, "the larger panel");
        uint256[] memory first = _zeros(3);
        first[0] = 1; // 256 accepted, 257 and 258 rejected
        _commitAll(c, first);
        _conclude(c);
        eq(_phase(c), uint256(Phase.Decided), "decided");
        Appeal memory appeal = Appeal(contributor, _zeros(300));
        appeal.items[1] = 2;
        vm.prank(contributor);
        sebrus.appeal(c.key, c.record, c.question, appeal, 0, NONE);
        c.appeals = new Appeal[](1);
        c.appeals[0] = appeal;
        c.question = appeal.items;
        c.record.question = Bitmaps.hashMemory(appeal.items);
        c.record.appeals = Digests.fold(0, uint160(contributor), Bitmaps.hashMemory(appeal.items));
        c.record.status = BatchStateLibrary.decided(1, 1, c.record.status.deadline());
        vm.warp(c.record.status.deadline() + 1);
        vm.getRecordedLogs();
        sebrus.startAppeal(c.key, c.record, c.question);
        _readConclusion(c);
        _screen(c, new uint256[](0));
        _draw(c);
        eq(c.panel.length, 23, "the largest panel");
        uint64 before = _free(contributor);
        _commitAll(c, _ones(1));
        _conclude(c);
        eq(_free(contributor), before + 23 * 300, "the bond came back");
        eq(_phase(c), uint256(Phase.Decided), "decided");
        _finalize(c);
        eq(_phase(c), uint256(Phase.Settled), "settled");
        eq(c.decision.accepted[1], _ones(300)[1] & ~uint256(4), "what holds");
    }
}
