// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {BatchKey, ISebrus, Phase, Policy} from "../interfaces/ISebrus.sol";
import {Urn} from "../libraries/Urn.sol";
import {BatchState} from "../types/BatchState.sol";
import {Batches} from "./Batches.sol";

/// @notice The draw of a panel. It asks, and locks nothing: only committing binds a reviewer.
abstract contract Panels is Batches {
    using Urn for Urn.Sample;

    uint256 private constant EXCLUDED = 3; // contributor, owner, detector

    /// @inheritdoc ISebrus
    function requestDraw(BatchKey calldata key) external {
        (bytes32 batchId, Batch storage batch, BatchState state) = _batchIn(key, Phase.Drawing);
        // While the draw can still be made nobody may trade its entropy for another.
        if (block.number <= state.entropyBlock() || _entropyOf(state) != 0) revert EntropyPending();
        _requestDraw(batchId, batch, _datasets[key.datasetId].policy, state.round());
    }

    /// @inheritdoc ISebrus
    function draw(BatchKey calldata key) external {
        (bytes32 batchId, Batch storage batch, BatchState state) = _batchIn(key, Phase.Drawing);
        if (block.number <= state.entropyBlock()) revert EntropyNotReady();
        bytes32 entropy = _entropyOf(state);
        if (entropy == 0) revert EntropyMissed();
        entropy = keccak256(abi.encode(entropy, batchId, state.round()));
        address[] memory panel = _drawPanel(key, entropy, state.seats());

        Policy storage policy = _datasets[key.datasetId].policy;
        if (panel.length < policy.quorum) return _void(key, batchId, batch, state);
        uint40 commitDeadline = uint40(block.timestamp + policy.commitWindow);
        uint40 revealDeadline = commitDeadline + policy.revealWindow;
        batch.state = state.voting(uint8(panel.length), commitDeadline, revealDeadline);
        batch.panelHash = keccak256(abi.encodePacked(panel)); // packed array elements are padded to 32 bytes
        emit Drawn(batchId, state.round(), panel, entropy, uint32(_epoch()), commitDeadline, revealDeadline);
    }

    /// @dev The hash of the entropy block; zero when it is out of reach or its epoch is over.
    function _entropyOf(BatchState state) private view returns (bytes32) {
        uint256 entropyBlock = state.entropyBlock();
        return entropyBlock / epochLength == _epoch() ? blockhash(entropyBlock) : bytes32(0);
    }

    /// @dev As many seats as asked for, or all who are eligible, in drawn order.
    function _drawPanel(BatchKey calldata key, bytes32 entropy, uint256 seats)
        private
        view
        returns (address[] memory panel)
    {
        Urn.Sample memory urn = Urn.fill(_tree, _epoch(), seats + EXCLUDED);
        Dataset storage dataset = _datasets[key.datasetId];
        (address contributor, address owner, address detector) = (key.contributor, dataset.owner, dataset.detector);
        _exclude(urn, contributor);
        if (owner != contributor) _exclude(urn, owner);
        if (detector != contributor && detector != owner) _exclude(urn, detector);

        panel = new address[](seats);
        uint256 seat;
        for (; seat < seats && urn.remaining != 0; ++seat) {
            panel[seat] = _reviewers[urn.draw(_tree, uint256(keccak256(abi.encode(entropy, seat))))];
        }
        assembly ("memory-safe") {
            mstore(panel, seat) // cut off the seats that nobody was left for
        }
    }

    function _exclude(Urn.Sample memory urn, address account) private view {
        uint32 index = _accounts[account].index();
        if (index != 0) urn.exclude(_tree, index - 1);
    }
}
