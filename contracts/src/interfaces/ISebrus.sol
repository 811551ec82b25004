// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusIntake} from "./ISebrusIntake.sol";
import {ISebrusJudgement} from "./ISebrusJudgement.sol";

/// @title The one contract of SeBRUS: datasets, stakes, batches, panels, verdicts, settlement, releases
/// @dev Errors and events live in the interfaces; the modules hold logic only. docs/protocol.md is the specification.
interface ISebrus is ISebrusIntake, ISebrusJudgement {}
