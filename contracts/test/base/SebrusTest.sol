// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrus} from "../../src/interfaces/ISebrus.sol";
import {ISebrusEvents} from "../../src/interfaces/ISebrusEvents.sol";
import "../../src/interfaces/Types.sol";
import {Bitmaps} from "../../src/libraries/Bitmaps.sol";
import {Decisions} from "../../src/libraries/Decisions.sol";
import {Digests} from "../../src/libraries/Digests.sol";
import {BatchState, BatchStateLibrary} from "../../src/types/BatchState.sol";
import {ConcludedRound, Flat, OpenedBallot, RevealedVerdicts} from "./Flat.sol";
import {ISebrusFull} from "./Signing.sol";
import {Stage} from "./Stage.sol";
import {Vm} from "./Vm.sol";

/// @notice The steps of a batch's life.
abstract contract SebrusTest is Stage {
    // ------------------------------------------------------------------ the life of a batch

    function _case(uint16 items) internal view returns (Case memory c) {
        return _caseWith(items, keccak256(abi.encode("root", items)));
    }

    function _caseWith(uint16 items, bytes32 root) internal view returns (Case memory c) {
        c.key = BatchKey(datasetId, contributor, root, items);
        c.id = keccak256(abi.encode(c.key));
    }

    function _submit(Case memory c) internal {
        vm.prank(c.key.contributor);
        sebrus.submit(c.key, 0, NONE);
        _submitted(c);
    }

    function _submitted(Case memory c) internal view {
        c.record.status =
            BatchStateLibrary.screening(0, c.key.itemCount, uint40(block.timestamp + policy.screeningWindow));
    }

    /// No gold: reviewers see the items in question.
    function _screen(Case memory c, uint256[] memory flags) internal {
        uint256 items = c.record.status.items();
        _screenWith(c, flags, _zeros(items), _zeros(items));
    }

    /// Gold at the places of `gold`, beside the items in question.
    function _screenWith(Case memory c, uint256[] memory flags, uint256[] memory gold, uint256[] memory answers)
        internal
    {
        uint16 positions = uint16(c.record.status.items() + Bitmaps.size(gold));
        _committedTo(c, flags, gold, answers);
        bytes32 commitment = _screeningCommitment(c);
        vm.prank(detector);
        sebrus.commitScreening(
            c.key, c.record, ScreeningCommitment(commitment, c.screening.taskRoot, positions, new address[](0))
        );
        _screened(c, commitment, positions);
    }

    function _committedTo(Case memory c, uint256[] memory flags, uint256[] memory gold, uint256[] memory answers)
        internal
        pure
    {
        c.screening = ScreeningOpening({
            opened: true,
            taskRoot: keccak256("task"),
            modelHash: keccak256("model"),
            scoresRoot: keccak256("scores"),
            salt: keccak256("salt"),
            flags: flags,
            gold: gold,
            answers: answers
        });
    }

    function _screened(Case memory c, bytes32 commitment, uint16 positions) internal view {
        c.record.screening = keccak256(abi.encode(commitment, c.screening.taskRoot));
        _requested(c, c.record.status.round(), positions);
    }

    function _requested(Case memory c, uint8 round, uint16 positions) internal view {
        uint256 entropyBlock = block.number + policy.drawDelay;
        if (entropyBlock % EPOCH >= EPOCH - EPOCH / 4) entropyBlock = (entropyBlock / EPOCH + 1) * EPOCH;
        uint40 commits = uint40(block.timestamp + policy.commitWindow);
        c.record.status = BatchStateLibrary.drawing(
            round,
            _sizeOf(round),
            c.record.status.items(),
            positions,
            uint48(entropyBlock),
            commits,
            commits + policy.revealWindow
        );
    }

    function _sizeOf(uint256 round) internal view returns (uint8) {
        return round == 0 ? policy.panelSize : round == 1 ? policy.escalatedSize : policy.finalSize;
    }

    function _screeningCommitment(Case memory c) internal view returns (bytes32) {
        ScreeningOpening memory s = c.screening;
        bytes32 structHash = keccak256(
            abi.encode(
                SCREENING_TYPE,
                c.id,
                c.record.status.round(),
                s.modelHash,
                s.scoresRoot,
                Bitmaps.hashMemory(s.flags),
                Bitmaps.hashMemory(s.gold),
                Bitmaps.hashMemory(s.answers),
                s.salt
            )
        );
        return _digest(structHash);
    }

    function _skipScreening(Case memory c) internal {
        vm.warp(c.record.status.deadline() + 1);
        sebrus.skipScreening(c.key, c.record);
        uint8 round = c.record.status.round();
        _requested(c, round == 0 && policy.escalatedSize != 0 ? 1 : round, c.record.status.items());
    }

    function _draw(Case memory c) internal {
        vm.roll(c.record.status.entropyBlock() + 1);
        vm.getRecordedLogs();
        sebrus.draw(c.key, c.record, c.excluded, c.appeals, new address[](0));
        _readPanel(c);
    }

    function _readPanel(Case memory c) internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] != ISebrusEvents.Drawn.selector) continue;
            (, c.panel) = abi.decode(logs[i].data, (uint8, address[]));
            c.record.status = c.record.status.voting(c.panel.length);
            c.record.panel = keccak256(abi.encodePacked(c.panel));
            c.ballots = new OpenedBallot[](0);
        }
    }

    /// Submitted, screened without flags, drawn.
    function _begin(Case memory c) internal {
        _submit(c);
        _screen(c, _zeros(c.key.itemCount));
        _draw(c);
    }

    function _start(uint16 items) internal returns (Case memory c) {
        c = _case(items);
        _begin(c);
    }

    function _opened(Case memory c, uint256 seat, uint256[] memory verdicts)
        internal
        pure
        returns (OpenedBallot memory)
    {
        bytes32 salt = keccak256(abi.encode("salt", c.id, c.record.status.round(), seat));
        return OpenedBallot(uint8(seat), salt, verdicts);
    }

    function _commitmentOf(Case memory c, OpenedBallot memory ballot) internal view returns (bytes32) {
        return _digest(
            keccak256(
                abi.encode(
                    BALLOT_TYPE,
                    c.id,
                    c.record.status.round(),
                    c.record.screening,
                    c.record.panel,
                    c.panel[ballot.seat],
                    Bitmaps.hashMemory(ballot.verdicts),
                    ballot.secret
                )
            )
        );
    }

    function _vote(Case memory c, OpenedBallot memory ballot) internal view returns (Vote memory) {
        return Vote(ballot.seat, _commitmentOf(c, ballot), NONE);
    }

    function _one(Vote memory vote) internal pure returns (Vote[] memory votes) {
        votes = new Vote[](1);
        votes[0] = vote;
    }

    /// The reviewer of a seat commits to verdicts, sending it directly; the case remembers what opens it.
    function _commit(Case memory c, uint256 seat, uint256[] memory verdicts) internal {
        OpenedBallot memory ballot = _opened(c, seat, verdicts);
        Vote memory vote = _vote(c, ballot);
        vm.prank(c.panel[seat]);
        sebrus.commit(c.key, c.record, c.panel, _one(vote));
        _remember(c, vote, ballot);
    }

    function _remember(Case memory c, Vote memory vote, OpenedBallot memory ballot) internal pure {
        OpenedBallot[] memory ballots = new OpenedBallot[](c.ballots.length + 1);
        for (uint256 i; i < c.ballots.length; ++i) {
            ballots[i] = c.ballots[i];
        }
        ballots[c.ballots.length] = ballot;
        c.ballots = ballots;
        c.record.ballots = Digests.fold(c.record.ballots, vote.seat, vote.commitment);
        c.record.status = c.record.status.withCommitted(c.record.status.committed() | (uint256(1) << vote.seat));
    }

    function _commitAll(Case memory c, uint256[] memory verdicts) internal {
        for (uint256 seat; seat < c.panel.length; ++seat) {
            _commit(c, seat, verdicts);
        }
    }

    /// The ballot of a seat that nobody opens: its commitment alone.
    function _shut(Case memory c, uint256 i) internal view {
        c.ballots[i] = OpenedBallot(c.ballots[i].seat, _commitmentOf(c, c.ballots[i]), new uint256[](0));
    }

    function _conclude(Case memory c) internal {
        vm.getRecordedLogs();
        sebrus.conclude(
            c.key, c.record, c.panel, Flat.ballots(c.ballots), c.screening, c.question, c.decision, c.appeals
        );
        _readConclusion(c);
    }

    /// Reads the events of a conclusion into the case.
    function _readConclusion(Case memory c) internal {
        _readLogs(c, vm.getRecordedLogs());
    }

    function _readLogs(Case memory c, Vm.Log[] memory logs) internal pure {
        for (uint256 i; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            if (topic == ISebrusEvents.Concluded.selector) _concluded(c, logs[i].data);
            if (topic == ISebrusEvents.Escalated.selector) _escalated(c, logs[i].data);
            if (topic == ISebrusEvents.Held.selector) {
                c.record.status =
                    BatchStateLibrary.decided(c.record.status.round(), 0, abi.decode(logs[i].data, (uint40)));
                (c.record.question, c.record.appeals) = (0, 0);
                c.question = new uint256[](0);
                c.appeals = new Appeal[](0);
            }
        }
    }

    function _concluded(Case memory c, bytes memory data) private pure {
        bool conclusive;
        uint256[] memory accepted;
        uint256[] memory panelAccepted;
        (, c.record.status,, conclusive, accepted, panelAccepted) =
            abi.decode(data, (uint8, BatchState, uint32, bool, uint256[], uint256[]));
        _addRound(c);
        if (conclusive && c.record.decision == 0) {
            if (c.screening.opened) c.decision.flags = c.screening.flags;
        }
        (c.decision.accepted, c.decision.panelAccepted) = (accepted, panelAccepted);
        if (accepted.length != 0) c.record.decision = Decisions.hash(c.decision);
        c.record.excluded = Digests.fold(c.record.excluded, c.record.panel);
        address[][] memory excluded = new address[][](c.excluded.length + 1);
        for (uint256 i; i < c.excluded.length; ++i) {
            excluded[i] = c.excluded[i];
        }
        excluded[c.excluded.length] = c.panel;
        c.excluded = excluded;
        (c.record.screening, c.record.panel, c.record.ballots) = (0, 0, 0);
        delete c.screening;
    }

    function _addRound(Case memory c) private pure {
        ConcludedRound memory round;
        (round.status, round.panel, round.question) = (c.record.status, c.panel, c.question);
        if (c.screening.opened) (round.gold, round.answers) = (c.screening.gold, c.screening.answers);
        uint256 count;
        for (uint256 i; i < c.ballots.length; ++i) {
            if (c.ballots[i].verdicts.length != 0) ++count;
        }
        round.revealed = new RevealedVerdicts[](count);
        bytes32 votes;
        count = 0;
        for (uint256 i; i < c.ballots.length; ++i) {
            OpenedBallot memory ballot = c.ballots[i];
            if (ballot.verdicts.length == 0) continue;
            round.revealed[count++] = RevealedVerdicts(ballot.seat, ballot.verdicts);
            votes = Digests.fold(votes, ballot.seat, Bitmaps.hashMemory(ballot.verdicts));
        }
        ConcludedRound[] memory rounds = new ConcludedRound[](c.rounds.length + 1);
        for (uint256 i; i < c.rounds.length; ++i) {
            rounds[i] = c.rounds[i];
        }
        rounds[c.rounds.length] = round;
        c.rounds = rounds;
        bytes32 gold = c.screening.opened ? Bitmaps.hashMemory(round.gold) : bytes32(0);
        bytes32 answers = c.screening.opened ? Bitmaps.hashMemory(round.answers) : bytes32(0);
        bytes32 digest = keccak256(abi.encode(c.record.status, c.record.panel, votes, c.record.question, gold, answers));
        c.record.history = Digests.fold(c.record.history, digest);
    }

    function _escalated(Case memory c, bytes memory data) internal pure {
        (uint8 round, uint16 items, uint256[] memory question,, uint40 deadline) =
            abi.decode(data, (uint8, uint16, uint256[], uint64, uint40));
        c.question = question;
        c.record.question = question.length == 0 ? bytes32(0) : Bitmaps.hashMemory(question);
        c.record.status = BatchStateLibrary.screening(round, items, deadline);
    }

    function _finalize(Case memory c) internal {
        if (block.timestamp <= c.record.status.deadline()) vm.warp(c.record.status.deadline() + 1);
        sebrus.finalize(c.key, c.record, c.decision, Flat.rounds(c.rounds));
    }

    function _expect(bytes4 selector) internal {
        vm.expectRevert(selector);
    }

    function _expect(bytes memory data) internal {
        vm.expectRevert(data);
    }

    function _phase(Case memory c) internal view returns (uint256) {
        return uint256(sebrus.phaseOf(c.id));
    }

    function _free(address account) internal view returns (uint64) {
        return sebrus.accountOf(account).free;
    }

    function _staked(address account) internal view returns (uint64) {
        return sebrus.accountOf(account).stake;
    }
}
