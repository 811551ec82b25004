// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

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
