// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusJudgement} from "../interfaces/ISebrusJudgement.sol";
import {Appeal, BatchKey, BatchRecord, Phase} from "../interfaces/Types.sol";
import {Bitmaps} from "../libraries/Bitmaps.sol";
import {Digests} from "../libraries/Digests.sol";
import {PolicyRules} from "../libraries/PolicyRules.sol";
import {BatchState, BatchStateLibrary} from "../types/BatchState.sol";
import {Rounds} from "./Rounds.sol";

/// @notice Appeals against a held decision; a finding of a later audit is one of them.
abstract contract Appeals is Rounds {
    bytes32 private constant APPEAL_TYPE =
        keccak256("Appeal(bytes32 batchId,uint8 round,address appellant,bytes32 itemsHash,uint256 deadline)");

    /// @inheritdoc ISebrusJudgement
    function appeal(
        BatchKey calldata key,
        BatchRecord calldata record_,
        uint256[] calldata appealed,
        Appeal calldata appeal_,
        uint256 deadline,
        bytes calldata signature
    ) external {
        (bytes32 batchId, BatchRecord memory record) = _recorded(key, record_, Phase.Decided);
        BatchState state = record.status;
        if (state.deadline() == 0) revert NoFurtherRound();
        if (block.timestamp > state.deadline()) revert TooLate();
        _requireQuestion(record, appealed);
        bytes32 itemsHash = Bitmaps.hash(appeal_.items);
        bytes32 structHash =
            keccak256(abi.encode(APPEAL_TYPE, batchId, state.round(), appeal_.appellant, itemsHash, deadline));
        _authorise(appeal_.appellant, structHash, deadline, signature);

        Dataset storage dataset = _datasets[key.datasetId];
        uint64 bond =
            PolicyRules.feesOf(_amounts(dataset), _terms(dataset), state.round() + 1, Bitmaps.size(appeal_.items));
        _accounts[appeal_.appellant] = _spend(_accounts[appeal_.appellant], bond);
        uint256[] memory all = _with(appealed, appeal_.items, key.itemCount);
        // Where nothing is decided yet the items left out would count as rejected by nobody.
        if (record.decision == 0 && Bitmaps.size(all) != key.itemCount) revert InvalidAppeal();
        record.question = Bitmaps.hashMemory(all);
        record.appeals = Digests.fold(record.appeals, uint160(appeal_.appellant), itemsHash);
        record.status = BatchStateLibrary.decided(state.round(), uint16(Bitmaps.size(all)), state.deadline());
        _keep(batchId, record);
        emit Appealed(batchId, appeal_.appellant, appeal_.items, bond);
    }

    /// @inheritdoc ISebrusJudgement
    function startAppeal(BatchKey calldata key, BatchRecord calldata record_, uint256[] calldata appealed) external {
        (bytes32 batchId, BatchRecord memory record) = _recorded(key, record_, Phase.Decided);
        BatchState state = record.status;
        if (block.timestamp <= state.deadline()) revert TooEarly();
        if (record.appeals == 0) revert InvalidAppeal();
        _requireQuestion(record, appealed);
        _escalate(batchId, record, _terms(_datasets[key.datasetId]), state.items(), appealed, 0);
    }

    /// @dev The items under appeal with those of a new appeal, which must not be among them.
    function _with(uint256[] calldata appealed, uint256[] calldata more, uint256 items)
        private
        pure
        returns (uint256[] memory all)
    {
        Bitmaps.requireShape(more, items);
        all = more;
        uint256 named;
        for (uint256 i; i < more.length; ++i) {
            named |= more[i];
            if (appealed.length == 0) continue;
            if (appealed[i] & more[i] != 0) revert InvalidAppeal();
            all[i] |= appealed[i];
        }
        if (named == 0) revert InvalidAppeal();
    }
}
