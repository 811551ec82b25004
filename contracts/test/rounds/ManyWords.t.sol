// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";
import {Vm} from "../base/Vm.sol";

/// @notice What is counted over a bitmap is counted over all of its words.
contract ManyWordsTest is Scenario {
    uint64 private constant MONEY = 1e9;

    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    function _clearFrom(uint256[] memory words, uint256 first, uint256 end) private pure {
        for (uint256 i = first; i < end; ++i) {
            _clear(words, i);
        }
    }

    /// 100 of 300 items rejected, all under appeal; the larger panel says `verdicts`.
    function _appealedAll(uint256[] memory verdicts) private {
        Case memory c = _decided(300, 100);
        _deposit(stranger, MONEY);
        _appeal(c, stranger, _ones(300));
        eq(_free(stranger), MONEY - 300 * 11 * policy.reviewFee, "the bond");
        _startAppeal(c);
        _round(c, verdicts);
        eq(c.decision.accepted, verdicts, "the larger panel's");
    }

    function test_words_everyItemThatChangedIsGivenBack() public {
        uint256[] memory verdicts = _ones(300);
        _clearFrom(verdicts, 0, 10); // rejected before
        _clearFrom(verdicts, 150, 155); // accepted before
        _clearFrom(verdicts, 290, 300); // accepted before, in another word
        _appealedAll(verdicts);
        uint64 fees = (90 + 5 + 10) * 11 * policy.reviewFee;
        uint64 slashes = (5 + 10) * policy.itemStake / 2;
        eq(_free(stranger), MONEY - 300 * 11 * policy.reviewFee + fees + slashes, "what was right");
    }

    function test_words_nothingChangedNothingIsGivenBack() public {
        _appealedAll(_allBut(300, 100));
        eq(_free(stranger), MONEY - 300 * 11 * policy.reviewFee, "the bond is spent");
    }

    /// 256 items, with four gold pictures in the first word and four in the second.
    function _goldInBothWords() private returns (Case memory c, uint256[] memory right) {
        c = _case(256);
        _submit(c);
        uint256[] memory gold = _zeros(264);
        (gold[0], gold[1]) = (15, 15);
        uint256[] memory answers = _itemsOf(264, 0);
        _set(answers, 257);
        _screenWith(c, _zeros(256), gold, answers);
        _draw(c);
        right = _ones(264);
        for (uint256 i; i < 2; ++i) {
            right[i] = (right[i] & ~gold[i]) | answers[i];
        }
    }

    function _countedBy(Case memory c) private returns (uint32 counted) {
        vm.getRecordedLogs();
        _allowed(stranger, _concludeCall(c));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] != ISebrusEvents.Concluded.selector) continue;
            (,, counted) = abi.decode(logs[i].data, (uint8, BatchState, uint32));
        }
        _readLogs(c, logs);
    }

    function test_words_goldInBothIsOnRecord() public {
        (Case memory c, uint256[] memory right) = _goldInBothWords();
        _commitAll(c, right);
        eq(_countedBy(c), 31, "all seats");
        eq(c.decision.accepted, _ones(256), "accepted");
        _finalize(c);
        eq(sebrus.accountOf(c.panel[0]).goldSeen, 8, "gold");
        eq(sebrus.accountOf(c.panel[0]).goldRight, 8, "of it right");
        eq(sebrus.accountOf(c.panel[0]).itemsSeen, 256, "items");
    }

    function test_words_goldMissedInEitherStrikesTheSeat() public {
        (Case memory c, uint256[] memory right) = _goldInBothWords();
        for (uint256 seat; seat < 5; ++seat) {
            uint256[] memory verdicts = Bitmaps.full(264);
            for (uint256 i; i < 2; ++i) {
                verdicts[i] = seat == i ? right[i] ^ 15 : right[i]; // four of eight: less than 60 %
            }
            _commit(c, seat, verdicts);
        }
        eq(_countedBy(c), 28, "neither of the first two");
    }
}
