// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {BatchState} from "../types/BatchState.sol";

/// @notice Running digests: of lists that are too long to store, and come again in their order with a later call.
/// @dev In scratch memory: `abi.encode` would take new memory for every step.
library Digests {
    /// @notice One step: `keccak256(abi.encode(digest, value))`.
    function fold(bytes32 digest, bytes32 value) internal pure returns (bytes32 next) {
        assembly ("memory-safe") {
            mstore(0, digest)
            mstore(0x20, value)
            next := keccak256(0, 0x40)
        }
    }

    /// @notice One step of a list with places or accounts: `keccak256(abi.encode(digest, key, value))`.
    function fold(bytes32 digest, uint256 key, bytes32 value) internal pure returns (bytes32 next) {
        assembly ("memory-safe") {
            let scratch := mload(0x40) // past the free memory: used at once and not kept
            mstore(scratch, digest)
            mstore(add(scratch, 0x20), key)
            mstore(add(scratch, 0x40), value)
            next := keccak256(scratch, 0x60)
        }
    }

    /// @notice What history keeps of a round: `keccak256(abi.encode(status, panel, votes, question, gold, answers))`.
    function ofRound(BatchState status, bytes32 panel, bytes32 votes, bytes32 question, bytes32 gold, bytes32 answers)
        internal
        pure
        returns (bytes32 digest)
    {
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            mstore(scratch, status)
            mstore(add(scratch, 0x20), panel)
            mstore(add(scratch, 0x40), votes)
            mstore(add(scratch, 0x60), question)
            mstore(add(scratch, 0x80), gold)
            mstore(add(scratch, 0xa0), answers)
            digest := keccak256(scratch, 0xc0)
        }
    }

    /// @notice What is signed of a struct in a domain (EIP-712).
    function typed(bytes32 domain, bytes32 structHash) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            mstore(scratch, shl(240, 0x1901))
            mstore(add(scratch, 0x02), domain)
            mstore(add(scratch, 0x22), structHash)
            digest := keccak256(scratch, 0x42)
        }
    }

    /// @notice The hash of accounts in their order, each padded to 32 bytes (the EIP-712 encoding of `address[]`).
    function ofAccounts(address[] calldata accounts) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(accounts)); // packed array elements are padded to 32 bytes
    }

    /// @notice The same hash of words that may be no addresses, which shows when it is compared.
    function ofPanel(address[] calldata panel) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            let length := shl(5, panel.length)
            calldatacopy(scratch, panel.offset, length)
            digest := keccak256(scratch, length)
        }
    }
}
