// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice Batches that fill their bitmaps to the last bit: nothing is cut off, and no padding is there to hide a mistake.
contract WholeWordsTest is Scenario {
    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    /// Finalizes, and checks what the first and the last seat of the last round got.
    function _paidInFull(Case memory c, uint256 items) private {
        (address first, address last) = (c.panel[0], c.panel[c.panel.length - 1]);
        (uint64 before, uint64 other) = (_free(first), _free(last));
        uint64 held = _free(contributor);
        _finalize(c);
        eq(_free(first) - before, items * policy.reviewFee, "the first seat");
        eq(_free(last) - other, items * policy.reviewFee, "the last seat");
        yes(_free(contributor) > held, "the contributor");
    }

    function test_words_everyBitIsAnItem() public {
        uint256[] memory verdicts = _allBut(512, 256);
        Case memory c = _decided(512, 256);
        eq(c.decision.accepted, verdicts, "accepted");
        eq(c.decision.panelAccepted, verdicts, "panelAccepted");
        _sealHolds(c);
        _paidInFull(c, 512);
        eq(sebrus.detectorRecordOf(datasetId).missed, 256, "missed");
    }

    function test_words_oneItemMoreAndOneLess() public {
        Case memory c = _decided(255, 1);
        eq(c.decision.accepted, _allBut(255, 1), "255");
        c = _decided(257, 256);
        eq(c.decision.accepted, _allBut(257, 256), "257");
        _sealHolds(c);
    }

    function test_words_wholeWordsOfItemsBesideWholeWordsOfGold() public {
        Case memory c = _startWithGold(256, 256);
        uint256[] memory verdicts = _copy(c).screening.answers; // the gold right
        verdicts[0] = _allBut(256, 16)[0];
        _commitAll(c, verdicts);
        _conclude(c);
        eq(c.decision.accepted, _allBut(256, 16), "accepted");
        eq(sebrus.accountOf(c.panel[0]).goldSeen, 0, "before");
        _paidInFull(c, 256);
        eq(sebrus.accountOf(c.panel[0]).goldSeen, 256, "gold");
        eq(sebrus.accountOf(c.panel[0]).goldRight, 256, "of it right");
        eq(sebrus.accountOf(c.panel[0]).itemsSeen, 256, "items");
    }

    function test_words_aWholeWordUnderAppeal() public {
        Case memory c = _decided(256, 100);
        _deposit(stranger, 1e9);
        _appeal(c, stranger, _ones(256));
        _startAppeal(c);
        _round(c, _allBut(256, 16));
        eq(c.decision.accepted, _allBut(256, 16), "the larger panel's");
        _paidInFull(c, 256);
    }
}
