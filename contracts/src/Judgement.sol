// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Settlement} from "./judgement/Settlement.sol";
import {Reviewers} from "./state/Reviewers.sol";

/// @title The second half of SeBRUS: openings, tallies, appeals, settlement
/// @notice Code only. `Sebrus` runs it on its own storage (EIP-170 leaves no room for both halves in one contract); by
/// itself it holds no batch and no money, and there is nothing to call.
/// @dev Openings, Rounds, Appeals, Settlement, each using those before it.
contract Judgement is Settlement {
    constructor(uint64 minStakeGwei, uint32 epochLength_) Reviewers(minStakeGwei, epochLength_) {}
}
