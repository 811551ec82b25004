// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice Several calls in one transaction.
abstract contract Multicall {
    /// @notice Makes the calls in their order, all or none; what each returns comes back.
    /// @dev It takes no value and no forwarder is trusted, so a call inside it has the same sender as outside. What a call
    /// reverts with is what all revert with.
    function multicall(bytes[] calldata data) external returns (bytes[] memory results) {
        results = new bytes[](data.length);
        for (uint256 i; i < data.length; ++i) {
            bytes calldata call_ = data[i];
            bytes memory result;
            assembly ("memory-safe") {
                result := mload(0x40)
                calldatacopy(result, call_.offset, call_.length)
                let done := delegatecall(gas(), address(), result, call_.length, 0, 0)
                let size := returndatasize()
                mstore(result, size)
                returndatacopy(add(result, 0x20), 0, size)
                if iszero(done) { revert(add(result, 0x20), size) }
                mstore(0x40, and(add(add(result, size), 0x3f), not(0x1f)))
            }
            results[i] = result;
        }
    }
}
