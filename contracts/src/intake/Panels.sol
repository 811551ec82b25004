// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusIntake} from "../interfaces/ISebrusIntake.sol";
import {Appeal, BatchKey, BatchRecord, Phase} from "../interfaces/Types.sol";
import {Bitmaps} from "../libraries/Bitmaps.sol";
import {Digests} from "../libraries/Digests.sol";
import {PolicyRules} from "../libraries/PolicyRules.sol";
import {Urn} from "../libraries/Urn.sol";
import {BatchState, BatchStateLibrary} from "../types/BatchState.sol";
import {Amounts, Terms} from "../types/Rules.sol";
import {Batches} from "./Batches.sol";

/// @notice The draw of a panel. It asks, and locks nothing: only committing binds a reviewer.
abstract contract Panels is Batches {
    using Urn for Urn.Sample;

    /// Who may not sit, beside those in the lists.
    struct Bars {
        address contributor;
        address owner;
        address detector;
        uint256 most; // how many there can be, with those in the lists
    }

    /// @inheritdoc ISebrusIntake
    function requestDraw(BatchKey calldata key, BatchRecord calldata record_) external {
        (bytes32 batchId, BatchRecord memory record) = _recorded(key, record_, Phase.Drawing);
        BatchState state = record.status;
        // While the draw can still be made nobody may trade its entropy for another.
        if (block.number <= state.entropyBlock() || _entropyOf(state) != 0) revert EntropyPending();
        _requestDraw(batchId, record, _terms(_datasets[key.datasetId]), state.round(), state.positions());
    }

    /// @inheritdoc ISebrusIntake
    function draw(
        BatchKey calldata key,
        BatchRecord calldata record_,
        address[][] calldata excluded,
        Appeal[] calldata appeals,
        address[] calldata hint
    ) external returns (address[] memory panel, address[] memory drawn) {
        bytes32 batchId;
        BatchRecord memory record;
        (batchId, record, panel, drawn) = _draw(key, record_, excluded, appeals, hint);
        _keep(batchId, record);
        // Whoever brings a hint knows both already, and to return them costs gas.
        if (hint.length != 0) (panel, drawn) = (new address[](0), new address[](0));
    }

    /// @dev Draws, or gives the round up; what is written of the batch is left to the caller.
    function _draw(
        BatchKey calldata key,
        BatchRecord calldata record_,
        address[][] calldata excluded,
        Appeal[] calldata appeals,
        address[] calldata hint
    ) internal returns (bytes32 batchId, BatchRecord memory record, address[] memory panel, address[] memory drawn) {
        (batchId, record) = _recorded(key, record_, Phase.Drawing);
        BatchState state = record.status;
        if (block.number <= state.entropyBlock()) revert EntropyNotReady();
        bytes32 entropy = _entropyOf(state);
        if (entropy == 0) revert EntropyMissed();
        entropy = keccak256(abi.encode(entropy, batchId, state.round()));
        Bars memory bars = _barsOf(key, record.excluded, excluded);
        (panel, drawn) = _drawPanel(bars, excluded, hint, entropy, state.seats());

        if (panel.length < _datasets[key.datasetId].quorum) {
            _unseat(key, batchId, record, appeals);
        } else {
            record.status = state.voting(panel.length);
            record.panel = _hashOf(panel);
            _emitDrawn(batchId, state.round(), panel, entropy);
        }
    }

    /// @dev Nobody is left to ask: what the round would have cost goes back, and the decision so far is final.
    function _unseat(BatchKey calldata key, bytes32 batchId, BatchRecord memory record, Appeal[] calldata appeals)
        private
    {
        _requireAppeals(record, appeals);
        Dataset storage dataset = _datasets[key.datasetId];
        (Amounts amounts, Terms terms) = (_amounts(dataset), _terms(dataset));
        uint8 round = record.status.round();
        uint64 returned;
        if (record.appeals == 0) {
            returned = PolicyRules.feesOf(amounts, terms, round, record.status.items());
            dataset.bounty += returned;
        }
        emit Unseated(batchId, round, returned);
        for (uint256 i; i < appeals.length; ++i) {
            uint64 bond = PolicyRules.feesOf(amounts, terms, round, Bitmaps.size(appeals[i].items));
            _credit(appeals[i].appellant, bond);
            emit AppealSettled(batchId, appeals[i].appellant, bond, 0);
        }
        (record.screening, record.question, record.appeals) = (0, 0, 0);
        record.status = BatchStateLibrary.decided(round, 0, 0);
    }

    /// @dev The hash of the entropy block; zero when it is out of reach, its epoch is over, or nobody could commit any more.
    function _entropyOf(BatchState state) private view returns (bytes32) {
        uint256 entropyBlock = state.entropyBlock();
        if (block.timestamp > state.deadline()) return 0;
        return entropyBlock / epochLength == _epoch() ? blockhash(entropyBlock) : bytes32(0);
    }

    /// @dev Who may not sit, beside the lists, which must be those of the digest.
    function _barsOf(BatchKey calldata key, bytes32 digest, address[][] calldata excluded)
        private
        view
        returns (Bars memory bars)
    {
        bytes32 brought;
        for (uint256 i; i < excluded.length; ++i) {
            address[] calldata list = excluded[i];
            brought = Digests.fold(brought, Digests.ofAccounts(list));
            bars.most += list.length;
        }
        if (brought != digest) revert WrongExclusions();
        Dataset storage dataset = _datasets[key.datasetId];
        (bars.contributor, bars.owner, bars.detector) = (key.contributor, dataset.owner, dataset.detector);
        bars.most += 3;
    }

    /// @dev As many seats as asked for, or all who may sit, in drawn order; and everybody the urn yielded on the way.
    /// Whoever may not sit is passed over: given that, each next seat goes to those left who may in proportion to their
    /// weights, just as if the others had never been in the urn.
    function _drawPanel(
        Bars memory bars,
        address[][] calldata excluded,
        address[] calldata hint,
        bytes32 entropy,
        uint256 seats
    ) private view returns (address[] memory panel, address[] memory drawn) {
        uint256 most = seats + bars.most;
        Urn.Sample memory urn = Urn.fill(_tree, _placesIssued, _epoch(), most);
        (panel, drawn) = (new address[](seats), new address[](hint.length == 0 ? most : 0));
        uint256 seat;
        uint256 count;
        unchecked {
            for (; seat < seats && urn.remaining != 0; ++count) {
                uint256 place = urn.draw(_tree, uint256(Digests.fold(entropy, bytes32(count))));
                address reviewer;
                if (hint.length == 0) (reviewer, drawn[count]) = (_reviewers[place], _reviewers[place]);
                else reviewer = _hinted(hint, count, place);
                if (!_isBarred(reviewer, bars, excluded)) panel[seat++] = reviewer;
            }
        }
        if (hint.length != 0 && hint.length != count) revert WrongHint();
        assembly ("memory-safe") {
            // cut off the seats that nobody was left for
            mstore(panel, seat)
            if mload(drawn) { mstore(drawn, count) }
        }
    }

    /// @dev The account that the hint names for a draw, and which must say that the place is its own. A draw and its
    /// commitments come in one transaction, and the commitments need the accounts anyway.
    function _hinted(address[] calldata hint, uint256 number, uint256 place) private view returns (address reviewer) {
        if (number >= hint.length) revert WrongHint();
        reviewer = hint[number];
        unchecked {
            // places are below 2**15
            if (_load(_slotOf(reviewer)).index() != place + 1) revert WrongHint();
        }
    }

    function _isBarred(address account, Bars memory bars, address[][] calldata excluded) private pure returns (bool) {
        if (account == bars.contributor || account == bars.owner || account == bars.detector) return true;
        unchecked {
            for (uint256 i; i < excluded.length; ++i) {
                address[] calldata list = excluded[i];
                for (uint256 j; j < list.length; ++j) {
                    if (list[j] == account) return true;
                }
            }
        }
        return false;
    }

    /// @dev `emit Drawn(batchId, round, panel, entropy, epoch)`, the panel copied whole: to encode it costs three times as
    /// much.
    function _emitDrawn(bytes32 batchId, uint8 round, address[] memory panel, bytes32 entropy) private {
        bytes32 topic = Drawn.selector;
        uint256 epoch = _epoch();
        assembly ("memory-safe") {
            let data := mload(0x40)
            let size := shl(5, add(mload(panel), 1)) // with the length
            mstore(data, round)
            mstore(add(data, 0x20), 0x80)
            mstore(add(data, 0x40), entropy)
            mstore(add(data, 0x60), epoch)
            mcopy(add(data, 0x80), panel, size)
            log2(data, add(0x80, size), topic, batchId)
        }
    }

    /// @dev `keccak256(abi.encodePacked(panel))`.
    function _hashOf(address[] memory panel) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(add(panel, 0x20), shl(5, mload(panel)))
        }
    }
}
