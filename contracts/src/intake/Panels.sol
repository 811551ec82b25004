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
        (bytes32 batchId, BatchRecord memory record) = _recorded(key, record_, Phase.Drawing);
        BatchState state = record.status;
        if (block.number <= state.entropyBlock()) revert EntropyNotReady();
        bytes32 entropy = _entropyOf(state);
        if (entropy == 0) revert EntropyMissed();
        entropy = keccak256(abi.encode(entropy, batchId, state.round()));
        (panel, drawn) = _drawPanel(_shutOut(key, record.excluded, excluded), hint, entropy, state.seats());

        if (panel.length < _datasets[key.datasetId].quorum) {
            _unseat(key, batchId, record, appeals);
        } else {
            record.status = state.voting(panel.length);
            record.panel = _hashOf(panel);
            _keep(batchId, record);
            emit Drawn(batchId, state.round(), panel, entropy, uint32(_epoch()));
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
        _keep(batchId, record);
    }

    /// @dev The hash of the entropy block; zero when it is out of reach, its epoch is over, or nobody could commit any more.
    function _entropyOf(BatchState state) private view returns (bytes32) {
        uint256 entropyBlock = state.entropyBlock();
        if (block.timestamp > state.deadline()) return 0;
        return entropyBlock / epochLength == _epoch() ? blockhash(entropyBlock) : bytes32(0);
    }

    /// @dev Who may not sit: contributor, owner, detector, and the lists, which must be those of the digest.
    function _shutOut(BatchKey calldata key, bytes32 digest, address[][] calldata excluded)
        private
        view
        returns (address[] memory out)
    {
        uint256 count = 3;
        bytes32 brought;
        for (uint256 i; i < excluded.length; ++i) {
            brought = Digests.fold(brought, Digests.ofAccounts(excluded[i]));
            count += excluded[i].length;
        }
        if (brought != digest) revert WrongExclusions();
        out = new address[](count);
        Dataset storage dataset = _datasets[key.datasetId];
        (out[0], out[1], out[2]) = (key.contributor, dataset.owner, dataset.detector);
        count = 3;
        for (uint256 i; i < excluded.length; ++i) {
            for (uint256 j; j < excluded[i].length; ++j) {
                out[count++] = excluded[i][j];
            }
        }
    }

    /// @dev As many seats as asked for, or all who may sit, in drawn order; and everybody the urn yielded on the way.
    /// Whoever may not sit is passed over: given that, each next seat goes to those left who may in proportion to their
    /// weights, just as if the others had never been in the urn.
    function _drawPanel(address[] memory out, address[] calldata hint, bytes32 entropy, uint256 seats)
        private
        view
        returns (address[] memory panel, address[] memory drawn)
    {
        Urn.Sample memory urn = Urn.fill(_tree, _epoch(), seats + out.length);
        (panel, drawn) = (new address[](seats), new address[](seats + out.length));
        uint256 seat;
        uint256 count;
        for (; seat < seats && urn.remaining != 0; ++count) {
            address reviewer = _atPlace(urn.draw(_tree, uint256(keccak256(abi.encode(entropy, count)))), hint, count);
            drawn[count] = reviewer;
            if (!_isAmong(reviewer, out)) panel[seat++] = reviewer;
        }
        if (hint.length != 0 && hint.length != count) revert WrongHint();
        assembly ("memory-safe") {
            // cut off the seats that nobody was left for
            mstore(panel, seat)
            mstore(drawn, count)
        }
    }

    /// @dev Whose place it is: the one the hint names, whose account must say so, or without a hint the one listed. A draw
    /// and its commitments come in one transaction, and the commitments need the accounts anyway.
    function _atPlace(uint256 place, address[] calldata hint, uint256 number) private view returns (address reviewer) {
        if (hint.length == 0) return _reviewers[place];
        if (number >= hint.length) revert WrongHint();
        reviewer = hint[number];
        if (_accounts[reviewer].index() != place + 1) revert WrongHint();
    }

    function _isAmong(address account, address[] memory accounts) private pure returns (bool) {
        for (uint256 i; i < accounts.length; ++i) {
            if (accounts[i] == account) return true;
        }
        return false;
    }

    /// @dev `keccak256(abi.encodePacked(panel))`.
    function _hashOf(address[] memory panel) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(add(panel, 0x20), shl(5, mload(panel)))
        }
    }
}
