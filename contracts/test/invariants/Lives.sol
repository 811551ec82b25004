// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Naive} from "../base/Naive.sol";
import "../base/Scenario.sol";
import {Oracle} from "./Oracle.sol";

/// @notice The steps of a batch as random people take them, well or badly, each checked against what it must come to.
/// @dev No step reverts: what the contract refuses is not done, and that it had to refuse is asserted.
abstract contract Lives is Oracle {
    uint256 public refusals; // hostile calls that were refused
    uint256 public draws;
    uint256 public unseated;
    uint256 public escalations;
    uint256 public appealsHeard;
    uint256 public uncovered; // commitments refused for want of stake
    mapping(bytes32 datasetId => uint256) public unopened;
    mapping(bytes32 id => mapping(uint256 round => bytes32)) private _goldOf; // hash of the gold at the commitment

    function _people() internal view virtual returns (address[] memory);

    function _try(address sender, bytes memory data) internal returns (bool done) {
        (done,) = _send(sender, data);
    }

    function _mustRefuse(address sender, bytes memory data) internal {
        no(_try(sender, data), "a hostile call went through");
        ++refusals;
    }

    // ------------------------------------------------------------------ screening and draw

    function _screenOrSkip(Case memory c, uint256 seed) internal {
        uint256 items = c.record.status.items();
        bool late = block.timestamp > c.record.status.deadline();
        if (late || seed % 4 == 0) {
            if (!late) _mustRefuse(relayer, abi.encodeCall(sebrus.skipScreening, (c.key, c.record)));
            uint64 bounty = sebrus.bountyOf(c.key.datasetId);
            if (!late) vm.warp(uint256(c.record.status.deadline()) + 1);
            sebrus.skipScreening(c.key, c.record);
            uint8 round = c.record.status.round();
            bool larger = round == 0 && _fees(1, items) - _fees(0, items) <= bounty;
            _requested(c, larger ? 1 : round, uint16(items));
            return;
        }
        (uint256[] memory gold, uint256[] memory answers) = _goldAmong(items, (seed >> 8) % 9, seed);
        bool decided = c.record.decision != 0;
        uint256[] memory flags = decided ? new uint256[](0) : _random(c.key.itemCount, seed & ~uint256(7));
        if (seed % 3 == 0 && !decided) flags = _zeros(c.key.itemCount);
        _committedTo(c, flags, gold, answers);
        bytes32 commitment = _screeningCommitment(c);
        ScreeningCommitment memory s =
            ScreeningCommitment(commitment, c.screening.taskRoot, uint16(items + Bitmaps.size(gold)), _links(seed));
        bytes memory data = abi.encodeCall(sebrus.commitScreening, (c.key, c.record, s));
        _mustRefuse(relayer, data);
        _allowed(detector, data);
        _goldOf[c.id][c.record.status.round()] = keccak256(abi.encode(gold, answers));
        if (s.links.length != 0) {
            c.record.excluded = Digests.fold(c.record.excluded, keccak256(abi.encodePacked(s.links)));
            c.excluded = _with(c.excluded, s.links);
        }
        _screened(c, commitment, s.positions);
    }

    function _links(uint256 seed) private view returns (address[] memory links) {
        if (seed % 5 != 0) return new address[](0);
        links = new address[](2);
        address[] memory people = _people();
        (links[0], links[1]) = (people[(seed >> 16) % people.length], people[(seed >> 24) % people.length]);
    }

    function _with(address[][] memory lists, address[] memory list) private pure returns (address[][] memory more) {
        more = new address[][](lists.length + 1);
        for (uint256 i; i < lists.length; ++i) {
            more[i] = lists[i];
        }
        more[lists.length] = list;
    }

    function _goldAmong(uint256 items, uint256 count, uint256 seed)
        private
        pure
        returns (uint256[] memory gold, uint256[] memory answers)
    {
        uint256 positions = items + count;
        gold = _zeros(positions);
        answers = _zeros(positions);
        for (uint256 i; i < count; ++i) {
            uint256 place = uint256(keccak256(abi.encode(seed, i))) % positions;
            while (Naive.bit(gold, place)) place = (place + 1) % positions;
            _set(gold, place);
            if ((seed >> (32 + i)) & 1 == 1) _set(answers, place);
        }
    }

    function _drawOrMiss(Case memory c, uint256 seed) internal {
        uint256 entropyBlock = c.record.status.entropyBlock();
        if (block.number <= entropyBlock) {
            _mustRefuse(relayer, _drawCall(c));
            _mustRefuse(relayer, _requestCall(c));
            vm.roll(seed % 6 == 0 ? entropyBlock + EPOCH : entropyBlock + 1); // sometimes nobody comes in time
        }
        if (seed % 11 == 0) vm.warp(uint256(c.record.status.deadline()) + 1);
        bool missed = block.timestamp > c.record.status.deadline() || block.number / EPOCH != entropyBlock / EPOCH;
        if (missed) {
            _mustRefuse(relayer, _drawCall(c));
            sebrus.requestDraw(c.key, c.record);
            _requested(c, c.record.status.round(), c.record.status.positions());
            return;
        }
        _mustRefuse(relayer, _requestCall(c));
        vm.getRecordedLogs();
        _allowed(stranger, _drawCall(c));
        ++draws;
        Vm.Log[] memory logs = vm.getRecordedLogs();
        if (logs[0].topics[0] == ISebrusEvents.Drawn.selector) {
            (, c.panel) = abi.decode(logs[0].data, (uint8, address[]));
            c.record.status = c.record.status.voting(c.panel.length);
            c.record.panel = keccak256(abi.encodePacked(c.panel));
            c.ballots = new OpenedBallot[](0);
            yes(c.panel.length >= policy.quorum, "a panel below the quorum");
            _checkPanel(c);
            return;
        }
        ++unseated;
        (c.record.screening, c.record.question, c.record.appeals) = (0, 0, 0);
        c.record.status = BatchStateLibrary.decided(c.record.status.round(), 0, 0);
        (c.question, c.appeals) = (new uint256[](0), new Appeal[](0));
    }

    /// Nobody with an interest, nobody excluded or who sat before, nobody twice.
    function _checkPanel(Case memory c) private view {
        for (uint256 i; i < c.panel.length; ++i) {
            address seated = c.panel[i];
            yes(seated != c.key.contributor && seated != owner && seated != detector, "an interested party sits");
            for (uint256 j; j < i; ++j) {
                yes(seated != c.panel[j], "two seats");
            }
            for (uint256 list; list < c.excluded.length; ++list) {
                for (uint256 j; j < c.excluded[list].length; ++j) {
                    yes(seated != c.excluded[list][j], "somebody excluded sits");
                }
            }
        }
    }

    // ------------------------------------------------------------------ votes

    function _truth(Case memory c) private pure returns (uint256[] memory verdicts) {
        uint256 positions = c.record.status.positions();
        verdicts = _ones(positions);
        for (uint256 i; i < verdicts.length; ++i) {
            uint256 random = uint256(keccak256(abi.encode(c.id, c.record.status.round(), i)));
            verdicts[i] &= random | (random >> 128) | (random << 128);
            if (c.record.screening == 0) continue;
            verdicts[i] = (verdicts[i] & ~c.screening.gold[i]) | c.screening.answers[i];
        }
    }

    /// Most are honest with a slip; others accept everything, throw a die, or say the opposite.
    function _verdictsOf(Case memory c, address who, uint256 seed) private pure returns (uint256[] memory verdicts) {
        uint256 positions = c.record.status.positions();
        uint256 kind = uint256(keccak256(abi.encode(who, seed % 3))) % 8;
        if (kind == 0) return _ones(positions);
        if (kind == 1) return _random(positions, uint256(keccak256(abi.encode(who, seed))));
        verdicts = _truth(c);
        if (kind == 2) {
            for (uint256 i; i < verdicts.length; ++i) {
                verdicts[i] ^= _ones(positions)[i];
            }
        }
        if (kind > 4) return verdicts;
        uint256 most = positions < 9 ? positions : 9;
        verdicts[0] ^= uint256(1) << (uint256(keccak256(abi.encode(who, seed))) % most);
    }

    function _commitSome(Case memory c, uint256 seed) internal {
        if (seed % 7 == 0) vm.warp(uint256(c.record.status.deadline()) + 1);
        for (uint256 seat; seat < c.panel.length; ++seat) {
            if ((c.record.status.committed() >> seat) & 1 == 1 || (seed >> (8 + seat)) % 6 == 0) continue;
            address who = c.panel[seat];
            OpenedBallot memory ballot = _opened(c, seat, _verdictsOf(c, who, seed >> 64));
            Vote memory vote = _vote(c, ballot);
            Account memory account = sebrus.accountOf(who);
            bool covered = account.stake - account.locked >= policy.seatStake;
            bool inTime = block.timestamp <= c.record.status.deadline();
            _mustRefuse(relayer, _commitCall(c, vote));
            bool done = _try(who, _commitCall(c, vote));
            yes(done == (covered && inTime), "commits in time and only with the stake");
            if (!covered) ++uncovered;
            if (done) _remember(c, vote, ballot);
        }
    }

    function _revealSome(Case memory c, uint256 seed) internal {
        uint256 mask = seed & c.record.status.committed();
        bool inTime = block.timestamp <= c.record.status.revealDeadline();
        bool done = _try(stranger, _revealCall(c, _openedOf(c, mask)));
        yes(done == inTime, "reveals until the deadline");
        if (done) c.record.status = c.record.status.withRevealed(c.record.status.revealed() | mask);
    }

    // ------------------------------------------------------------------ conclusions

    /// Brings what is known, with or without the screening, in time or late; checks what comes of it.
    function _concludeOrWait(Case memory c, uint256 seed) internal returns (bool done) {
        if (seed % 4 == 0) vm.warp(uint256(c.record.status.revealDeadline()) + policy.revealWindow + 1);
        Case memory brought = _copy(c);
        bool late = block.timestamp > c.record.status.revealDeadline();
        if (late) brought.ballots = _openedOf(c, c.record.status.revealed());
        if ((seed >> 4) % 4 == 0 || c.record.screening == 0) delete brought.screening;
        bool unreadable = !brought.screening.opened && c.record.screening != 0;
        bool due = !unreadable || block.timestamp > uint256(c.record.status.revealDeadline()) + policy.revealWindow;
        _forge(brought);
        uint64 bounty = sebrus.bountyOf(c.key.datasetId);
        vm.getRecordedLogs();
        done = _try(stranger, _concludeCall(brought));
        yes(done == due, "concluded when it is due");
        if (!done) return false;
        if (unreadable) ++unopened[c.key.datasetId];
        _checkConclusion(brought, bounty);
        _take(c, brought);
        return true;
    }

    /// What nobody may get through: another gold, another verdict, nobody's ballots.
    function _forge(Case memory brought) private {
        Case memory forged = _copy(brought);
        if (forged.screening.opened && forged.screening.gold[0] != 0) {
            forged.screening.answers[0] ^= forged.screening.gold[0]; // every answer the other way
            _mustRefuse(detector, _concludeCall(forged));
        }
        forged = _copy(brought);
        if (forged.ballots.length == 0) return;
        forged.ballots[0].secret ^= bytes32(uint256(1));
        _mustRefuse(relayer, _concludeCall(forged));
    }

    function _take(Case memory c, Case memory from) private pure {
        (c.record, c.panel, c.excluded, c.screening) = (from.record, from.panel, from.excluded, from.screening);
        (c.ballots, c.question, c.decision) = (from.ballots, from.question, from.decision);
        (c.appeals, c.rounds) = (from.appeals, from.rounds);
    }

    function _checkConclusion(Case memory c, uint64 bounty) private {
        Expected memory e = _expected(c);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256[] memory before = c.decision.accepted;
        uint256 heard;
        for (uint256 i; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            if (topic == ISebrusEvents.AppealSettled.selector) {
                uint256 due = _due(c, e, before, c.appeals[heard++].items);
                if (due > bounty) due = bounty;
                bounty -= uint64(due);
                (uint64 amount, uint64 fromBounty) = abi.decode(logs[i].data, (uint64, uint64));
                eq(amount, due, "what an appellant is due");
                eq(fromBounty, due, "of the bounty");
                ++appealsHeard;
            } else if (topic == ISebrusEvents.ScreeningOpened.selector) {
                (, ScreeningOpening memory s) = abi.decode(logs[i].data, (uint8, ScreeningOpening));
                bytes32 gold = keccak256(abi.encode(s.gold, s.answers));
                eq(gold, _goldOf[c.id][c.record.status.round()], "the gold is that of before the draw");
            }
        }
        eq(heard, c.appeals.length, "every appeal is settled");
        _checkDecision(e, logs);
        bool further = c.record.status.round() < 2 && _sizeOf(c.record.status.round() + 1) != 0;
        uint256 fees = _fees(uint256(c.record.status.round()) + 1, e.left);
        bool goesOn = further && e.left != 0 && c.appeals.length == 0 && fees <= bounty;
        _readLogs(c, logs);
        eq(uint256(sebrus.phaseOf(c.id)), uint256(goesOn ? Phase.Screening : Phase.Decided), "where it goes on");
        eq(sebrus.bountyOf(c.key.datasetId), goesOn ? bounty - fees : bounty, "the bounty");
        if (!goesOn) {
            bool held = further && policy.holdWindow != 0;
            eq(c.record.status.deadline(), held ? block.timestamp + policy.holdWindow : 0, "hold");
            return;
        }
        ++escalations;
        eq(c.record.status.items(), e.left, "items in question");
        eq(c.question, e.question, "the question");
    }

    function _checkDecision(Expected memory e, Vm.Log[] memory logs) private pure {
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] != ISebrusEvents.Concluded.selector) continue;
            (,, uint32 counted, bool conclusive, uint256[] memory accepted, uint256[] memory panelAccepted) =
                abi.decode(logs[i].data, (uint8, BatchState, uint32, bool, uint256[], uint256[]));
            eq(counted, e.counted, "who counts");
            yes(conclusive == e.conclusive, "conclusive");
            eq(accepted, e.accepted, "accepted");
            eq(panelAccepted, e.panelAccepted, "panel accepted");
        }
    }
}
