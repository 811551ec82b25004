// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/SebrusTest.sol";

/// @notice Drives the contract through anything that people may do, in any order, and remembers what must hold.
/// @dev No action reverts: what the contract refuses is simply not done. A revert is a broken promise, seen at once.
contract Handler is SebrusTest {
    uint256 public constant PEOPLE = 16; // 12 reviewers, contributor, owner, detector, stranger
    uint256 public constant DATASETS = 2;

    bytes32[2] public datasets;
    Policy[2] private _policies;
    bytes[] private _cases; // ABI-encoded, because nested arrays do not fit in storage as they are
    mapping(bytes32 id => uint256) public datasetOf;
    mapping(bytes32 id => uint256) public finalWord; // phase and outcome of a finished batch, hashed; 0 while open
    mapping(bytes32 id => uint256) public timesPaid;
    uint256 public etherIn;
    uint256 public etherOut;
    uint256 public settled;
    uint256 public voided;
    uint256 public failedRounds;
    uint256 public absent; // seats that ended without a commitment
    uint256 public uncovered; // commitments refused for want of stake

    constructor() {
        setUp();
        etherIn = address(sebrus).balance;
        datasets[0] = datasetId;
        _policies[0] = policy;
        Policy memory harsh = _policy();
        harsh.quorum = 1;
        harsh.maxRounds = 2;
        harsh.panelSize = 3;
        harsh.silentSlashBps = 10000;
        harsh.rejectedSlashBps = 10000;
        harsh.incoherentSlashBps = 65535;
        harsh.seatStake = MIN_STAKE;
        policy = harsh;
        _policies[1] = harsh;
        datasets[1] = _createDataset(_params(), 1e9);
        etherIn += 1e9 * 1 gwei;
        _deposit(owner, 1e7);
        _deposit(stranger, 1e7);
        _deposit(detector, 1e7);
        etherIn += 3e7 * 1 gwei;
    }

    // ------------------------------------------------------------------ what the invariants read

    function target() external view returns (ISebrusFull) {
        return sebrus;
    }

    /// Every case at once, for the invariants: identity, phase and dataset of each.
    function overview() external view returns (Case[] memory all, Phase[] memory phases, uint256[] memory which) {
        all = new Case[](_cases.length);
        phases = new Phase[](_cases.length);
        which = new uint256[](_cases.length);
        for (uint256 i; i < all.length; ++i) {
            all[i] = caseAt(i);
            phases[i] = sebrus.phaseOf(all[i].id);
            which[i] = datasetOf[all[i].id];
        }
    }

    function person(uint256 i) public view returns (address) {
        if (i < REVIEWERS) return reviewer(i);
        if (i == REVIEWERS) return contributor;
        if (i == REVIEWERS + 1) return owner;
        return i == REVIEWERS + 2 ? detector : stranger;
    }

    function cases() external view returns (uint256) {
        return _cases.length;
    }

    function caseAt(uint256 i) public view returns (Case memory) {
        return abi.decode(_cases[i], (Case));
    }

    function policyAt(uint256 i) public view returns (Policy memory) {
        return _policies[i];
    }

    function stateOf(bytes32 id) external view returns (uint256) {
        return _state(id);
    }

    /// The sum of the weights at the root of the stake tree.
    function weight() external view returns (uint256 sum) {
        uint256 root = uint256(vm.load(address(sebrus), bytes32(uint256(3))));
        for (uint256 lane; lane < 4; ++lane) {
            sum += (root >> (56 * lane)) & type(uint56).max;
        }
    }

    // ------------------------------------------------------------------ money

    function deposit(uint256 who, uint256 amount) external {
        amount = within(amount, 1, 1e7);
        _deposit(person(who % PEOPLE), uint64(amount));
        etherIn += amount * 1 gwei;
    }

    function withdraw(uint256 who, uint256 amount) external {
        address account = person(who % PEOPLE);
        uint64 value = uint64(within(amount, 1, 2e6));
        uint256 before = account.balance;
        if (_try(account, abi.encodeCall(sebrus.withdraw, (account, value, 0, NONE)))) {
            eq(account.balance - before, uint256(value) * 1 gwei, "what was asked for arrives");
            etherOut += uint256(value) * 1 gwei;
        }
    }

    function stake(uint256 who, uint256 amount) external {
        address account = person(who % PEOPLE);
        _try(account, abi.encodeCall(sebrus.stake, (account, uint64(within(amount, 1, 3e6)), 0, NONE)));
    }

    function unstake(uint256 who, uint256 amount) external {
        address account = person(who % PEOPLE);
        uint64 all = _staked(account);
        uint64 value = amount % 2 == 0 ? all : uint64(within(amount, 1, 3e6));
        _try(account, abi.encodeCall(sebrus.unstake, (account, value, 0, NONE)));
    }

    function closeDataset(uint256 which, uint256 dice) external {
        if (dice % 8 == 0) _try(owner, abi.encodeCall(sebrus.closeDataset, (datasets[which % DATASETS])));
    }

    // ------------------------------------------------------------------ batches

    function submit(uint256 which, uint256 items, uint256 who) external {
        uint256 d = which % DATASETS;
        Case memory c = _case(uint16(within(items, 1, 300)));
        c.key.datasetId = datasets[d];
        c.key.contributor = person(who % PEOPLE);
        c.key.root = keccak256(abi.encode(_cases.length));
        c.id = keccak256(abi.encode(c.key));
        if (!_try(c.key.contributor, abi.encodeCall(sebrus.submit, (c.key, 0, NONE)))) return;
        datasetOf[c.id] = d;
        _cases.push(abi.encode(c));
    }

    /// The next step of some batch, by somebody, well or badly.
    function advance(uint256 which, uint256 seed) public {
        if (_cases.length == 0) return;
        uint256 i = which % _cases.length;
        Case memory c = caseAt(i);
        policy = _policies[datasetOf[c.id]];
        Phase phase = sebrus.phaseOf(c.id);
        if (phase == Phase.Submitted) _screenOrSkip(c, seed);
        else if (phase == Phase.Drawing) _drawOrMiss(c, seed);
        else if (phase == Phase.Voting) _voteOrEnd(c, seed);
        else _tryAgain(c);
        _cases[i] = abi.encode(c);
        _recordEnd(c);
    }

    function advanceTwice(uint256 which, uint256 seed) external {
        advance(which, seed);
        advance(which, uint256(keccak256(abi.encode(seed))));
    }

    function advanceTheLast(uint256 seed) external {
        if (_cases.length != 0) advance(_cases.length - 1, seed);
    }

    function passTime(uint256 elapsed, uint256 blocks) external {
        vm.warp(block.timestamp + within(elapsed, 1, 700));
        vm.roll(block.number + within(blocks, 1, 90));
    }

    function _screenOrSkip(Case memory c, uint256 seed) private {
        if (seed % 3 == 0) {
            vm.warp(block.timestamp + policy.screeningWindow + 1);
            sebrus.skipScreening(c.key);
            return;
        }
        uint256[] memory flags = _random(c.key.itemCount, seed);
        c.screening = ScreeningOpening(true, bytes32(seed), bytes32(seed), bytes32(seed), flags);
        bytes32 commitment = _screeningCommitment(c);
        if (!_try(detector, abi.encodeCall(sebrus.commitScreening, (c.key, commitment)))) c.screening.opened = false;
    }

    function _drawOrMiss(Case memory c, uint256 seed) private {
        uint256 entropyBlock = _entropyBlock(c);
        if (seed % 5 == 0 && block.number <= entropyBlock) vm.roll(entropyBlock + EPOCH); // nobody came in time
        if (block.number <= entropyBlock) vm.roll(entropyBlock + 1);
        vm.getRecordedLogs();
        vm.recordLogs();
        if (_try(stranger, abi.encodeCall(sebrus.draw, (c.key)))) {
            _readPanel(c);
            _checkPanel(c);
        } else {
            sebrus.requestDraw(c.key);
        }
    }

    function _checkPanel(Case memory c) private view {
        for (uint256 i; i < c.panel.length; ++i) {
            yes(c.panel[i] != c.key.contributor && c.panel[i] != owner && c.panel[i] != detector, "disinterested");
            for (uint256 j; j < i; ++j) {
                yes(c.panel[i] != c.panel[j], "one seat per account");
            }
        }
    }

    function _voteOrEnd(Case memory c, uint256 seed) private {
        uint256 state = _state(c.id);
        uint32 committed = uint32(state >> 24);
        bool commitsOver = block.timestamp > uint40(state >> 136) || committed == (uint256(1) << c.panel.length) - 1;
        if (!commitsOver) {
            // several seats at once, sometimes time runs out
            if (seed % 7 == 0) vm.warp(uint40(state >> 136) + 1);
            for (uint256 seat; seat < c.panel.length; ++seat) {
                if ((committed >> seat) & 1 == 1 || (seed >> (8 + seat)) % 4 == 0) continue;
                uint256[] memory verdicts = _random(c.key.itemCount, seed >> seat);
                if (seed % 2 == 0) verdicts = _ones(c.key.itemCount);
                Vote memory vote = _vote(c, seat, verdicts);
                Account memory account = sebrus.accountOf(c.panel[seat]);
                bool covered = account.stake - account.locked >= policy.seatStake;
                bool done = _try(c.panel[seat], abi.encodeCall(sebrus.commit, (c.key, c.panel, _one(vote))));
                yes(done == (covered && block.timestamp <= uint40(state >> 136)), "in time, and only with the stake");
                if (!done && !covered) ++uncovered;
                if (done) _remember(c, vote, _opening(c, seat, verdicts));
            }
            return;
        }
        if (seed % 3 != 0) {
            for (uint256 i; i < c.openings.length; ++i) {
                if ((seed >> (16 + i)) % 5 == 0) continue;
                if (_try(stranger, abi.encodeCall(sebrus.reveal, (c.key, c.panel, c.ballots, _one(c.openings[i]))))) {
                    _rememberRevealed(c, c.openings[i]);
                }
            }
        } else if (seed % 2 == 0 && block.timestamp <= uint40(state >> 176)) {
            vm.warp(uint256(uint40(state >> 176)) + 1);
        }
        _end(c);
    }

    /// Settles or fails the round if either can be done now; checks what is paid.
    function _end(Case memory c) private {
        vm.getRecordedLogs();
        vm.recordLogs();
        uint256 state = _state(c.id);
        Account[] memory before = new Account[](c.panel.length);
        for (uint256 seat; seat < c.panel.length; ++seat) {
            before[seat] = sebrus.accountOf(c.panel[seat]);
        }
        if (_try(stranger, abi.encodeCall(sebrus.settle, (c.key, c.panel, c.revealed, c.screening)))) {
            ++timesPaid[c.id];
            ++settled;
            _checkPayment(c, before);
            _checkSeats(c, before, state);
        } else if (_try(stranger, abi.encodeCall(sebrus.failRound, (c.key, c.panel)))) {
            ++failedRounds;
            _checkSeats(c, before, state);
        }
    }

    /// Who never committed is untouched, who committed and stayed silent loses just the share for it, and every seat
    /// that committed is unlocked. The contributor may sit nowhere, so nothing else moves a reviewer's money here.
    function _checkSeats(Case memory c, Account[] memory before, uint256 state) private {
        uint64 silentSlash = uint64(uint256(policy.seatStake) * policy.silentSlashBps / 10000);
        for (uint256 seat; seat < c.panel.length; ++seat) {
            Account memory expected = before[seat];
            Account memory actual = sebrus.accountOf(c.panel[seat]);
            bool committed = (state >> (24 + seat)) & 1 == 1;
            bool revealed = (state >> (56 + seat)) & 1 == 1;
            if (committed) expected.locked -= policy.seatStake;
            if (committed && !revealed) expected.stake -= silentSlash;
            if (revealed) (expected.free, expected.stake) = (actual.free, actual.stake); // see _checkPayment
            eq(keccak256(abi.encode(actual)), keccak256(abi.encode(expected)), "what a seat may change");
            if (!committed) ++absent;
        }
    }

    function _checkPayment(Case memory c, Account[] memory before) private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        (
            ,
            uint16 acceptedCount,
            uint256[] memory accepted,
            uint256[] memory panel,
            uint64 stakeReturned,
            uint64 reward,
            uint256[] memory payouts,
            uint256[] memory slashes
        ) = abi.decode(
            logs[logs.length - 1].data, (uint8, uint16, uint256[], uint256[], uint64, uint64, uint256[], uint256[])
        );
        uint256 items = c.key.itemCount;
        yes(stakeReturned <= items * policy.itemStake, "more stake than locked");
        eq(reward, uint256(acceptedCount) * policy.itemReward, "reward");
        uint256 total = reward;
        for (uint256 seat; seat < payouts.length; ++seat) {
            yes(slashes[seat] <= policy.seatStake, "a slash above the seat stake");
            Account memory account = sebrus.accountOf(c.panel[seat]);
            eq(before[seat].stake - account.stake, slashes[seat], "the slash announced is the slash taken");
            eq(account.free - before[seat].free, payouts[seat], "the fee announced is the fee paid");
            yes(payouts[seat] == 0 || slashes[seat] == 0, "paid and slashed for one seat");
            yes(payouts[seat] <= items * policy.reviewFee, "more than the fees");
            total += payouts[seat];
        }
        yes(
            total <= items * (policy.itemReward + uint256(policy.panelSizeUnscreened) * policy.reviewFee),
            "spent above the reserve"
        );
        for (uint256 word; word < accepted.length; ++word) {
            eq(accepted[word] & ~panel[word], 0, "accepted against the panel");
        }
    }

    /// A finished batch refuses every step.
    function _tryAgain(Case memory c) private {
        no(_try(detector, abi.encodeCall(sebrus.commitScreening, (c.key, bytes32(uint256(1))))), "screened again");
        no(_try(stranger, abi.encodeCall(sebrus.skipScreening, (c.key))), "skipped again");
        no(_try(stranger, abi.encodeCall(sebrus.draw, (c.key))), "drawn again");
        no(_try(stranger, abi.encodeCall(sebrus.requestDraw, (c.key))), "asked again");
        no(_try(stranger, abi.encodeCall(sebrus.settle, (c.key, c.panel, c.revealed, c.screening))), "settled again");
        no(_try(stranger, abi.encodeCall(sebrus.failRound, (c.key, c.panel))), "failed again");
        no(_try(c.key.contributor, abi.encodeCall(sebrus.submit, (c.key, 0, NONE))), "submitted again");
    }

    function _recordEnd(Case memory c) private {
        Phase phase = sebrus.phaseOf(c.id);
        if (finalWord[c.id] != 0 || (phase != Phase.Settled && phase != Phase.Voided)) return;
        if (phase == Phase.Voided) ++voided;
        finalWord[c.id] = wordOf(c.id);
    }

    function wordOf(bytes32 id) public view returns (uint256) {
        return uint256(keccak256(abi.encode(_state(id), sebrus.outcomeOf(id))));
    }

    // ------------------------------------------------------------------ the end

    /// Drives a batch to its end with nobody's help: no detector, no reviewer, no contributor, no owner.
    function finish(uint256 i) external returns (uint256 calls) {
        Case memory c = caseAt(i);
        policy = _policies[datasetOf[c.id]];
        while (true) {
            Phase phase = sebrus.phaseOf(c.id);
            if (phase == Phase.Settled || phase == Phase.Voided) break;
            if (phase == Phase.Submitted) {
                vm.warp(block.timestamp + policy.screeningWindow + 1);
                sebrus.skipScreening(c.key);
            } else if (phase == Phase.Drawing) {
                _drawOrMiss(c, 1);
            } else {
                vm.warp(block.timestamp + policy.commitWindow + 2 * uint256(policy.revealWindow) + 1);
                c.screening.opened = false;
                _end(c);
            }
            ++calls;
        }
        _cases[i] = abi.encode(c);
        _recordEnd(c);
    }

    /// Everybody leaves with everything.
    function everybodyLeaves() external {
        for (uint256 d; d < DATASETS; ++d) {
            vm.prank(owner);
            sebrus.closeDataset(datasets[d]);
        }
        for (uint256 i; i < PEOPLE; ++i) {
            address account = person(i);
            uint64 all = _staked(account);
            if (all != 0) _unstake(account, all);
            uint64 free = _free(account);
            if (free == 0) continue;
            vm.prank(account);
            sebrus.withdraw(account, free, 0, NONE);
        }
    }

    function _try(address sender, bytes memory data) private returns (bool done) {
        vm.prank(sender);
        (done,) = address(sebrus).call(data);
    }
}
