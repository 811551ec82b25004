// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusJudgement} from "../interfaces/ISebrusJudgement.sol";
import {BatchKey, BatchRecord, Decision, PastRound, Phase} from "../interfaces/Types.sol";
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
        int64[] results; // of each seat: what it was paid, or below zero what it lost
        uint256 seats; // priced so far
    }

    /// @inheritdoc ISebrusJudgement
    function finalize(
        BatchKey calldata key,
        BatchRecord calldata record_,
        Decision calldata decision,
        PastRound[] calldata rounds
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
        _emitSettled(batchId, decided, sheet, returned);
    }

    /// @dev `emit Settled(batchId, ...)`, the results copied whole: to encode them costs five times as much.
    function _emitSettled(bytes32 batchId, bool decided, Sheet memory sheet, uint64 returned) private {
        bytes32 topic = Settled.selector;
        int64[] memory results = sheet.results;
        uint256 acceptedCount = sheet.acceptedCount;
        (uint64 stakeReturned, uint64 reward) = (sheet.stakeReturned, sheet.reward);
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, decided)
            mstore(add(data, 0x20), acceptedCount)
            mstore(add(data, 0x40), stakeReturned)
            mstore(add(data, 0x60), reward)
            mstore(add(data, 0x80), returned)
            mstore(add(data, 0xa0), 0xc0)
            let size := shl(5, add(mload(results), 1)) // with the length
            mcopy(add(data, 0xc0), results, size)
            log2(data, add(0xc0, size), topic, batchId)
        }
    }

    /// @param panelAccepted empty when nothing was decided
    function _payContributor(
        Sheet memory sheet,
        BatchKey calldata key,
        uint256[] calldata accepted,
        uint256[] memory panelAccepted
    ) private {
        unchecked {
            // by `PolicyRules.check` at most 2**48 gwei each
            uint256 items = key.itemCount;
            uint256 itemStake = sheet.amounts.itemStake();
            uint256 itemReward = sheet.amounts.itemReward();
            uint256 stakeReturned = items * itemStake;
            sheet.pot = stakeReturned + items * itemReward;
            uint256 reward;
            if (panelAccepted.length != 0) {
                uint256 acceptedCount = Bitmaps.size(accepted);
                uint256 rejected = items - Bitmaps.size(panelAccepted);
                stakeReturned -= rejected * itemStake * sheet.terms.rejectedSlashBps() / 10000;
                reward = acceptedCount * itemReward;
                sheet.acceptedCount = acceptedCount;
            }
            (sheet.stakeReturned, sheet.reward) = (uint64(stakeReturned), uint64(reward));
            sheet.spent = stakeReturned + reward;
            _credit(key.contributor, uint64(sheet.spent));
        }
    }

    /// @dev Checks that these are the batch's rounds, and pays the seats of each.
    function _payRounds(
        Sheet memory sheet,
        bytes32 history,
        uint256[] memory panelAccepted,
        PastRound[] calldata rounds
    ) private {
        uint256 seats;
        bytes32 brought;
        for (uint256 i; i < rounds.length; ++i) {
            PastRound calldata round = rounds[i];
            brought = Digests.fold(brought, _digestOf(round));
            seats += round.panel.length; // hashed, so not beyond what is sent
        }
        if (brought != history) revert WrongHistory();
        sheet.results = new int64[](seats);
        for (uint256 i; i < rounds.length; ++i) {
            _payRound(sheet, rounds[i], panelAccepted);
        }
    }

    function _payRound(Sheet memory sheet, PastRound calldata round, uint256[] memory panelAccepted) private {
        BatchState state = round.status;
        address[] calldata panel = round.panel;
        uint256 seats = round.seats;
        Reference.Answers memory answers = Reference.answersOf(round, panelAccepted);
        uint256 place = Bitmaps.placeOf(round.verdicts);
        SeatResult memory result;
        unchecked {
            // fees below 2**48 gwei, at most 31 seats
            uint256 fees = state.items() * sheet.amounts.reviewFee();
            sheet.pot += PolicyRules.feesOf(sheet.amounts, sheet.terms, state.round(), state.items());
            (result.gold, result.items) = (answers.goldSize, answers.good + answers.bad - answers.goldSize);
            for (uint256 i = state.revealedCount(); i != 0; --i) {
                Reference.Judged memory judged = Reference.judge(answers, place);
                (uint256 payout, uint256 loss) =
                    Reference.price(answers, judged, fees, sheet.terms.incoherentSlashBps());
                result.payout = uint64(payout);
                result.slash = uint64(loss);
                if (loss > sheet.amounts.seatStake()) result.slash = sheet.amounts.seatStake();
                result.goldRight = judged.goldRight;
                result.itemsCoherent = judged.goodRight + judged.badRight - judged.goldRight;
                _paySeat(sheet, panel, seats & 0xff, result);
                seats >>= 8;
                place += 32 * answers.known.length;
            }
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
        unchecked {
            // never both, and below 2**48 gwei
            sheet.results[sheet.seats + seat] = int64(payout) - int64(slash);
            sheet.pot += slash;
            sheet.spent += payout;
        }
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
        unchecked {
            uint256 rejected = items - Bitmaps.size(panelAccepted);
            // 2**40 items of one dataset: they turn over rather than stop it
            dataset.items += uint48(items);
            dataset.flagged += uint40(flagged);
            dataset.upheld += uint40(upheld);
            dataset.missed += uint40(rejected - upheld);
        }
    }

    function _digestOf(PastRound calldata round) private pure returns (bytes32) {
        uint256[] calldata verdicts = round.verdicts;
        (uint256 seats, uint256 count) = (round.seats, round.status.revealedCount());
        uint256 words = Bitmaps.wordsFor(round.status.positions());
        bytes32 votes;
        unchecked {
            if (verdicts.length != words * count || seats >> (8 * count) != 0) revert WrongHistory();
            uint256 place = Bitmaps.placeOf(verdicts);
            for (; count != 0; --count) {
                votes = Digests.fold(votes, seats & 0xff, Bitmaps.hashAt(place, words));
                seats >>= 8;
                place += 32 * words;
            }
        }
        bytes32 question = round.question.length == 0 ? bytes32(0) : Bitmaps.hash(round.question);
        bytes32 gold;
        bytes32 answers;
        if (round.gold.length != 0) (gold, answers) = (Bitmaps.hash(round.gold), Bitmaps.hash(round.answers));
        return Digests.ofRound(round.status, Digests.ofPanel(round.panel), votes, question, gold, answers);
    }
}
