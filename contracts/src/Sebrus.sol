// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {BatchKey, ISebrus} from "./interfaces/ISebrus.sol";
import {Leaf} from "./libraries/Leaf.sol";
import {Reviewers} from "./modules/Reviewers.sol";
import {Settlement} from "./modules/Settlement.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

/// @title The one contract of SeBRUS: it holds the money and decides
/// @notice Datasets, stakes, batches, panels, verdicts, settlement, releases. docs/protocol.md is the specification.
/// @dev One line of inheritance, each module using those before it:
/// Ledger, Reviewers, Datasets, Batches, Panels, Ballots, Settlement. Multicall takes no value and no ERC-2771 forwarder
/// is trusted, so a call inside it has the same sender as outside.
contract Sebrus is Settlement, Multicall {
    /// @notice Who may pause new submissions, and nothing else.
    address public immutable guardian;

    /// @param guardian_ may pause new submissions
    /// @param minStakeGwei the least reviewing stake, 1 to 2**40 gwei
    /// @param epochLength_ blocks in an epoch, 8 to 2**20
    constructor(address guardian_, uint64 minStakeGwei, uint32 epochLength_) Reviewers(minStakeGwei, epochLength_) {
        if (guardian_ == address(0)) revert InvalidDeployment();
        guardian = guardian_;
    }

    /// @inheritdoc ISebrus
    function setSubmissionsPaused(bool paused) external {
        if (msg.sender != guardian) revert NotGuardian();
        submissionsPaused = paused;
        emit SubmissionsPausedSet(paused);
    }

    /// @inheritdoc ISebrus
    function verifyItem(
        BatchKey calldata key,
        uint256 index,
        bytes32 sha256Hash,
        uint16 label,
        bytes32[] calldata proof
    ) external pure returns (bool) {
        return index < key.itemCount && Leaf.isIn(key.root, index, sha256Hash, label, proof);
    }
}
