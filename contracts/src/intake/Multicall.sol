// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice Several calls in one transaction.
abstract contract Multicall {
    /// @notice Makes the calls in their order, all or none; what each returns comes back.
    /// @dev It takes no value and no forwarder is trusted, so a call inside it has the same sender as outside. What a call
    /// reverts with is what all revert with. What they return is written where it is returned from, as `bytes[]` is
    /// encoded: the offset, the number, an offset for each, and of each its length and itself.
    function multicall(bytes[] calldata data) external returns (bytes[] memory) {
        uint256 answer;
        uint256 tail;
        assembly ("memory-safe") {
            answer := mload(0x40)
            mstore(answer, 0x20)
            mstore(add(answer, 0x20), data.length)
            tail := add(answer, shl(5, add(data.length, 2)))
        }
        for (uint256 i; i < data.length; ++i) {
            bytes calldata call_ = data[i];
            assembly ("memory-safe") {
                calldatacopy(tail, call_.offset, call_.length)
                let done := delegatecall(gas(), address(), tail, call_.length, 0, 0)
                let size := returndatasize()
                if iszero(done) {
                    returndatacopy(tail, 0, size)
                    revert(tail, size)
                }
                mstore(add(answer, shl(5, add(i, 2))), sub(sub(tail, answer), 0x40))
                mstore(tail, size)
                returndatacopy(add(tail, 0x20), 0, size)
                mstore(add(add(tail, 0x20), size), 0) // what fills the last word
                tail := add(tail, and(add(size, 0x3f), not(0x1f)))
                mstore(0x40, tail)
            }
        }
        assembly ("memory-safe") {
            return(answer, sub(tail, answer))
        }
    }
}
