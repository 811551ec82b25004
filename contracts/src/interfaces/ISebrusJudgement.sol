// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusEvents} from "./ISebrusEvents.sol";
import {Appeal, Ballots, BatchKey, BatchRecord, Decision, PastRound, ScreeningOpening} from "./Types.sol";

/// @title The second half of SeBRUS: openings, tallies, appeals, settlement
interface ISebrusJudgement is ISebrusEvents {
    // ------------------------------------------------------------------ the end of a round and of a batch

    function reveal(
        BatchKey calldata key,
        BatchRecord calldata record,
        address[] calldata panel,
        Ballots calldata ballots
    ) external;
    /// `question` and `decision` are empty where the record has none.
    function conclude(
        BatchKey calldata key,
        BatchRecord calldata record,
        address[] calldata panel,
        Ballots calldata ballots,
        ScreeningOpening calldata opening,
        uint256[] calldata question,
        Decision calldata decision,
        Appeal[] calldata appeals
    ) external;
    /// `appealed` are the items under appeal so far; empty for the first appeal.
    function appeal(
        BatchKey calldata key,
        BatchRecord calldata record,
        uint256[] calldata appealed,
        Appeal calldata appeal_,
        uint256 deadline,
        bytes calldata signature
    ) external;
    function startAppeal(BatchKey calldata key, BatchRecord calldata record, uint256[] calldata appealed) external;
    function finalize(
        BatchKey calldata key,
        BatchRecord calldata record,
        Decision calldata decision,
        PastRound[] calldata rounds
    ) external;
}
