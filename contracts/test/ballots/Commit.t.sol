// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ContractWallet} from "../base/Actors.sol";
import "../base/Scenario.sol";

/// @notice Committing: who may, when, once, and what it locks.
contract CommitTest is Scenario {
    function _voteOf(Case memory c, uint256 seat) private view returns (Vote memory) {
        return _vote(c, _opened(c, seat, _ones(c.record.status.positions())));
    }

    function _signed(Case memory c, uint256 seat) private view returns (Vote memory vote) {
        vote = _voteOf(c, seat);
        vote.signature = _signCommit(c, seat, vote.commitment);
    }

    function test_commit_reviewerSendsItDirectly() public {
        Case memory c = _start(10);
        Vote memory vote = _voteOf(c, 2);
        bytes32[] memory commitments = new bytes32[](1);
        commitments[0] = vote.commitment;
        _event();
        emit ISebrusEvents.Committed(c.id, 0, 2, commitments);
        _commit(c, 2, _ones(10));
        eq(c.record.status.committed(), 4, "mask");
        _sealHolds(c);
        for (uint256 seat; seat < 5; ++seat) {
            uint256 locked = seat == 2 ? policy.seatStake : 0;
            eq(sebrus.accountOf(c.panel[seat]).locked, locked, "only who committed has stake locked");
        }
    }

    function test_commit_relayedAllAtOnceInAnyOrder() public {
        Case memory c = _start(10);
        Vote[] memory votes = new Vote[](5);
        bytes32[] memory commitments = new bytes32[](5);
        BatchRecord memory before = _copy(c).record;
        for (uint256 i; i < 5; ++i) {
            uint256 seat = (i * 3 + 1) % 5;
            votes[i] = _signed(c, seat);
            commitments[i] = votes[i].commitment;
            _remember(c, votes[i], _opened(c, seat, _ones(10)));
        }
        _event();
        emit ISebrusEvents.Committed(c.id, 0, 0x0300020401, commitments); // seats 1, 4, 2, 0, 3
        _allowed(relayer, abi.encodeCall(sebrus.commit, (c.key, before, c.panel, votes)));
        eq(c.record.status.committed(), 31, "mask");
        _sealHolds(c);
        _conclude(c);
    }

    function test_commit_refusesWhoHoldsNoSeat() public {
        Case memory c = _start(10);
        Vote memory vote = _voteOf(c, 0);
        _refused(stranger, _commitCall(c, vote), ISebrusEvents.InvalidSignature.selector);
        _refused(c.panel[1], _commitCall(c, vote), ISebrusEvents.InvalidSignature.selector);
        vote.seat = 5;
        _refused(c.panel[0], _commitCall(c, vote), abi.encodeWithSelector(ISebrusEvents.WrongSeat.selector, 5));
        vote.seat = 255;
        _refused(c.panel[0], _commitCall(c, vote), abi.encodeWithSelector(ISebrusEvents.WrongSeat.selector, 255));
    }

    function test_commit_refusesZero() public {
        Case memory c = _start(10);
        _refused(c.panel[0], _commitCall(c, Vote(0, 0, NONE)), ISebrusEvents.ZeroCommitment.selector);
    }

    function test_commit_refusesAnotherPanel() public {
        Case memory c = _start(10);
        Vote memory vote = _voteOf(c, 0);
        address first = c.panel[0];
        (c.panel[0], c.panel[1]) = (c.panel[1], first);
        _refused(first, _commitCall(c, vote), ISebrusEvents.WrongPanel.selector);
        c.panel = new address[](0);
        _refused(first, _commitCall(c, vote), ISebrusEvents.WrongPanel.selector);
    }

    function test_commit_onlyWhileVotingAndWithTheRecord() public {
        Case memory c = _start(10);
        Vote memory vote = _voteOf(c, 0);
        Case memory d = _case(11);
        d.panel = c.panel;
        _refused(c.panel[0], _commitCall(d, vote), _wrongPhase(Phase.None));
        Case memory old = _copy(c);
        _commit(c, 1, _ones(10));
        _refused(c.panel[0], _commitCall(old, vote), ISebrusEvents.WrongRecord.selector); // the race is lost
        _allowed(c.panel[0], _commitCall(c, vote)); // and sent again
    }

    function test_commit_untilTheDeadline() public {
        Case memory c = _start(10);
        vm.warp(c.record.status.deadline());
        _commit(c, 0, _ones(10));
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _refused(c.panel[1], _commitCall(c, _voteOf(c, 1)), ISebrusEvents.TooLate.selector);
        _refused(relayer, _commitCall(c, _signed(c, 1)), ISebrusEvents.TooLate.selector); // what was signed expired too
    }

    function test_commit_needsTheSeatStake() public {
        Case memory c = _start(10);
        address busy = c.panel[0];
        uint64 stake = _staked(busy);
        _lock(busy, stake - policy.seatStake + 1);
        bytes memory reason =
            abi.encodeWithSelector(ISebrusEvents.InsufficientStake.selector, policy.seatStake - 1, policy.seatStake);
        _refused(busy, _commitCall(c, _voteOf(c, 0)), reason);
        _lock(busy, stake - policy.seatStake);
        _allowed(busy, _commitCall(c, _voteOf(c, 0)));
        eq(sebrus.accountOf(busy).locked, stake, "all of it");
    }

    /// Writes what other open seats would have locked.
    function _lock(address account, uint256 amount) private {
        bytes32 slot = keccak256(abi.encode(account, uint256(2)));
        uint256 word = uint256(vm.load(address(sebrus), slot));
        word = (word & ~(((uint256(1) << 52) - 1) << 104)) | (amount << 104);
        vm.store(address(sebrus), slot, bytes32(word));
        eq(sebrus.accountOf(account).locked, amount, "locked");
    }

    function test_attack_twoWayCommit() public {
        Case memory c = _start(10);
        _commit(c, 0, _ones(10));
        Vote memory second = _vote(c, _opened(c, 0, _zeros(10)));
        _refused(c.panel[0], _commitCall(c, second), abi.encodeWithSelector(ISebrusEvents.AlreadyCommitted.selector, 0));
        Vote[] memory votes = new Vote[](2);
        votes[0] = _voteOf(c, 1);
        votes[1] = _vote(c, _opened(c, 1, _zeros(10)));
        _refused(
            c.panel[1],
            abi.encodeCall(sebrus.commit, (c.key, c.record, c.panel, votes)),
            abi.encodeWithSelector(ISebrusEvents.AlreadyCommitted.selector, 1)
        );
    }

    function test_attack_relayerAltersTheCommitment() public {
        Case memory c = _start(10);
        Vote memory vote = _signed(c, 0);
        vote.commitment = keccak256("mine");
        _refused(relayer, _commitCall(c, vote), ISebrusEvents.InvalidSignature.selector);
        vote = _signed(c, 0);
        vote.seat = 1;
        _refused(relayer, _commitCall(c, vote), ISebrusEvents.InvalidSignature.selector);
    }

    function test_attack_relayerReplaysACommitment() public {
        Case memory c = _start(10);
        Vote memory vote = _signed(c, 0);
        _allowed(relayer, _commitCall(c, vote));
        _remember(c, vote, _opened(c, 0, _ones(10)));
        _refused(relayer, _commitCall(c, vote), abi.encodeWithSelector(ISebrusEvents.AlreadyCommitted.selector, 0));
    }

    function test_commit_contractWalletHoldsASeat() public {
        ContractWallet wallet = new ContractWallet();
        _deposit(address(wallet), 1e9);
        _stake(address(wallet), 1e9);
        vm.roll(EPOCH * 13);
        Case memory c = _start(10);
        uint256 seat;
        while (c.panel[seat] != address(wallet)) ++seat; // 98 % of the weight
        Vote memory vote = _voteOf(c, seat);
        vote.signature = hex"01";
        _refused(relayer, _commitCall(c, vote), ISebrusEvents.InvalidSignature.selector);
        wallet.approve(_digest(_commitHash(c, vote.commitment)));
        _allowed(relayer, _commitCall(c, vote));
    }

    function test_attack_malleableAndShortSignatures() public {
        Case memory c = _start(10);
        Vote memory vote = _voteOf(c, 0);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf(c.panel[0]), _digest(_commitHash(c, vote.commitment)));
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        vote.signature = abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? 28 : 27); // high s
        _refused(relayer, _commitCall(c, vote), ISebrusEvents.InvalidSignature.selector);
        uint256 compact = uint256(s) | (v == 28 ? uint256(1) << 255 : 0); // EIP-2098: 64 bytes
        vote.signature = abi.encodePacked(r, bytes32(compact));
        _refused(relayer, _commitCall(c, vote), ISebrusEvents.InvalidSignature.selector);
        vote.signature = abi.encodePacked(r, s, v, v);
        _refused(relayer, _commitCall(c, vote), ISebrusEvents.InvalidSignature.selector);
        vote.signature = abi.encodePacked(r, s, v);
        _allowed(relayer, _commitCall(c, vote));
    }
}
