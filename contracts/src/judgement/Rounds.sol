// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusJudgement} from "../interfaces/ISebrusJudgement.sol";
import {Appeal, Ballots, BatchKey, BatchRecord, Decision, Phase, ScreeningOpening} from "../interfaces/Types.sol";
import {Bitmaps} from "../libraries/Bitmaps.sol";
import {Decisions} from "../libraries/Decisions.sol";
import {Digests} from "../libraries/Digests.sol";
import {Gold} from "../libraries/Gold.sol";
import {PolicyRules} from "../libraries/PolicyRules.sol";
import {Tally} from "../libraries/Tally.sol";
import {BatchState, BatchStateLibrary} from "../types/BatchState.sol";
import {Amounts, Terms} from "../types/Rules.sol";
import {Openings} from "./Openings.sol";
import {LibBit} from "solady/utils/LibBit.sol";

/// @notice The end of a round: tally, then a larger panel for what is in question, or a decision that is held.
abstract contract Rounds is Openings {
    bytes32 private constant SCREENING_TYPE = keccak256(
        "Screening(bytes32 batchId,uint8 round,bytes32 modelHash,bytes32 scoresRoot,bytes32 flagsHash,bytes32 goldHash,bytes32 answersHash,bytes32 salt)"
    );

    /// What the detector's commitment is the digest of, in memory as EIP-712 encodes it.
    struct OpenedScreening {
        bytes32 typeHash;
        bytes32 batchId;
        uint256 round;
        bytes32 modelHash;
        bytes32 scoresRoot;
        bytes32 flags;
        bytes32 gold;
        bytes32 answers;
        bytes32 salt;
    }

    /// What a round comes to, gathered before anything is written.
    struct Finding {
        bytes32 batchId;
        bytes32 domain; // of EIP-712
        Terms terms;
        uint256 opened; // seats
        uint256 counted; // seats
        bool conclusive;
        bytes32 gold; // hash of its places; zero where no screening was opened
        bytes32 answers; // hash
        Decision decision; // so far; empty without one
        uint256[] inQuestion; // of the next round; empty: every item
        uint256 items; // in question
    }

    /// @inheritdoc ISebrusJudgement
    function conclude(
        BatchKey calldata key,
        BatchRecord calldata record_,
        address[] calldata panel,
        Ballots calldata ballots,
        ScreeningOpening calldata opening,
        uint256[] calldata question,
        Decision calldata decision,
        Appeal[] calldata appeals
    ) external {
        (bytes32 batchId, BatchRecord memory record) = _recorded(key, record_, Phase.Voting);
        _requirePanel(record, panel);
        Finding memory found;
        found.batchId = batchId;
        found.domain = _domainSeparatorV4();
        found.terms = _terms(_datasets[key.datasetId]);
        bytes32 votes = _closeBallots(found, record, panel, ballots);
        _requireQuestion(record, question);
        if (record.decision != 0) {
            if (Decisions.hashBrought(decision) != record.decision) revert WrongDecision();
            found.decision = decision;
        } else if (decision.accepted.length != 0) {
            revert WrongDecision(); // it would be believed where appeals are settled
        }
        if (_openScreening(key, found, record, opening)) {
            _tally(found, record, key.itemCount, ballots, opening, question);
        }
        if (!found.conclusive) {
            found.inQuestion = Bitmaps.copy(question);
            found.items = record.status.items();
        }
        if (record.appeals != 0) _settleAppeals(key, found, record, decision, appeals);
        _close(found, record, votes);
        emit Concluded(
            found.batchId,
            record.status.round(),
            record.status,
            uint32(found.counted),
            found.conclusive,
            found.decision.accepted,
            found.decision.panelAccepted
        );
        _goOn(key, found, record);
    }

    /// @dev The seats opened, now or before, when nobody can commit or reveal any more; returns the digest of their
    /// verdicts.
    function _closeBallots(
        Finding memory found,
        BatchRecord memory record,
        address[] calldata panel,
        Ballots calldata ballots
    ) private returns (bytes32 votes) {
        BatchState state = record.status;
        if (!state.commitsOver()) revert TooEarly();
        uint256 before = state.revealed();
        uint256 opened;
        (opened, votes) = _read(found.batchId, found.domain, record, panel, ballots);
        if (before & ~opened != 0) revert MissingOpening(uint8(LibBit.ffs(before & ~opened)));
        bool late = block.timestamp > state.revealDeadline();
        if (late && opened != before) revert TooLate();
        if (!late && opened != state.committed()) revert TooEarly();
        if (opened != before) _emitRevealed(found.batchId, state.round(), ballots);
        record.status = state.withRevealed(opened);
        (found.opened, found.counted) = (opened, opened);
    }

    /// @dev False when the round cannot be read: its screening was committed, and its time to be opened is over.
    function _openScreening(
        BatchKey calldata key,
        Finding memory found,
        BatchRecord memory record,
        ScreeningOpening calldata opening
    ) private returns (bool) {
        if (!opening.opened) {
            if (record.screening == 0) return true;
            if (block.timestamp <= record.status.revealDeadline() + found.terms.revealWindow()) revert TooEarly();
            unchecked {
                ++_datasets[key.datasetId].unopened; // turns over after 65536
            }
            return false;
        }
        uint256[] calldata flags = opening.flags;
        (found.gold, found.answers) = (Bitmaps.hash(opening.gold), Bitmaps.hash(opening.answers));
        bytes32 commitment = Digests.typed(
            found.domain,
            _hash(
                OpenedScreening(
                    SCREENING_TYPE,
                    found.batchId,
                    record.status.round(),
                    opening.modelHash,
                    opening.scoresRoot,
                    Bitmaps.hash(flags),
                    found.gold,
                    found.answers,
                    opening.salt
                )
            )
        );
        if (Digests.fold(commitment, opening.taskRoot) != record.screening) revert WrongScreening();
        if (!Bitmaps.fits(flags, record.decision == 0 ? key.itemCount : 0)) revert InvalidGold();
        _requireGold(opening.gold, opening.answers, record.status);
        emit ScreeningOpened(found.batchId, record.status.round(), opening);
        return true;
    }

    /// @dev Counts the verdicts of the seats that count, and decides what was in question.
    function _tally(
        Finding memory found,
        BatchRecord memory record,
        uint256 items,
        Ballots calldata ballots,
        ScreeningOpening calldata opening,
        uint256[] calldata question
    ) private pure {
        BatchState state = record.status;
        uint256 positions = state.positions();
        if (opening.opened) {
            found.counted = Gold.passing(
                ballots,
                found.opened,
                opening.gold,
                opening.answers,
                positions - state.items(),
                found.terms.goldPassBps()
            );
        }
        uint256 seats = LibBit.popCount(found.counted);
        if (seats < found.terms.quorum() || 2 * seats <= state.seats()) return;
        found.conclusive = true;
        Tally.Opinion memory said =
            Tally.opinion(ballots, found.counted, seats, Bitmaps.wordsFor(positions), found.terms.detectorVotes());
        if (positions == state.items()) Decisions.trim(said, positions);
        else Decisions.toItems(said, opening.gold, positions);
        if (question.length != 0) Decisions.spread(said, question);
        if (record.decision == 0) {
            uint256 words = Bitmaps.wordsFor(items);
            found.decision.accepted = Bitmaps.zeros(words);
            found.decision.panelAccepted = Bitmaps.zeros(words);
            if (opening.opened) found.decision.flags = Bitmaps.copy(opening.flags);
        }
        found.inQuestion = Decisions.decide(found.decision, said, question);
        found.items = Bitmaps.size(found.inQuestion);
        record.decision = Decisions.hash(found.decision);
    }

    /// @dev Gives back what the round proves right, or all where it proved nothing. `before` is the decision appealed.
    function _settleAppeals(
        BatchKey calldata key,
        Finding memory found,
        BatchRecord memory record,
        Decision calldata before,
        Appeal[] calldata appeals
    ) private {
        _requireAppeals(record, appeals);
        Dataset storage dataset = _datasets[key.datasetId];
        (Amounts amounts, Terms terms) = (_amounts(dataset), found.terms);
        for (uint256 i; i < appeals.length; ++i) {
            uint256[] memory items = appeals[i].items;
            (uint256 changed, uint256 refused) = (Bitmaps.size(items), 0);
            if (found.conclusive) (changed, refused) = _upheld(items, before.accepted, found.decision);
            uint256 amount = PolicyRules.feesOf(amounts, terms, record.status.round(), changed) + refused
                * amounts.itemStake() * terms.rejectedSlashBps() / 10000;
            uint64 bounty = dataset.bounty;
            uint64 paid = amount < bounty ? uint64(amount) : bounty;
            dataset.bounty = bounty - paid;
            _credit(appeals[i].appellant, paid);
            emit AppealSettled(found.batchId, appeals[i].appellant, paid, paid);
        }
    }

    /// @dev Of the items of an appeal: whose acceptance changed, and which the panel rejects after they were accepted.
    function _upheld(uint256[] memory items, uint256[] calldata before, Decision memory decision)
        private
        pure
        returns (uint256 changed, uint256 refused)
    {
        uint256[] memory accepted = decision.accepted;
        uint256[] memory panelAccepted = decision.panelAccepted;
        for (uint256 i; i < items.length; ++i) {
            uint256 named = items[i];
            uint256 formerly = before.length == 0 ? 0 : named & before[i];
            unchecked {
                // counts of at most 4096 items
                changed += LibBit.popCount(formerly ^ (named & accepted[i]));
                refused += LibBit.popCount(formerly & ~panelAccepted[i]);
            }
        }
    }

    /// @dev Puts the round into the history and its panel among those who may not sit again.
    function _close(Finding memory found, BatchRecord memory record, bytes32 votes) private pure {
        bytes32 digest = Digests.ofRound(record.status, record.panel, votes, record.question, found.gold, found.answers);
        record.history = Digests.fold(record.history, digest);
        record.excluded = Digests.fold(record.excluded, record.panel);
        (record.screening, record.panel, record.ballots) = (0, 0, 0);
    }

    /// @dev A larger panel for what is in question, where there is one and it can be paid; a held decision otherwise. A
    /// round on appeal is not followed by another unasked.
    function _goOn(BatchKey calldata key, Finding memory found, BatchRecord memory record) private {
        uint8 next = record.status.round() + 1;
        bool further = found.terms.sizeOf(next) != 0;
        if (further && found.items != 0 && record.appeals == 0) {
            Dataset storage dataset = _datasets[key.datasetId];
            uint64 fees = PolicyRules.feesOf(_amounts(dataset), found.terms, next, found.items);
            uint64 bounty = dataset.bounty;
            if (fees <= bounty) {
                dataset.bounty = bounty - fees;
                record.question = found.inQuestion.length == 0 ? bytes32(0) : Bitmaps.hashMemory(found.inQuestion);
                _escalate(found.batchId, record, found.terms, uint16(found.items), found.inQuestion, fees);
                return;
            }
        }
        bool held = further && found.terms.holdWindow() != 0;
        uint40 deadline = held ? uint40(block.timestamp + found.terms.holdWindow()) : 0;
        (record.question, record.appeals) = (0, 0);
        record.status = BatchStateLibrary.decided(next - 1, 0, deadline);
        _keep(found.batchId, record);
        emit Held(found.batchId, deadline);
    }

    /// @dev Begins the next round, on the items in question.
    function _escalate(
        bytes32 batchId,
        BatchRecord memory record,
        Terms terms,
        uint16 items,
        uint256[] memory question,
        uint64 reserve
    ) internal {
        uint8 round = record.status.round() + 1;
        uint40 deadline = uint40(block.timestamp + terms.screeningWindow());
        record.status = BatchStateLibrary.screening(round, items, deadline);
        _keep(batchId, record);
        emit Escalated(batchId, round, items, question, reserve, deadline);
    }

    function _requireQuestion(BatchRecord memory record, uint256[] calldata question) internal pure {
        bytes32 hash = question.length == 0 ? bytes32(0) : Bitmaps.hash(question);
        if (hash != record.question) revert WrongQuestion();
    }

    function _hash(OpenedScreening memory opened) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(opened, 0x120)
        }
    }

    /// @dev Gold that does not fit cannot be opened, which is the detector's loss: it committed to it.
    function _requireGold(uint256[] calldata gold, uint256[] calldata answers, BatchState state) private pure {
        uint256 positions = state.positions();
        if (!Bitmaps.fits(gold, positions) || !Bitmaps.fits(answers, positions)) revert InvalidGold();
        uint256 size;
        unchecked {
            // counts of at most 4608 positions
            for (uint256 i; i < gold.length; ++i) {
                uint256 places = gold[i];
                if (answers[i] & ~places != 0) revert InvalidGold();
                if (places != 0) size += LibBit.popCount(places);
            }
        }
        if (size != positions - state.items()) revert InvalidGold();
    }
}
