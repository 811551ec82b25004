// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Naive} from "../base/Naive.sol";
import "../base/Scenario.sol";

/// @notice What the protocol says must come of a batch, computed slowly from what its people know.
abstract contract Oracle is Scenario {
    /// What a round comes to.
    struct Expected {
        uint256 counted;
        bool conclusive;
        uint256[] accepted;
        uint256[] panelAccepted;
        uint256[] question; // items in question after it
        uint256 left; // how many
    }

    function _fees(uint256 round, uint256 items) internal view returns (uint256) {
        return round > 2 ? 0 : items * _sizeOf(round) * policy.reviewFee;
    }

    /// What an open batch holds in the contract, in gwei.
    function _held(Case memory c) internal view returns (uint256 sum) {
        sum = uint256(c.key.itemCount) * (uint256(policy.itemStake) + policy.itemReward);
        for (uint256 i; i < c.rounds.length; ++i) {
            sum += _fees(c.rounds[i].status.round(), c.rounds[i].status.items());
        }
        BatchState status = c.record.status;
        if (status.phase() == Phase.Decided) return sum + _fees(status.round() + 1, status.items());
        return sum + _fees(status.round(), status.items());
    }

    /// The open seats of an account in an open batch.
    function _openSeats(Case memory c, address account) internal pure returns (uint256 seats) {
        for (uint256 i; i < c.rounds.length; ++i) {
            seats += _seatsOf(c.rounds[i].panel, c.rounds[i].status, account);
        }
        if (c.record.status.phase() == Phase.Voting) seats += _seatsOf(c.panel, c.record.status, account);
    }

    function _seatsOf(address[] memory panel, BatchState status, address account) private pure returns (uint256 seats) {
        for (uint256 seat; seat < panel.length; ++seat) {
            if (panel[seat] == account && (status.committed() >> seat) & 1 == 1) ++seats;
        }
    }

    function _openedMask(OpenedBallot[] memory ballots) internal pure returns (uint256 mask) {
        for (uint256 i; i < ballots.length; ++i) {
            if (ballots[i].verdicts.length != 0) mask |= uint256(1) << ballots[i].seat;
        }
    }

    function _countOnes(uint256 mask) internal pure returns (uint256 ones) {
        for (; mask != 0; mask >>= 1) {
            ones += mask & 1;
        }
    }

    /// The outcome of a round whose ballots and screening are those of the case.
    function _expected(Case memory c) internal view returns (Expected memory e) {
        uint256 opened = _openedMask(c.ballots);
        uint256 positions = c.record.status.positions();
        ScreeningOpening memory s = c.screening;
        e.counted =
            s.opened ? Naive.passing(c.ballots, opened, s.gold, s.answers, positions, policy.goldPassBps) : opened;
        uint256 seats = _countOnes(e.counted);
        bool readable = s.opened || c.record.screening == 0;
        e.conclusive = readable && seats >= policy.quorum && 2 * seats > c.record.status.seats();
        if (!e.conclusive) {
            (e.accepted, e.panelAccepted) = (c.decision.accepted, c.decision.panelAccepted);
            (e.question, e.left) = (c.question, c.record.status.items());
            return e;
        }
        _decide(c, e, seats);
    }

    function _decide(Case memory c, Expected memory e, uint256 seats) private view {
        uint256 items = c.key.itemCount;
        bool first = c.record.decision == 0;
        uint256[] memory flags = first && c.screening.opened ? c.screening.flags : c.decision.flags;
        e.accepted = first ? _zeros(items) : _copyOf(c.decision.accepted);
        e.panelAccepted = first ? _zeros(items) : _copyOf(c.decision.panelAccepted);
        e.question = _zeros(items);
        uint256 place;
        for (uint256 item; item < items; ++item) {
            if (c.question.length != 0 && !Naive.bit(c.question, item)) continue;
            while (c.screening.opened && Naive.bit(c.screening.gold, place)) ++place;
            uint256 v = Naive.votes(c.ballots, e.counted, place++);
            bool flagged = flags.length != 0 && Naive.bit(flags, item);
            bool panel = 2 * v > seats;
            bool accepted = 2 * v > seats + (flagged ? policy.detectorVotes : 0);
            Naive.put(e.accepted, item, accepted);
            Naive.put(e.panelAccepted, item, panel);
            bool close = 2 * v <= seats + 1 && 2 * v + 1 >= seats;
            if ((!close || (flagged && !panel)) && panel == accepted) continue;
            Naive.put(e.question, item, true);
            ++e.left;
        }
    }

    function _copyOf(uint256[] memory words) private pure returns (uint256[] memory copy) {
        copy = new uint256[](words.length);
        for (uint256 i; i < words.length; ++i) {
            copy[i] = words[i];
        }
    }

    /// What an appellant is due when the round on appeal comes to `e`; `before` is the decision appealed.
    function _due(Case memory c, Expected memory e, uint256[] memory before, uint256[] memory items)
        internal
        view
        returns (uint256)
    {
        uint256 changed;
        uint256 refused;
        for (uint256 item; item < c.key.itemCount; ++item) {
            if (!Naive.bit(items, item)) continue;
            bool was = before.length != 0 && Naive.bit(before, item);
            if (!e.conclusive || was != Naive.bit(e.accepted, item)) ++changed;
            if (e.conclusive && was && !Naive.bit(e.panelAccepted, item)) ++refused;
        }
        uint256 bonds = changed * _sizeOf(c.record.status.round()) * policy.reviewFee;
        return bonds + refused * policy.itemStake * policy.rejectedSlashBps / 10000;
    }

    /// What each seat of all rounds gets and loses in the end.
    function _seatResults(Case memory c) internal view returns (uint256[] memory payouts, uint256[] memory slashes) {
        uint256 seats;
        for (uint256 i; i < c.rounds.length; ++i) {
            seats += c.rounds[i].panel.length;
        }
        (payouts, slashes) = (new uint256[](seats), new uint256[](seats));
        uint256 from;
        for (uint256 i; i < c.rounds.length; ++i) {
            _roundResults(c, c.rounds[i], from, payouts, slashes);
            from += c.rounds[i].panel.length;
        }
    }

    function _roundResults(
        Case memory c,
        ConcludedRound memory round,
        uint256 from,
        uint256[] memory payouts,
        uint256[] memory slashes
    ) private view {
        bool decided = c.record.decision != 0;
        Naive.Answer[] memory answers = Naive.answersOf(round, c.key.itemCount, decided, c.decision.panelAccepted);
        for (uint256 i; i < round.revealed.length; ++i) {
            uint256 seat = from + round.revealed[i].seat;
            (payouts[seat], slashes[seat]) =
                Naive.seat(policy, answers, round.revealed[i].verdicts, round.status.items());
        }
        for (uint256 seat; seat < round.panel.length; ++seat) {
            bool silent = (round.status.committed() & ~round.status.revealed()) >> seat & 1 == 1;
            if (silent) slashes[from + seat] = uint256(policy.seatStake) * policy.silentSlashBps / 10000;
        }
    }
}
