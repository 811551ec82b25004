// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusJudgement} from "../interfaces/ISebrusJudgement.sol";
import {BatchKey, BatchRecord, ConcludedRound, Decision, Phase, RevealedVerdicts} from "../interfaces/Types.sol";
import {Bitmaps} from "../libraries/Bitmaps.sol";
import {Decisions} from "../libraries/Decisions.sol";
import {Digests} from "../libraries/Digests.sol";
import {PolicyRules} from "../libraries/PolicyRules.sol";
import {Reference} from "../libraries/Reference.sol";
import {BatchState} from "../types/BatchState.sol";
import {Amounts, Terms} from "../types/Rules.sol";
import {Appeals} from "./Appeals.sol";
import {LibBit} from "solady/utils/LibBit.sol";

/// @notice The end of a batch: all money moves at once, measured against the final decision.
abstract contract Settlement is Appeals {
    /// What a settlement comes to.
    struct Sheet {
        Amounts amounts;
        Terms terms;
        uint256 acceptedCount;
        uint64 stakeReturned;
        uint64 reward;
        uint256 pot; // what the batch holds, and every slash
        uint256 spent;
        uint64[] payouts;
        uint64[] slashes;
        uint256 seats; // priced so far
    }

    /// @inheritdoc ISebrusJudgement
    function finalize(
        BatchKey calldata key,
        BatchRecord calldata record_,
        Decision calldata decision,
        ConcludedRound[] calldata rounds
    ) external {
        (bytes32 batchId, BatchRecord memory record) = _recorded(key, record_, Phase.Decided);
        if (block.timestamp <= record.status.deadline()) revert TooEarly();
        if (record.appeals != 0) revert AppealsOpen();
        bool decided = record.decision != 0;
        if (decided && Decisions.hashBrought(decision) != record.decision) revert WrongDecision();

        Dataset storage dataset = _datasets[key.datasetId];
        Sheet memory sheet;
        (sheet.amounts, sheet.terms) = (_amounts(dataset), _terms(dataset));
        uint256[] memory panelAccepted;
        if (decided) panelAccepted = Bitmaps.copy(decision.panelAccepted);
        _payContributor(sheet, key, decision.accepted, panelAccepted);
        _payRounds(sheet, record.history, panelAccepted, rounds);

        bytes32 outcome = decided ? Bitmaps.hash(decision.accepted) : bytes32(0);
        _end(batchId, outcome, decided ? Phase.Settled : Phase.Voided);
        uint64 returned = uint64(sheet.pot - sheet.spent);
        dataset.bounty += returned;
        if (decided && decision.flags.length != 0) {
            _recordDetector(dataset, decision.flags, panelAccepted, key.itemCount);
        }
        emit Settled(
            batchId,
            decided,
            uint16(sheet.acceptedCount),
            sheet.stakeReturned,
            sheet.reward,
            returned,
            sheet.payouts,
            sheet.slashes
        );
    }

    /// @param panelAccepted empty when nothing was decided
    function _payContributor(
        Sheet memory sheet,
        BatchKey calldata key,
        uint256[] calldata accepted,
        uint256[] memory panelAccepted
    ) private {
        uint256 items = key.itemCount;
        uint256 stake_ = items * sheet.amounts.itemStake();
        uint256 itemReward = sheet.amounts.itemReward();
        sheet.pot = stake_ + items * itemReward;
        uint256 slash;
        if (panelAccepted.length != 0) {
            sheet.acceptedCount = Bitmaps.size(accepted);
            uint256 rejected = items - Bitmaps.size(panelAccepted);
            slash = rejected * sheet.amounts.itemStake() * sheet.terms.rejectedSlashBps() / 10000;
        }
        sheet.stakeReturned = uint64(stake_ - slash);
        sheet.reward = uint64(sheet.acceptedCount * itemReward);
        sheet.spent = uint256(sheet.stakeReturned) + sheet.reward;
        _credit(key.contributor, uint64(sheet.spent));
    }

    /// @dev Checks that these are the batch's rounds, and pays the seats of each.
    function _payRounds(
        Sheet memory sheet,
        bytes32 history,
        uint256[] memory panelAccepted,
        ConcludedRound[] calldata rounds
    ) private {
        uint256 seats;
        bytes32 brought;
        for (uint256 i; i < rounds.length; ++i) {
            ConcludedRound calldata round = rounds[i];
            brought = Digests.fold(brought, _digestOf(round));
            seats += round.panel.length;
        }
        if (brought != history) revert WrongHistory();
        (sheet.payouts, sheet.slashes) = (new uint64[](seats), new uint64[](seats));
        for (uint256 i; i < rounds.length; ++i) {
            _payRound(sheet, rounds[i], panelAccepted);
        }
    }

    function _payRound(Sheet memory sheet, ConcludedRound calldata round, uint256[] memory panelAccepted) private {
        BatchState state = round.status;
        address[] calldata panel = round.panel;
        RevealedVerdicts[] calldata revealed = round.revealed;
        uint256 items = state.items();
        uint64 seatStake = sheet.amounts.seatStake();
        sheet.pot += PolicyRules.feesOf(sheet.amounts, sheet.terms, state.round(), items);
        Reference.Answers memory answers = Reference.answersOf(round, panelAccepted);
        SeatResult memory result;
        (result.gold, result.items) = (answers.goldSize, answers.good + answers.bad - answers.goldSize);
        for (uint256 i; i < revealed.length; ++i) {
            RevealedVerdicts calldata said = revealed[i];
            Reference.Judged memory judged = Reference.judge(answers, said.verdicts);
            (uint256 payout, uint256 loss) =
                Reference.price(answers, judged, items * sheet.amounts.reviewFee(), sheet.terms.incoherentSlashBps());
            result.payout = uint64(payout);
            result.slash = loss > seatStake ? seatStake : uint64(loss);
            result.goldRight = judged.goldRight;
            result.itemsCoherent = judged.goodRight + judged.badRight - judged.goldRight;
            _paySeat(sheet, panel, said.seat, result);
        }
        uint256 silent = state.committed() & ~state.revealed();
        if (silent != 0) _slashSilent(sheet, panel, silent);
        sheet.seats += panel.length;
    }

    /// @dev Takes their share of the seat stake from seats that committed and did not reveal, bit j for seat j.
    function _slashSilent(Sheet memory sheet, address[] calldata panel, uint256 silent) private {
        uint64 slash = uint64(uint256(sheet.amounts.seatStake()) * sheet.terms.silentSlashBps() / 10000);
        for (; silent != 0; silent &= silent - 1) {
            _paySeat(sheet, panel, LibBit.ffs(silent), SeatResult(0, slash, 0, 0, 0, 0));
        }
    }

    function _paySeat(Sheet memory sheet, address[] calldata panel, uint256 seat, SeatResult memory result) private {
        _closeSeat(panel[seat], sheet.amounts.seatStake(), result);
        (uint64 payout, uint64 slash) = (result.payout, result.slash);
        uint256 place = sheet.seats + seat;
        if (payout != 0) sheet.payouts[place] = payout;
        if (slash != 0) sheet.slashes[place] = slash;
        sheet.pot += slash;
        sheet.spent += payout;
    }

    function _recordDetector(
        Dataset storage dataset,
        uint256[] calldata flags,
        uint256[] memory panelAccepted,
        uint256 items
    ) private {
        uint256 flagged;
        uint256 upheld;
        for (uint256 i; i < flags.length; ++i) {
            uint256 word = flags[i];
            if (word == 0) continue;
            flagged += LibBit.popCount(word);
            upheld += LibBit.popCount(word & ~panelAccepted[i]);
        }
        uint256 rejected = items - Bitmaps.size(panelAccepted);
        unchecked {
            // 2**40 items of one dataset: they turn over rather than stop it
            dataset.items += uint48(items);
            dataset.flagged += uint40(flagged);
            dataset.upheld += uint40(upheld);
            dataset.missed += uint40(rejected - upheld);
        }
    }

    function _digestOf(ConcludedRound calldata round) private pure returns (bytes32) {
        RevealedVerdicts[] calldata revealed = round.revealed;
        bytes32 votes;
        for (uint256 i; i < revealed.length; ++i) {
            RevealedVerdicts calldata said = revealed[i];
            votes = Digests.fold(votes, said.seat, Bitmaps.hash(said.verdicts));
        }
        bytes32 question = round.question.length == 0 ? bytes32(0) : Bitmaps.hash(round.question);
        uint256[] calldata gold = round.gold;
        bool opened = gold.length != 0;
        return keccak256(
            abi.encode(
                round.status,
                Digests.ofPanel(round.panel),
                votes,
                question,
                opened ? Bitmaps.hash(gold) : bytes32(0),
                opened ? Bitmaps.hash(round.answers) : bytes32(0)
            )
        );
    }
}
