// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "./Scenario.sol";

/// @notice Reading the golden vectors shared with Python: tests/vectors/README.md says their shape.
abstract contract VectorTest is Scenario {
    string internal json;

    function _load(string memory name) internal returns (uint256 cases) {
        json = vm.readFile(string.concat("../tests/vectors/", name, ".json"));
        return vm.parseJsonUint(json, ".cases");
    }

    function _at(uint256 i, string memory field) internal pure returns (string memory) {
        return string.concat(".case", vm.toString(i), ".", field);
    }

    function _uint(uint256 i, string memory field) internal view returns (uint256) {
        return vm.parseJsonUint(json, _at(i, field));
    }

    function _uints(uint256 i, string memory field) internal view returns (uint256[] memory) {
        return vm.parseJsonUintArray(json, _at(i, field));
    }

    function _flag(uint256 i, string memory field) internal view returns (bool) {
        return vm.parseJsonBool(json, _at(i, field));
    }

    function _hash(uint256 i, string memory field) internal view returns (bytes32) {
        return vm.parseJsonBytes32(json, _at(i, field));
    }

    function _hashes(uint256 i, string memory field) internal view returns (bytes32[] memory) {
        return vm.parseJsonBytes32Array(json, _at(i, field));
    }

    function _words(uint256 i, string memory field) internal view returns (uint256[] memory words) {
        bytes32[] memory raw = _hashes(i, field);
        assembly ("memory-safe") {
            words := raw
        }
    }

    function _address(uint256 i, string memory field) internal view returns (address) {
        return vm.parseJsonAddress(json, _at(i, field));
    }

    function _addresses(uint256 i, string memory field) internal view returns (address[] memory) {
        return vm.parseJsonAddressArray(json, _at(i, field));
    }

    function _cut(uint256[] memory flat, uint256 from, uint256 count) internal pure returns (uint256[] memory part) {
        part = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            part[i] = flat[from + i];
        }
    }

    function _policyAt(uint256 i) internal view returns (Policy memory) {
        uint256[] memory numbers = _uints(i, "policy");
        eq(numbers.length, 20, "numbers in a policy");
        return abi.decode(abi.encodePacked(numbers), (Policy)); // each a word: the policy's ABI encoding
    }
}
