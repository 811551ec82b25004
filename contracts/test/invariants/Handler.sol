// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";
import {Lives} from "./Lives.sol";

/// @notice Drives the contract through anything that people may do, in any order, and remembers what must hold.
contract Handler is Lives {
    uint256 public constant DATASETS = 2;
    uint256 private constant MOST_CASES = 6;

    address[] private _crowd;
    bytes32[2] public datasets;
    Policy[2] private _policies;
    bytes[] private _cases; // ABI-encoded, because nested arrays do not fit in storage as they are
    mapping(bytes32 id => uint256) public datasetOf;
    mapping(bytes32 id => bytes32) public finalSeal; // of a finished batch
    mapping(bytes32 id => uint256) public timesPaid;
    mapping(bytes32 datasetId => uint256) public screenedItems; // in batches finalized with flags
    uint256 public etherIn;
    uint256 public etherOut;
    uint256 public settled;
    uint256 public voided;
    uint256 public slashed;

    constructor() {
        setUp();
        for (uint256 i; i < _reviewers(); ++i) {
            _crowd.push(reviewer(i));
            uint64 more = _staked(reviewer(i)) - MIN_STAKE;
            if (i % 3 != 0 && more != 0) _unstake(reviewer(i), more); // most can hold one seat and no more
        }
        _crowd.push(contributor);
        _crowd.push(owner);
        _crowd.push(detector);
        _crowd.push(stranger);
        (datasets[0], _policies[0]) = (datasetId, policy);
        (policy.panelSize, policy.escalatedSize, policy.finalSize, policy.quorum) = (3, 5, 0, 1);
        (policy.silentSlashBps, policy.rejectedSlashBps, policy.incoherentSlashBps) = (10000, 10000, 65535);
        (policy.seatStake, policy.holdWindow, policy.detectorVotes) = (MIN_STAKE, 0, 0);
        _policies[1] = policy;
        datasets[1] = _createDataset(_params(), 40_000); // a poor one
        for (uint256 i = _crowd.length - 3; i < _crowd.length; ++i) {
            _deposit(_crowd[i], 1e7);
        }
        etherIn = address(sebrus).balance;
    }

    function _reviewers() internal pure override returns (uint256) {
        return 20;
    }

    function _policy() internal pure override returns (Policy memory p) {
        p = super._policy();
        (p.panelSize, p.escalatedSize, p.finalSize, p.quorum) = (3, 5, 7, 2);
        (p.detectorVotes, p.goldPassBps, p.seatStake) = (3, 5000, MIN_STAKE);
        p.holdWindow = 1_000_000; // so that what happens to other batches does not end it
    }

    function _people() internal view override returns (address[] memory) {
        return _crowd;
    }

    // ------------------------------------------------------------------ what the invariants read

    function target() external view returns (ISebrusFull) {
        return sebrus;
    }

    function crowd() external view returns (address[] memory) {
        return _crowd;
    }

    function cases() external view returns (Case[] memory all) {
        all = new Case[](_cases.length);
        for (uint256 i; i < all.length; ++i) {
            all[i] = abi.decode(_cases[i], (Case));
        }
    }

    function heldBy(Case memory c) external returns (uint256) {
        policy = _policies[datasetOf[c.id]];
        return _held(c);
    }

    function lockedBy(Case memory c, address account) external view returns (uint256) {
        return _openSeats(c, account) * _policies[datasetOf[c.id]].seatStake;
    }

    // ------------------------------------------------------------------ money

    function deposit(uint256 who, uint256 amount) external {
        amount = within(amount, 1, 1e7);
        _deposit(_person(who), uint64(amount));
        etherIn += amount * 1 gwei;
    }

    function withdraw(uint256 who, uint256 amount) external {
        address account = _person(who);
        uint64 value = uint64(within(amount, 1, 2e6));
        uint256 before = account.balance;
        bool covered = _free(account) >= value;
        yes(_try(account, abi.encodeCall(sebrus.withdraw, (account, value, 0, NONE))) == covered, "withdrawn if there");
        if (!covered) return;
        eq(account.balance - before, uint256(value) * 1 gwei, "what was asked for arrives");
        etherOut += uint256(value) * 1 gwei;
    }

    function payOut(uint256 who, bool order) external {
        address[] memory accounts = new address[](2);
        (accounts[0], accounts[1]) = (_person(who), _person(who / 7));
        vm.prank(accounts[0]);
        sebrus.setPayout(accounts[0], order, 0, NONE);
        uint256 before = address(sebrus).balance;
        uint256 expected;
        for (uint256 i; i < 2; ++i) {
            if (i == 1 && accounts[1] == accounts[0]) continue;
            Account memory a = sebrus.accountOf(accounts[i]);
            if (a.payout) expected += uint256(a.free) * 1 gwei;
        }
        sebrus.payOut(accounts);
        eq(before - address(sebrus).balance, expected, "who left an order, and all of it");
        etherOut += expected;
    }

    function stake(uint256 who, uint256 amount) external {
        address account = _person(who);
        uint64 value = uint64(within(amount, 1, 3e6));
        bool fits = _free(account) >= value && _staked(account) + value >= MIN_STAKE;
        yes(_try(account, abi.encodeCall(sebrus.stake, (account, value, 0, NONE))) == fits, "staked if it can be");
    }

    function unstake(uint256 who, uint256 amount) external {
        address account = _person(who);
        Account memory a = sebrus.accountOf(account);
        uint64 value = amount % 2 == 0 ? a.stake - a.locked : uint64(within(amount, 1, 3e6));
        bool fits = value != 0 && value <= a.stake && a.stake - value >= a.locked
            && (a.stake == value || a.stake - value >= MIN_STAKE);
        yes(_try(account, abi.encodeCall(sebrus.unstake, (account, value, 0, NONE))) == fits, "unstaked if it can be");
    }

    function fund(uint256 which, uint256 amount) external {
        amount = within(amount, 1, 1e5);
        _fund(address(this), amount * 1 gwei);
        (bool done,) = address(sebrus).call{value: amount * 1 gwei}(
            abi.encodeCall(sebrus.fundDataset, (datasets[which % DATASETS]))
        );
        if (done) etherIn += amount * 1 gwei;
    }

    function closeDataset(uint256 which, uint256 dice) external {
        _mustRefuse(relayer, abi.encodeCall(sebrus.closeDataset, (datasets[which % DATASETS])));
        if (dice % 16 == 0) _allowed(owner, abi.encodeCall(sebrus.closeDataset, (datasets[which % DATASETS])));
    }

    // ------------------------------------------------------------------ batches

    function submit(uint256 which, uint256 items, uint256 who) external {
        if (_cases.length == MOST_CASES) return;
        uint256 d = which % DATASETS;
        Case memory c = _case(uint16(items % 8 == 0 ? within(items, 1, 300) : within(items, 1, 24)));
        c.key.datasetId = datasets[d];
        c.key.contributor = who % 2 == 0 ? contributor : _person(who);
        c.key.root = keccak256(abi.encode(_cases.length));
        c.id = keccak256(abi.encode(c.key));
        policy = _policies[d];
        bytes memory data = abi.encodeCall(sebrus.submit, (c.key, 0, NONE));
        if (!_try(c.key.contributor, data)) return;
        _mustRefuse(c.key.contributor, data);
        _submitted(c);
        datasetOf[c.id] = d;
        _cases.push(abi.encode(c));
    }

    /// The next step of some batch, by somebody, well or badly.
    function advance(uint256 which, uint256 seed) public {
        if (_cases.length == 0) return;
        uint256 i = which % _cases.length;
        Case memory c = abi.decode(_cases[i], (Case));
        policy = _policies[datasetOf[c.id]];
        Phase phase = sebrus.phaseOf(c.id);
        if (phase == Phase.Screening) _screenOrSkip(c, seed);
        else if (phase == Phase.Drawing) _drawOrMiss(c, seed);
        else if (phase == Phase.Voting) _voteOrConclude(c, seed);
        else if (phase == Phase.Decided) _appealOrFinalize(c, seed);
        else _tryAgain(c);
        _cases[i] = abi.encode(c);
    }

    function advanceTwice(uint256 which, uint256 seed) external {
        advance(which, seed);
        advance(which, uint256(keccak256(abi.encode(seed))));
    }

    function advanceTheLast(uint256 seed) external {
        if (_cases.length == 0) return;
        for (uint256 i; i < 3; ++i) {
            advance(_cases.length - 1, uint256(keccak256(abi.encode(seed, i))));
        }
    }

    function passTime(uint256 elapsed, uint256 blocks) external {
        vm.warp(block.timestamp + within(elapsed, 1, 700));
        vm.roll(block.number + within(blocks, 1, 90));
    }

    function _voteOrConclude(Case memory c, uint256 seed) private {
        BatchState status = c.record.status;
        bool over = block.timestamp > status.deadline() || status.committed() == (uint256(1) << c.panel.length) - 1;
        if (!over) {
            _mustRefuse(relayer, _concludeCall(c));
            _mustRefuse(relayer, _revealCall(c, c.ballots));
            _commitSome(c, seed);
            return;
        }
        if (seed % 5 == 0) _revealSome(c, seed >> 8);
        else _concludeOrWait(c, seed >> 8);
    }

    function _appealOrFinalize(Case memory c, uint256 seed) private {
        uint256 deadline = c.record.status.deadline();
        if (block.timestamp <= deadline) {
            _mustRefuse(relayer, _finalizeCall(c));
            _mustRefuse(relayer, _startCall(c));
            if (seed % 4 != 0) _tryAppeal(c, seed >> 8);
            if (seed % 3 == 0) vm.warp(deadline + 1);
            return;
        }
        _mustRefuse(stranger, _appealCall(c, Appeal(stranger, _ones(c.key.itemCount))));
        if (c.record.appeals != 0) {
            _mustRefuse(relayer, _finalizeCall(c));
            _startAppeal(c);
        } else {
            _finalizeAndCheck(c);
        }
    }

    function _tryAppeal(Case memory c, uint256 seed) private {
        Appeal memory a = Appeal(_person(seed), _ones(c.key.itemCount));
        if (c.record.decision != 0) a.items = _random(c.key.itemCount, seed);
        for (uint256 i; i < a.items.length && c.record.decision != 0; ++i) {
            a.items[i] &= a.items[i] >> 3; // few of them
        }
        uint256 named;
        bool fresh = true;
        for (uint256 i; i < a.items.length; ++i) {
            named |= a.items[i];
            if (c.question.length != 0 && c.question[i] & a.items[i] != 0) fresh = false;
        }
        uint256 bond = _fees(uint256(c.record.status.round()) + 1, Bitmaps.size(a.items));
        bool fits = named != 0 && fresh && _free(a.appellant) >= bond;
        _mustRefuse(relayer, _appealCall(c, a)); // not in another's name
        yes(_try(a.appellant, _appealCall(c, a)) == fits, "an appeal of fresh items, with its bond");
        if (fits) _appealed(c, a);
    }

    /// Settles, and compares every payment with what the protocol says.
    function _finalizeAndCheck(Case memory c) private {
        Case memory forged = _copy(c);
        if (c.record.decision != 0) {
            forged.decision.accepted[0] ^= 1;
            _mustRefuse(c.key.contributor, _finalizeCall(forged));
        }
        if (c.rounds.length != 0) {
            forged = _copy(c);
            forged.rounds[0].status = forged.rounds[0].status.withCommitted(forged.rounds[0].status.committed() ^ 1);
            _mustRefuse(c.key.contributor, _finalizeCall(forged));
        }
        uint256 held = _held(c);
        uint64 free = _free(c.key.contributor);
        vm.getRecordedLogs();
        _allowed(stranger, _finalizeCall(c));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        _checkSettled(c, held, logs[logs.length - 1].data);
        ++timesPaid[c.id];
        yes(_free(c.key.contributor) >= free, "the contributor does not pay");
        bool decided = c.record.decision != 0;
        if (decided) ++settled;
        else ++voided;
        if (decided && c.decision.flags.length != 0) screenedItems[c.key.datasetId] += c.key.itemCount;
        finalSeal[c.id] = sebrus.sealOf(c.id);
        bytes32 outcome = decided ? keccak256(abi.encodePacked(c.decision.accepted)) : bytes32(0);
        eq(uint256(finalSeal[c.id]) >> 8, uint256(outcome) >> 8, "what stays is the outcome");
        eq(uint256(sebrus.phaseOf(c.id)), uint256(decided ? Phase.Settled : Phase.Voided), "over");
    }

    /// The data of the event `Settled`.
    struct Outcome {
        bool decided;
        uint16 acceptedCount;
        uint64 stakeReturned;
        uint64 reward;
        uint64 returned;
        int64[] results;
    }

    function _checkSettled(Case memory c, uint256 held, bytes memory data) private {
        Outcome memory o = abi.decode(abi.encodePacked(uint256(32), data), (Outcome));
        yes(o.decided == (c.record.decision != 0), "decided");
        (uint256[] memory payouts, uint256[] memory slashes) = _seatResults(c);
        bytes32 results = keccak256(abi.encode(Flat.results(payouts, slashes)));
        eq(keccak256(abi.encode(o.results)), results, "payouts and slashes");
        uint256 spent = uint256(o.stakeReturned) + o.reward + o.returned;
        for (uint256 i; i < payouts.length; ++i) {
            spent += payouts[i];
            held += slashes[i];
            slashed += slashes[i];
            yes(slashes[i] <= policy.seatStake, "a slash above the seat stake");
            yes(payouts[i] == 0 || slashes[i] == 0, "paid and slashed for one seat");
        }
        eq(spent, held, "payouts and what returns are the pot");
        _checkContributor(c, o);
    }

    function _checkContributor(Case memory c, Outcome memory o) private view {
        uint256 items = c.key.itemCount;
        uint256 rejected = o.decided ? items - Bitmaps.size(c.decision.panelAccepted) : 0;
        eq(o.acceptedCount, o.decided ? Bitmaps.size(c.decision.accepted) : 0, "accepted");
        eq(o.reward, uint256(o.acceptedCount) * policy.itemReward, "reward");
        uint256 lost = rejected * policy.itemStake * policy.rejectedSlashBps / 10000;
        eq(o.stakeReturned, items * policy.itemStake - lost, "stake");
    }

    /// A finished batch refuses every step.
    function _tryAgain(Case memory c) private {
        _mustRefuse(relayer, abi.encodeCall(sebrus.skipScreening, (c.key, c.record)));
        _mustRefuse(relayer, _drawCall(c));
        _mustRefuse(relayer, _requestCall(c));
        _mustRefuse(relayer, _concludeCall(c));
        _mustRefuse(relayer, _startCall(c));
        _mustRefuse(relayer, _finalizeCall(c));
        _mustRefuse(c.key.contributor, abi.encodeCall(sebrus.submit, (c.key, 0, NONE)));
    }

    function _person(uint256 i) private view returns (address) {
        return _crowd[i % _crowd.length];
    }

    // ------------------------------------------------------------------ the end

    /// Drives a batch to its end with nobody's help: no detector, no reviewer, no contributor, no owner.
    function finish(uint256 i) external returns (uint256 calls) {
        Case memory c = abi.decode(_cases[i], (Case));
        policy = _policies[datasetOf[c.id]];
        for (;; ++calls) {
            Phase phase = sebrus.phaseOf(c.id);
            if (phase == Phase.Settled || phase == Phase.Voided) break;
            if (phase == Phase.Screening) {
                if (block.timestamp <= c.record.status.deadline()) vm.warp(uint256(c.record.status.deadline()) + 1);
                _screenOrSkip(c, 4);
            } else if (phase == Phase.Drawing) {
                _drawOrMiss(c, 1);
            } else if (phase == Phase.Voting) {
                vm.warp(uint256(c.record.status.revealDeadline()) + policy.revealWindow + 1);
                _concludeOrWait(c, 0);
            } else {
                if (block.timestamp <= c.record.status.deadline()) vm.warp(uint256(c.record.status.deadline()) + 1);
                _appealOrFinalize(c, 0);
            }
        }
        _cases[i] = abi.encode(c);
    }

    /// Everybody leaves with everything.
    function everybodyLeaves() external {
        for (uint256 d; d < DATASETS; ++d) {
            vm.prank(owner);
            sebrus.closeDataset(datasets[d]);
        }
        for (uint256 i; i < _crowd.length; ++i) {
            address account = _crowd[i];
            uint64 all = _staked(account);
            if (all != 0) _unstake(account, all);
            uint64 free = _free(account);
            if (free == 0) continue;
            vm.prank(account);
            sebrus.withdraw(account, free, 0, NONE);
        }
    }
}
