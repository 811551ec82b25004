// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice The detector's record adds up over the batches of a dataset, and over all words of each.
contract RecordAddsTest is Scenario {
    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    function _places(uint256 length, uint256 first, uint256 second, uint256 third)
        private
        pure
        returns (uint256[] memory words)
    {
        words = _itemsOf(length, first);
        _set(words, second);
        _set(words, third);
    }

    /// A batch with these flags, of which the whole panel rejects these items.
    function _settled(uint16 items, uint256[] memory flags, uint256[] memory rejected) private {
        Case memory c = _case(items);
        _submit(c);
        _screen(c, flags);
        _draw(c);
        uint256[] memory verdicts = _ones(items);
        for (uint256 i; i < verdicts.length; ++i) {
            verdicts[i] &= ~rejected[i];
        }
        _commitAll(c, verdicts);
        _conclude(c);
        _finalize(c);
    }

    function _recorded(uint256 items, uint256 flagged, uint256 upheld, uint256 missed) private view {
        DetectorRecord memory record = sebrus.detectorRecordOf(datasetId);
        eq(record.items, items, "items");
        eq(record.flagged, flagged, "flagged");
        eq(record.upheld, upheld, "upheld");
        eq(record.missed, missed, "missed");
    }

    function test_record_addsUp() public {
        _settled(300, _places(300, 0, 7, 299), _places(300, 0, 5, 299));
        _recorded(300, 3, 2, 1);
        _settled(260, _places(260, 1, 2, 257), _places(260, 100, 257, 258));
        _recorded(560, 6, 3, 3);
        _settled(256, _zeros(256), _zeros(256)); // nothing flagged, nothing to flag
        _recorded(816, 6, 3, 3);
    }

    function test_record_ofEachDatasetByItself() public {
        _settled(300, _places(300, 0, 7, 299), _places(300, 0, 5, 299));
        DatasetParams memory params = _params();
        params.salt = keccak256("another");
        datasetId = _createDataset(params, 1e10);
        _recorded(0, 0, 0, 0);
        _settled(260, _places(260, 1, 2, 257), _places(260, 100, 257, 258));
        _recorded(260, 3, 1, 2);
    }
}
