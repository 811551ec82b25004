// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @notice Leaves of a batch's tree: OpenZeppelin StandardMerkleTree over (uint256 index, bytes32 sha256, uint16 label).
library Leaf {
    /// @notice Hashed twice, so that no inner node can pass for a leaf.
    function hash(uint256 index, bytes32 sha256Hash, uint16 label) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(index, sha256Hash, label))));
    }

    /// @notice Whether the item is in the tree of `root`.
    function isIn(bytes32 root, uint256 index, bytes32 sha256Hash, uint16 label, bytes32[] calldata proof)
        internal
        pure
        returns (bool)
    {
        return MerkleProof.verifyCalldata(proof, root, hash(index, sha256Hash, label));
    }
}
