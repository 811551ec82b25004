// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Vm} from "./Vm.sol";

/// @notice Assertions that say what was compared.
abstract contract Test {
    error NotEqual(string what, uint256 actual, uint256 expected);
    error NotEqualBytes32(string what, bytes32 actual, bytes32 expected);
    error NotEqualAddress(string what, address actual, address expected);
    error NotTrue(string what);

    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    // forge looks for this to tell a test contract
    bool public constant IS_TEST = true; // solhint-disable-line

    function eq(uint256 actual, uint256 expected, string memory what) internal pure {
        if (actual != expected) revert NotEqual(what, actual, expected);
    }

    function eq(bytes32 actual, bytes32 expected, string memory what) internal pure {
        if (actual != expected) revert NotEqualBytes32(what, actual, expected);
    }

    function eq(address actual, address expected, string memory what) internal pure {
        if (actual != expected) revert NotEqualAddress(what, actual, expected);
    }

    function eq(uint256[] memory actual, uint256[] memory expected, string memory what) internal pure {
        eq(actual.length, expected.length, string.concat(what, ": length"));
        for (uint256 i; i < actual.length; ++i) {
            eq(actual[i], expected[i], what);
        }
    }

    function yes(bool condition, string memory what) internal pure {
        if (!condition) revert NotTrue(what);
    }

    function no(bool condition, string memory what) internal pure {
        if (condition) revert NotTrue(string.concat("not: ", what));
    }

    /// @notice `value` folded into [low, high].
    function within(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        if (value >= low && value <= high) return value;
        return high - low == type(uint256).max ? value : low + value % (high - low + 1);
    }
}
