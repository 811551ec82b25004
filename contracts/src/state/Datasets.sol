// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Policy} from "../interfaces/Types.sol";
import {Amounts, Terms} from "../types/Rules.sol";
import {Reviewers} from "./Reviewers.sol";

/// @notice Datasets: their rules, their bounty, their detector's record.
abstract contract Datasets is Reviewers {
    /// A cold slot costs 2,100 gas, so what one call reads lies together: draw and commitments, which come in one
    /// transaction, find the quorum and the seat stake beside the owner and leave the policy alone.
    struct Dataset {
        Policy policy; // two slots
        uint64 bounty; // not reserved by any batch, in gwei
        bool closed;
        uint48 items; // this and what follows, to the end of the slot, is the detector's record
        uint40 flagged;
        uint40 upheld;
        uint40 missed;
        uint16 unopened;
        address owner; // zero: no such dataset
        uint32 releases;
        uint48 seatStake; // this and the next as in the policy
        uint8 quorum;
        address detector;
    }

    mapping(bytes32 datasetId => Dataset) internal _datasets;

    function _dataset(bytes32 datasetId) internal view returns (Dataset storage dataset) {
        dataset = _datasets[datasetId];
        if (dataset.owner == address(0)) revert UnknownDataset();
    }

    /// @dev The first word of the policy.
    function _amounts(Dataset storage dataset) internal view returns (Amounts amounts) {
        assembly ("memory-safe") {
            amounts := sload(dataset.slot)
        }
    }

    /// @dev The second word of the policy.
    function _terms(Dataset storage dataset) internal view returns (Terms terms) {
        assembly ("memory-safe") {
            terms := sload(add(dataset.slot, 1))
        }
    }
}
