// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice Calldata whose words hold more than their types: nothing gets a second identity by it.
contract DirtyWordsAttacks is Scenario {
    /// Sets the highest bit of a word of a call's arguments.
    function _dirty(bytes memory data, uint256 word) private pure returns (bytes memory) {
        assembly ("memory-safe") {
            let place := add(add(data, 0x24), mul(word, 0x20))
            mstore(place, or(mload(place), shl(255, 1)))
        }
        return data;
    }

    function _isRefused(address sender, bytes memory data) private {
        (bool done,) = _send(sender, data);
        no(done, "refused");
    }

    /// The key's words are its identity: contributor and item count with bits beyond their types submit nothing.
    function test_attack_dirtyKey() public {
        Case memory c = _case(10);
        _isRefused(contributor, _dirty(abi.encodeCall(sebrus.submit, (c.key, 0, NONE)), 1));
        _isRefused(contributor, _dirty(abi.encodeCall(sebrus.submit, (c.key, 0, NONE)), 3));
        bytes memory signature = _signSubmit(CONTRIBUTOR_KEY, c.key, FAR);
        _isRefused(relayer, _dirty(abi.encodeCall(sebrus.submit, (c.key, FAR, signature)), 1));
        _isRefused(relayer, _dirty(abi.encodeCall(sebrus.submit, (c.key, FAR, signature)), 3));
        _submit(c);
        _screen(c, _zeros(10));
        vm.roll(c.record.status.entropyBlock() + 1);
        _isRefused(stranger, _dirty(_drawCall(c), 1));
        _isRefused(stranger, _dirty(_drawCall(c), 3));
        _draw(c);
        _commitAll(c, _ones(10));
        _isRefused(stranger, _dirty(_concludeCall(c), 1));
        _conclude(c);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _isRefused(stranger, _dirty(_finalizeCall(c), 1));
        _isRefused(stranger, _dirty(_finalizeCall(c), 3));
        _finalize(c);
    }

    /// A linked account with bits beyond its type is the account: a detector cannot name somebody whom no draw can leave
    /// out, and so hold the batch for ever.
    function test_attack_dirtyLinkFreezesTheDraw() public {
        Case memory c = _case(10);
        _submit(c);
        address[] memory links = new address[](1);
        links[0] = reviewer(0);
        _committedTo(c, _zeros(10), _zeros(10), _zeros(10));
        bytes32 commitment = _screeningCommitment(c);
        ScreeningCommitment memory s = ScreeningCommitment(commitment, c.screening.taskRoot, 10, links);
        bytes memory call_ = abi.encodeCall(sebrus.commitScreening, (c.key, c.record, s));
        // the call ends with the one linked account
        (bool done,) = _send(detector, _dirty(abi.encodePacked(call_), (call_.length - 4) / 32 - 1));
        if (!done) _allowed(detector, call_);
        _screened(c, commitment, 10);
        c.record.excluded = Digests.fold(0, keccak256(abi.encodePacked(links)));
        c.excluded = new address[][](1);
        c.excluded[0] = links;
        _sealHolds(c);
        _draw(c);
        eq(c.panel.length, 5, "drawn");
    }

    /// A panel or a seat with bits beyond its type is none.
    function test_attack_dirtyPanelAndSeat() public {
        Case memory c = _start(10);
        Vote memory vote = _vote(c, _opened(c, 0, _ones(10)));
        bytes memory call_ = _commitCall(c, vote);
        // key and record are 13 words, then two places and a length; the seat is the first word of the one vote
        for (uint256 i = 16; i <= 23; ++i) {
            if (i == 21 || i == 22) continue; // the length of the votes and the place of the first
            _isRefused(c.panel[0], _dirty(abi.encodePacked(call_), i));
        }
        _allowed(c.panel[0], call_);
    }

    function test_attack_dirtyAppellant() public {
        Case memory c = _decided(10, 4);
        _deposit(stranger, 1e6);
        Appeal memory a = Appeal(stranger, _itemsOf(10, 0));
        bytes memory call_ = _appealCall(c, a);
        uint256 words = (call_.length - 4) / 32;
        uint256 tried;
        for (uint256 i; i < words; ++i) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(add(call_, 0x24), mul(i, 0x20)))
            }
            if (word != uint160(stranger)) continue;
            _isRefused(stranger, _dirty(abi.encodePacked(call_), i));
            ++tried;
        }
        eq(tried, 1, "the appellant");
        _appeal(c, stranger, a.items);
    }
}
