// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {BatchKey, ISebrus, Phase, Policy, RevealedVerdicts, ScreeningOpening} from "../interfaces/ISebrus.sol";
import {Bitmaps} from "../libraries/Bitmaps.sol";
import {PolicyRules} from "../libraries/PolicyRules.sol";
import {Tally} from "../libraries/Tally.sol";
import {BatchState} from "../types/BatchState.sol";
import {Ballots} from "./Ballots.sol";

/// @notice The end of a round: tally, payment and slashes, or another draw.
abstract contract Settlement is Ballots {
    bytes32 private constant SCREENING_TYPE =
        keccak256("Screening(bytes32 batchId,bytes32 modelHash,bytes32 scoresRoot,bytes32 flagsHash,bytes32 salt)");

    /// What a settlement decides, gathered before anything is written.
    struct Outcome {
        uint256[] accepted;
        uint256[] panelAccepted;
        uint256 acceptedCount;
        uint64 stakeReturned;
        uint64 reward;
        uint64[] payouts;
        uint64[] slashes;
    }

    /// @inheritdoc ISebrus
    function settle(
        BatchKey calldata key,
        address[] calldata panel,
        RevealedVerdicts[] calldata revealed,
        ScreeningOpening calldata screening
    ) external {
        (bytes32 batchId, Batch storage batch, BatchState state) = _votingBatch(key, panel);
        if (!state.revealsOver()) revert TooEarly();
        Policy memory policy = _datasets[key.datasetId].policy;
        if (state.revealedCount() < policy.quorum) revert QuorumMissing();
        if (_digestOf(revealed) != batch.reveals) revert WrongVerdicts();
        uint256[] memory flags =
            _openScreening(key, batchId, batch.screening, screening, state.revealDeadline() + policy.revealWindow);

        Outcome memory outcome;
        (outcome.accepted, outcome.panelAccepted) = Tally.decide(revealed, flags, policy.detectorVotes);
        _price(outcome, policy, key.itemCount, revealed, panel.length, state.committed());

        batch.state = state.withPhase(Phase.Settled);
        batch.panelHash = Bitmaps.hashMemory(outcome.accepted);
        _clear(batch);
        _pay(outcome, policy, key, panel, state.committed());
        emit Settled(
            batchId,
            state.round(),
            uint16(outcome.acceptedCount),
            outcome.accepted,
            outcome.panelAccepted,
            outcome.stakeReturned,
            outcome.reward,
            outcome.payouts,
            outcome.slashes
        );
    }

    /// @inheritdoc ISebrus
    function failRound(BatchKey calldata key, address[] calldata panel) external {
        (bytes32 batchId, Batch storage batch, BatchState state) = _votingBatch(key, panel);
        if (!state.revealsOver()) revert TooEarly();
        Dataset storage dataset = _datasets[key.datasetId];
        Policy storage policy = dataset.policy;
        if (state.revealedCount() >= policy.quorum) revert QuorumReached();

        batch.ballots = 0;
        batch.reveals = 0;
        uint64 silentSlash = _silentSlash(policy);
        uint64 seatStake = policy.seatStake;
        uint64[] memory slashes = new uint64[](panel.length);
        uint64 total;
        for (uint256 seat; seat < panel.length; ++seat) {
            if ((state.committed() >> seat) & 1 == 0) continue; // agreed to nothing, locked nothing
            uint64 slash = (state.revealed() >> seat) & 1 == 0 ? silentSlash : 0;
            _closeSeat(panel[seat], seatStake, 0, slash);
            slashes[seat] = slash;
            total += slash;
        }
        dataset.bounty += total;
        emit RoundFailed(batchId, state.round(), slashes);
        if (state.round() + 1 >= policy.maxRounds) return _void(key, batchId, batch, state);
        _requestDraw(batchId, batch, policy, state.round() + 1);
    }

    /// @dev The flags: opened and equal to what was committed, or none when there was no screening or its time is over.
    function _openScreening(
        BatchKey calldata key,
        bytes32 batchId,
        bytes32 commitment,
        ScreeningOpening calldata screening,
        uint256 openingDeadline
    ) private returns (uint256[] memory flags) {
        if (!screening.opened) {
            if (commitment != 0 && block.timestamp <= openingDeadline) revert TooEarly();
            return new uint256[](Bitmaps.wordsFor(key.itemCount));
        }
        Bitmaps.requireShape(screening.flags, key.itemCount);
        bytes32 structHash = keccak256(
            abi.encode(
                SCREENING_TYPE,
                batchId,
                screening.modelHash,
                screening.scoresRoot,
                Bitmaps.hash(screening.flags),
                screening.salt
            )
        );
        if (_hashTypedDataV4(structHash) != commitment) revert WrongScreening();
        emit ScreeningOpened(batchId, screening.modelHash, screening.scoresRoot, screening.salt, screening.flags);
        return screening.flags;
    }

    function _digestOf(RevealedVerdicts[] calldata revealed) private pure returns (bytes32 digest) {
        for (uint256 i; i < revealed.length; ++i) {
            digest = _fold(digest, revealed[i].seat, Bitmaps.hash(revealed[i].verdicts));
        }
    }

    /// @dev Who gets and who loses what: zero and zero for who never committed, at most the seat stake for who did.
    function _price(
        Outcome memory outcome,
        Policy memory policy,
        uint256 items,
        RevealedVerdicts[] calldata revealed,
        uint256 seats,
        uint256 committed
    ) private pure {
        outcome.acceptedCount = Tally.size(outcome.accepted);
        outcome.reward = uint64(outcome.acceptedCount * policy.itemReward);
        uint256 rejectedStake = (items - Tally.size(outcome.panelAccepted)) * policy.itemStake;
        outcome.stakeReturned = uint64(items * policy.itemStake - rejectedStake * policy.rejectedSlashBps / 10000);

        outcome.payouts = new uint64[](seats);
        outcome.slashes = new uint64[](seats);
        uint64 silentSlash = _silentSlash(policy);
        for (uint256 seat; seat < seats; ++seat) {
            if ((committed >> seat) & 1 == 1) outcome.slashes[seat] = silentSlash;
        }
        for (uint256 i; i < revealed.length; ++i) {
            uint256 incoherent = Tally.distance(revealed[i].verdicts, outcome.panelAccepted);
            uint256 fee = (items - incoherent) * policy.reviewFee;
            uint256 fine = incoherent * policy.reviewFee * policy.incoherentSlashBps / 10000;
            uint256 seat = revealed[i].seat;
            outcome.payouts[seat] = fee > fine ? uint64(fee - fine) : 0;
            uint256 loss = fine > fee ? fine - fee : 0;
            outcome.slashes[seat] = loss < policy.seatStake ? uint64(loss) : policy.seatStake;
        }
    }

    /// @dev Moves the money of a settled batch; who never committed is not touched.
    function _pay(
        Outcome memory outcome,
        Policy memory policy,
        BatchKey calldata key,
        address[] calldata panel,
        uint256 committed
    ) private {
        uint256 pot = PolicyRules.reserveOf(policy, key.itemCount) + PolicyRules.stakeOf(policy, key.itemCount);
        uint256 spent = uint256(outcome.stakeReturned) + outcome.reward;
        for (uint256 seat; seat < panel.length; ++seat) {
            if ((committed >> seat) & 1 == 0) continue;
            uint64 payout = outcome.payouts[seat];
            uint64 slash = outcome.slashes[seat];
            _closeSeat(panel[seat], policy.seatStake, payout, slash);
            pot += slash;
            spent += payout;
        }
        _credit(key.contributor, outcome.stakeReturned + outcome.reward);
        _datasets[key.datasetId].bounty += uint64(pot - spent);
    }

    function _silentSlash(Policy memory policy) private pure returns (uint64) {
        return uint64(uint256(policy.seatStake) * policy.silentSlashBps / 10000);
    }
}
