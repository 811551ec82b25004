// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Appeal, BatchKey, BatchRecord, Phase} from "../interfaces/Types.sol";
import {Bitmaps} from "../libraries/Bitmaps.sol";
import {Digests} from "../libraries/Digests.sol";
import {Datasets} from "./Datasets.sol";

/// @notice The one word kept of a batch: the hash of its record, with the lowest byte replaced by the phase.
/// @dev 248 bits of hash: whoever looks for two records with one hash needs 2**124 attempts.
abstract contract Records is Datasets {
    mapping(bytes32 batchId => bytes32) internal _seals;

    /// @dev The words of the key are hashed as they come: `submit` lets none in that are not what they should be.
    function _batchId(BatchKey calldata key) internal pure returns (bytes32 batchId) {
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            calldatacopy(scratch, key, 0x80)
            batchId := keccak256(scratch, 0x80)
        }
    }

    function _phaseOf(bytes32 batchId) internal view returns (Phase) {
        return Phase(uint8(uint256(_seals[batchId])));
    }

    /// @dev The batch of a key, which must be in the phase, with the record brought for it. An unknown key has phase
    /// None, so the dataset of a key that passes exists.
    function _recorded(BatchKey calldata key, BatchRecord calldata record, Phase phase)
        internal
        view
        returns (bytes32 batchId, BatchRecord memory copy)
    {
        batchId = _batchId(key);
        copy = _copied(record);
        _requireRecord(batchId, copy, phase);
    }

    function _copied(BatchRecord calldata record) internal pure returns (BatchRecord memory copy) {
        assembly ("memory-safe") {
            calldatacopy(copy, record, 0x120) // nine words, every one of them a whole one
        }
    }

    function _requireRecord(bytes32 batchId, BatchRecord memory record, Phase phase) internal view {
        bytes32 seal = _seals[batchId];
        Phase current = Phase(uint8(uint256(seal)));
        if (current != phase) revert WrongPhase(current);
        if (_seal(_hash(record), phase) != seal) revert WrongRecord();
    }

    function _keep(bytes32 batchId, BatchRecord memory record) internal {
        _seals[batchId] = _seal(_hash(record), record.status.phase());
    }

    /// @dev Ends a batch: of a settled one the hash of what was accepted stays.
    function _end(bytes32 batchId, bytes32 outcome, Phase phase) internal {
        _seals[batchId] = _seal(outcome, phase);
    }

    /// @dev `keccak256(abi.encode(record))`: nine words, in memory as they are encoded.
    function _hash(BatchRecord memory record) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(record, 0x120)
        }
    }

    function _seal(bytes32 hash, Phase phase) private pure returns (bytes32) {
        return bytes32((uint256(hash) & ~uint256(type(uint8).max)) | uint256(phase));
    }

    /// @dev Checks the panel brought with a call.
    function _requirePanel(BatchRecord memory record, address[] calldata panel) internal pure {
        if (Digests.ofPanel(panel) != record.panel) revert WrongPanel();
    }

    /// @dev Checks the open appeals brought with a call.
    function _requireAppeals(BatchRecord memory record, Appeal[] calldata appeals) internal pure {
        bytes32 digest;
        for (uint256 i; i < appeals.length; ++i) {
            digest = Digests.fold(digest, uint160(appeals[i].appellant), Bitmaps.hash(appeals[i].items));
        }
        if (digest != record.appeals) revert WrongAppeals();
    }
}
