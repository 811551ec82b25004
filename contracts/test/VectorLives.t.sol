// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "./base/VectorTest.sol";

/// @notice Records, rounds and settlements of Python, put into the contract's storage and played on from there.
contract VectorLivesTest is VectorTest {
    uint256 private constant SEALS_SLOT = 9368;
    uint256 private constant ACCOUNTS_SLOT = 2;

    function test_vectors_record() public {
        uint256 cases = _load("record");
        for (uint256 i; i < cases; ++i) {
            uint256[] memory flat = _words(i, "records");
            bytes32[] memory seals = _hashes(i, "seals");
            eq(flat.length, 9 * seals.length, "nine words each");
            for (uint256 k; k < seals.length; ++k) {
                BatchRecord memory r = abi.decode(abi.encodePacked(_cut(flat, 9 * k, 9)), (BatchRecord));
                uint256 seal = uint256(keccak256(abi.encode(r))) & ~uint256(255);
                eq(bytes32(seal | uint256(r.status.phase())), seals[k], "seal");
                _status(i, k, r.status);
            }
            _digests(i);
        }
    }

    function _status(uint256 i, uint256 k, BatchState s) private view {
        eq(uint256(s.phase()), _uints(i, "phase")[k], "phase");
        eq(s.round(), _uints(i, "round")[k], "round");
        eq(s.seats(), _uints(i, "seats")[k], "seats");
        eq(s.committed(), _uints(i, "committed")[k], "committed");
        eq(s.revealed(), _uints(i, "revealed")[k], "revealed");
        eq(s.entropyBlock(), _uints(i, "entropy_block")[k], "entropy block");
        eq(s.deadline(), _uints(i, "deadline")[k], "deadline");
        eq(s.revealDeadline(), _uints(i, "reveal_deadline")[k], "reveal deadline");
        eq(s.positions(), _uints(i, "positions")[k], "positions");
        eq(s.items(), _uints(i, "items")[k], "items");
    }

    function _digests(uint256 i) private view {
        eq(keccak256(abi.encode(_hash(i, "commitment"), _hash(i, "task_root"))), _hash(i, "screening"), "screening");
        address[] memory accounts = _addresses(i, "excluded_accounts");
        uint256[] memory lengths = _uints(i, "excluded_lengths");
        bytes32 digest;
        uint256 from;
        for (uint256 k; k < lengths.length; ++k) {
            address[] memory list = new address[](lengths[k]);
            for (uint256 j; j < list.length; ++j) {
                list[j] = accounts[from++];
            }
            digest = keccak256(abi.encode(digest, keccak256(abi.encodePacked(list))));
        }
        eq(digest, _hash(i, "excluded"), "excluded");
        uint256[] memory seats = _uints(i, "ballot_seats");
        bytes32[] memory commitments = _hashes(i, "ballot_commitments");
        digest = 0;
        for (uint256 k; k < seats.length; ++k) {
            digest = keccak256(abi.encode(digest, seats[k], commitments[k]));
        }
        eq(digest, _hash(i, "ballots"), "ballots");
        address[] memory appellants = _addresses(i, "appellants");
        uint256[] memory items = _words(i, "appeal_items");
        uint256 words = items.length / appellants.length;
        digest = 0;
        for (uint256 k; k < appellants.length; ++k) {
            bytes32 hash = keccak256(abi.encodePacked(_cut(items, k * words, words)));
            digest = keccak256(abi.encode(digest, appellants[k], hash));
        }
        eq(digest, _hash(i, "appeals"), "appeals");
    }

    // ------------------------------------------------------------------ putting a batch where Python has it

    function _place(Case memory c, uint256 i) private {
        policy = _policyAt(i);
        uint64 minStake = policy.seatStake < 16 ? 16 : policy.seatStake;
        address half = vm.deployCode("Judgement.sol:Judgement", abi.encode(minStake, EPOCH));
        sebrus = ISebrusFull(vm.deployCode("Sebrus.sol:Sebrus", abi.encode(guardian, minStake, EPOCH, half)));
        c.key =
            BatchKey(_createDataset(_params(), 1e13), contributor, keccak256("root"), uint16(_uint(i, "item_count")));
        c.id = sebrus.batchIdOf(c.key);
    }

    function _keep(Case memory c) private {
        uint256 seal = uint256(keccak256(abi.encode(c.record))) & ~uint256(255);
        bytes32 slot = keccak256(abi.encode(c.id, SEALS_SLOT));
        vm.store(address(sebrus), slot, bytes32(seal | uint256(c.record.status.phase())));
        _sealHolds(c);
    }

    /// One more seat of the account is open: its stake is there and locked.
    function _seated(address account) private {
        uint256 stake = policy.seatStake;
        bytes32 slot = keccak256(abi.encode(account, ACCOUNTS_SLOT));
        uint256 word = uint256(vm.load(address(sebrus), slot));
        vm.store(address(sebrus), slot, bytes32(word + (stake << 52) + (stake << 104)));
    }

    // ------------------------------------------------------------------ rounds

    function test_vectors_rounds() public {
        uint256 cases = _load("rounds");
        for (uint256 i; i < cases; ++i) {
            Case memory c;
            _place(c, i);
            _votingAt(c, i);
            _ballotsAt(c, i);
            _keep(c);
            vm.warp(uint256(c.record.status.revealDeadline()) + policy.revealWindow + 1);
            vm.getRecordedLogs();
            sebrus.conclude(
                c.key, c.record, c.panel, Flat.ballots(c.ballots), c.screening, c.question, c.decision, c.appeals
            );
            _compareRound(c, i);
        }
    }

    function _votingAt(Case memory c, uint256 i) private view {
        c.record.status = BatchState.wrap(uint256(_hash(i, "status")));
        c.panel = _addresses(i, "panel");
        c.record.panel = keccak256(abi.encodePacked(c.panel));
        c.question = _words(i, "question");
        if (c.question.length != 0) c.record.question = Bitmaps.hashMemory(c.question);
        if (_flag(i, "decided_before")) {
            c.decision =
                Decision(_words(i, "accepted_before"), _words(i, "panel_accepted_before"), _words(i, "flags_before"));
            c.record.decision = Decisions.hash(c.decision);
        }
        if (!_flag(i, "screened")) return;
        _committedTo(c, _words(i, "flags"), _words(i, "gold"), _words(i, "answers"));
        c.record.screening = keccak256(abi.encode(_screeningCommitment(c), c.screening.taskRoot));
        c.screening.opened = _flag(i, "opened");
    }

    /// The opened ballots in the order of the vector, and after them those that nobody opened.
    function _ballotsAt(Case memory c, uint256 i) private view {
        BatchState status = c.record.status;
        uint256[] memory seats = _uints(i, "revealed_seats");
        uint256[] memory flat = _words(i, "verdicts");
        uint256 words = (uint256(status.positions()) + 255) / 256;
        for (uint256 k; k < seats.length; ++k) {
            OpenedBallot memory ballot = _opened(c, seats[k], _cut(flat, k * words, words));
            _remember(c, _vote(c, ballot), ballot);
        }
        uint256 silent = status.committed() & ~status.revealed();
        for (uint256 seat; seat < 32; ++seat) {
            if ((silent >> seat) & 1 == 0) continue;
            Vote memory vote = Vote(uint8(seat), keccak256(abi.encode("silent", seat)), NONE);
            _remember(c, vote, OpenedBallot(vote.seat, vote.commitment, new uint256[](0)));
        }
        c.record.status = status;
    }

    function _compareRound(Case memory c, uint256 i) private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        bool seen;
        for (uint256 k; k < logs.length; ++k) {
            if (logs[k].topics[0] == ISebrusEvents.Concluded.selector) {
                seen = true;
                _compareConcluded(i, logs[k].data);
                _concludedAt(c, i);
            }
            if (logs[k].topics[0] == ISebrusEvents.Escalated.selector) {
                (, uint16 items, uint256[] memory question,,) =
                    abi.decode(logs[k].data, (uint8, uint16, uint256[], uint64, uint40));
                eq(items, _uint(i, "items_after"), "items after");
                eq(question, _words(i, "question_after"), "question after");
                _escalated(c, logs[k].data);
            }
            if (logs[k].topics[0] == ISebrusEvents.Held.selector) {
                c.record.question = 0;
                uint40 deadline = abi.decode(logs[k].data, (uint40));
                c.record.status = BatchStateLibrary.decided(c.record.status.round(), 0, deadline);
            }
        }
        yes(seen, "concluded");
        _sealHolds(c); // so decision hash, round digest and history are Python's
    }

    function _compareConcluded(uint256 i, bytes memory data) private view {
        (,, uint32 counted, bool conclusive, uint256[] memory accepted, uint256[] memory panelAccepted) =
            abi.decode(data, (uint8, BatchState, uint32, bool, uint256[], uint256[]));
        eq(counted, _uint(i, "counted"), "counted");
        yes(conclusive == _flag(i, "conclusive"), "conclusive");
        yes((accepted.length != 0) == _flag(i, "decided"), "decided");
        eq(accepted, _words(i, "accepted"), "accepted");
        eq(panelAccepted, _words(i, "panel_accepted"), "panel accepted");
    }

    function _concludedAt(Case memory c, uint256 i) private view {
        c.record.history = keccak256(abi.encode(bytes32(0), _hash(i, "round_digest")));
        c.record.excluded = keccak256(abi.encode(bytes32(0), c.record.panel));
        c.record.decision = _flag(i, "decided") ? _hash(i, "decision_hash") : bytes32(0);
        (c.record.screening, c.record.panel, c.record.ballots) = (0, 0, 0);
    }

    // ------------------------------------------------------------------ settlements

    function test_vectors_settlement() public {
        uint256 cases = _load("settlement");
        for (uint256 i; i < cases; ++i) {
            Case memory c;
            _place(c, i);
            if (_flag(i, "decided")) {
                c.decision = Decision(_words(i, "accepted"), _words(i, "panel_accepted"), new uint256[](0));
                c.record.decision = Decisions.hash(c.decision);
            }
            c.record.status = BatchStateLibrary.decided(2, 0, 0);
            c.record.history = _hash(i, "history");
            _roundsAt(c, i);
            _keep(c);
            vm.getRecordedLogs();
            sebrus.finalize(c.key, c.record, c.decision, Flat.rounds(c.rounds));
            Vm.Log[] memory logs = vm.getRecordedLogs();
            _compareSettled(i, logs[logs.length - 1].data);
            _compareRecords(c, i);
        }
    }

    /// Where each flat list has been read to.
    struct Cursor {
        uint256 panel;
        uint256 seat;
        uint256 verdicts;
        uint256 question;
        uint256 gold;
    }

    function _roundsAt(Case memory c, uint256 i) private {
        bytes32[] memory statuses = _hashes(i, "statuses");
        c.rounds = new ConcludedRound[](statuses.length);
        Cursor memory at_;
        for (uint256 r; r < statuses.length; ++r) {
            c.rounds[r] = _roundAt(i, r, BatchState.wrap(uint256(statuses[r])), at_);
            for (uint256 seat; seat < c.rounds[r].panel.length; ++seat) {
                if ((c.rounds[r].status.committed() >> seat) & 1 == 1) _seated(c.rounds[r].panel[seat]);
            }
        }
    }

    function _roundAt(uint256 i, uint256 r, BatchState status, Cursor memory at_)
        private
        view
        returns (ConcludedRound memory round)
    {
        round.status = status;
        uint256 words = (uint256(status.positions()) + 255) / 256;
        round.panel = new address[](status.seats());
        for (uint256 k; k < round.panel.length; ++k) {
            round.panel[k] = _addresses(i, "panels")[at_.panel++];
        }
        round.revealed = new RevealedVerdicts[](status.revealedCount());
        for (uint256 k; k < round.revealed.length; ++k) {
            uint8 seat = uint8(_uints(i, "revealed_seats")[at_.seat++]);
            round.revealed[k] = RevealedVerdicts(seat, _cut(_words(i, "verdicts"), at_.verdicts, words));
            at_.verdicts += words;
        }
        uint256 asked = _uints(i, "question_words")[r];
        round.question = _cut(_words(i, "questions"), at_.question, asked);
        at_.question += asked;
        if (!vm.parseJsonBoolArray(json, _at(i, "opened"))[r]) return round;
        round.gold = _cut(_words(i, "gold"), at_.gold, words);
        round.answers = _cut(_words(i, "answers"), at_.gold, words);
        at_.gold += words;
    }

    function _compareSettled(uint256 i, bytes memory data) private view {
        (bool decided,, uint64 stakeReturned, uint64 reward, uint64 returned, int64[] memory results) =
            abi.decode(data, (bool, uint16, uint64, uint64, uint64, int64[]));
        (uint256[] memory payouts, uint256[] memory slashes) = Flat.split(results);
        yes(decided == _flag(i, "decided"), "decided");
        eq(stakeReturned, _uint(i, "stake_returned"), "stake returned");
        eq(reward, _uint(i, "reward"), "reward");
        eq(returned, _uint(i, "bounty_returned"), "bounty returned");
        eq(payouts, _uints(i, "payouts"), "payouts");
        eq(slashes, _uints(i, "slashes"), "slashes");
    }

    function _compareRecords(Case memory c, uint256 i) private view {
        uint256 k;
        for (uint256 r; r < c.rounds.length; ++r) {
            ConcludedRound memory round = c.rounds[r];
            for (uint256 v; v < round.revealed.length; ++v) {
                _compareRecord(c, i, round.panel[round.revealed[v].seat]);
                ++k;
            }
        }
        eq(k, _uints(i, "gold_seen").length, "every seat that revealed");
    }

    /// The account's record is the sum over its seats: in the vectors one account may sit in two rounds.
    function _compareRecord(Case memory c, uint256 i, address account) private view {
        uint256[4] memory sums;
        uint256 k;
        for (uint256 r; r < c.rounds.length; ++r) {
            for (uint256 v; v < c.rounds[r].revealed.length; ++v) {
                if (c.rounds[r].panel[c.rounds[r].revealed[v].seat] == account) {
                    sums[0] += _uints(i, "gold_seen")[k];
                    sums[1] += _uints(i, "gold_right")[k];
                    sums[2] += _uints(i, "items_seen")[k];
                    sums[3] += _uints(i, "items_coherent")[k];
                }
                ++k;
            }
        }
        Account memory a = sebrus.accountOf(account);
        eq(a.goldSeen, sums[0], "gold seen");
        eq(a.goldRight, sums[1], "gold right");
        eq(a.itemsSeen, sums[2], "items seen");
        eq(a.itemsCoherent, sums[3], "items coherent");
        eq(a.locked, 0, "unlocked");
    }
}
