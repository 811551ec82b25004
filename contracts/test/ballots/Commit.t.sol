// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ContractWallet} from "../base/Actors.sol";
import "../base/SebrusTest.sol";

contract CommitTest is SebrusTest {
    function _refused(Case memory c, Vote memory vote, address sender, bytes memory reason) private {
        vm.prank(sender);
        _expect(reason);
        sebrus.commit(c.key, c.panel, _one(vote));
    }

    function test_commit_reviewerSendsItDirectly() public {
        Case memory c = _start(10);
        _commit(c, 2, _ones(10));
        eq(uint32(_state(c.id) >> 24), 4, "mask");
        for (uint256 seat; seat < 5; ++seat) {
            uint256 locked = seat == 2 ? policy.seatStake : 0;
            eq(sebrus.accountOf(c.panel[seat]).locked, locked, "only who committed has stake locked");
        }
    }

    function test_commit_refusesWhoHoldsNoSeat() public {
        Case memory c = _start(10);
        Vote memory vote = _vote(c, 0, _ones(10));
        _refused(c, vote, stranger, abi.encodeWithSelector(ISebrus.InvalidSignature.selector));
        _refused(c, vote, c.panel[1], abi.encodeWithSelector(ISebrus.InvalidSignature.selector));
        vote.seat = 5;
        _refused(c, vote, c.panel[0], abi.encodeWithSelector(ISebrus.WrongSeat.selector, 5));
        vote.seat = 255;
        _refused(c, vote, c.panel[0], abi.encodeWithSelector(ISebrus.WrongSeat.selector, 255));
    }

    function test_commit_refusesZero() public {
        Case memory c = _start(10);
        _refused(c, Vote(0, 0, 0, NONE), c.panel[0], abi.encodeWithSelector(ISebrus.ZeroCommitment.selector));
    }

    function test_commit_refusesAnotherPanel() public {
        Case memory c = _start(10);
        Vote memory vote = _vote(c, 0, _ones(10));
        (c.panel[0], c.panel[1]) = (c.panel[1], c.panel[0]);
        _refused(c, vote, c.panel[0], abi.encodeWithSelector(ISebrus.WrongPanel.selector));
        c.panel = new address[](0);
        _refused(c, vote, stranger, abi.encodeWithSelector(ISebrus.WrongPanel.selector));
    }

    function test_commit_onlyWhileVoting() public {
        Case memory c = _start(10);
        Case memory d = _case(11);
        d.panel = c.panel;
        Vote memory vote = _vote(c, 0, _ones(10));
        _refused(d, vote, c.panel[0], abi.encodeWithSelector(ISebrus.WrongPhase.selector, Phase.None));
    }

    function test_commit_untilTheDeadline() public {
        Case memory c = _start(10);
        vm.warp(block.timestamp + policy.commitWindow);
        _commit(c, 0, _ones(10));
        vm.warp(block.timestamp + 1);
        Vote memory late = _vote(c, 1, _ones(10));
        _refused(c, late, c.panel[1], abi.encodeWithSelector(ISebrus.TooLate.selector));
    }

    function test_attack_twoWayCommit() public {
        Case memory c = _start(10);
        _commit(c, 0, _ones(10));
        Vote memory second = _vote(c, 0, _zeros(10));
        _refused(c, second, c.panel[0], abi.encodeWithSelector(ISebrus.AlreadyCommitted.selector, 0));
        Vote[] memory votes = new Vote[](2);
        votes[0] = _vote(c, 1, _ones(10));
        votes[1] = _vote(c, 1, _zeros(10));
        vm.prank(c.panel[1]);
        _expect(abi.encodeWithSelector(ISebrus.AlreadyCommitted.selector, 1));
        sebrus.commit(c.key, c.panel, votes);
    }

    function _signed(Case memory c, uint256 seat, uint256 deadline) private view returns (Vote memory vote) {
        vote = _vote(c, seat, _ones(c.key.itemCount));
        vote.deadline = deadline;
        vote.signature = _signCommit(c, seat, vote.commitment, deadline);
    }

    /// A reorganisation can draw another panel for the same round; what was signed for the first must not lock stake.
    function test_attack_commitReplayedIntoAnotherPanel() public {
        Case memory c = _start(10);
        Vote memory vote = _signed(c, 0, FAR);
        (c.panel[3], c.panel[4]) = (c.panel[4], c.panel[3]);
        vote.signature = _signCommit(c, 0, vote.commitment, FAR); // the same seat, round and reviewer, other neighbours
        (c.panel[3], c.panel[4]) = (c.panel[4], c.panel[3]);
        _refused(c, vote, relayer, abi.encodeWithSelector(ISebrus.InvalidSignature.selector));
        vote.signature = _signCommit(c, 0, vote.commitment, FAR);
        sebrus.commit(c.key, c.panel, _one(vote));
    }

    function test_commit_relayed() public {
        Case memory c = _start(10);
        Vote[] memory votes = new Vote[](5);
        for (uint256 seat; seat < 5; ++seat) {
            votes[seat] = _signed(c, seat, FAR);
        }
        vm.prank(relayer);
        sebrus.commit(c.key, c.panel, votes);
        eq(uint32(_state(c.id) >> 24), 31, "mask");
    }

    function test_attack_relayerAltersTheCommitment() public {
        Case memory c = _start(10);
        Vote memory vote = _signed(c, 0, FAR);
        vote.commitment = keccak256("mine");
        _refused(c, vote, relayer, abi.encodeWithSelector(ISebrus.InvalidSignature.selector));
        vote = _signed(c, 0, FAR);
        vote.seat = 1;
        _refused(c, vote, relayer, abi.encodeWithSelector(ISebrus.InvalidSignature.selector));
        vote = _signed(c, 0, block.timestamp);
        vote.deadline += 1;
        _refused(c, vote, relayer, abi.encodeWithSelector(ISebrus.InvalidSignature.selector));
        vote = _signed(c, 0, block.timestamp - 1);
        _refused(c, vote, relayer, abi.encodeWithSelector(ISebrus.SignatureExpired.selector));
    }

    function test_attack_relayerReplaysACommitment() public {
        Case memory c = _start(10);
        Vote memory vote = _signed(c, 0, FAR);
        sebrus.commit(c.key, c.panel, _one(vote));
        _refused(c, vote, relayer, abi.encodeWithSelector(ISebrus.AlreadyCommitted.selector, 0));
    }

    function test_attack_replayedAcrossBatches() public {
        Case memory c = _start(10);
        Case memory d = _caseWith(10, keccak256("twin"));
        _begin(d);
        // a reviewer who sits in both panels
        for (uint256 i; i < 5; ++i) {
            for (uint256 j; j < 5; ++j) {
                if (c.panel[i] != d.panel[j]) continue;
                Vote memory vote = _signed(c, i, FAR);
                vote.seat = uint8(j);
                _refused(d, vote, relayer, abi.encodeWithSelector(ISebrus.InvalidSignature.selector));
                return;
            }
        }
        revert NotTrue("somebody sits twice");
    }

    function test_attack_replayedAcrossRounds() public {
        for (uint256 i = 5; i < REVIEWERS; ++i) {
            _unstake(reviewer(i), _staked(reviewer(i)));
        }
        vm.roll(EPOCH * 13);
        Case memory c = _start(10); // all five sit, in every round
        Vote memory vote = _signed(c, 0, FAR);
        address signer = c.panel[0];
        vm.warp(block.timestamp + 2000);
        sebrus.failRound(c.key, c.panel);
        _draw(c);
        eq(c.round, 1, "round");
        for (uint256 seat; seat < c.panel.length; ++seat) {
            if (c.panel[seat] == signer) vote.seat = uint8(seat);
        }
        _refused(c, vote, relayer, abi.encodeWithSelector(ISebrus.InvalidSignature.selector));
    }

    function test_attack_replayedAcrossChains() public {
        Case memory c = _start(10);
        Vote memory vote = _signed(c, 0, FAR);
        vm.chainId(99);
        _refused(c, vote, relayer, abi.encodeWithSelector(ISebrus.InvalidSignature.selector));
    }

    function test_commit_contractWalletHoldsASeat() public {
        ContractWallet wallet = new ContractWallet();
        _deposit(address(wallet), 1e9);
        _stake(address(wallet), 1e9);
        vm.roll(EPOCH * 13);
        Case memory c = _start(10);
        uint256 seat;
        while (c.panel[seat] != address(wallet)) ++seat; // 98 % of the weight
        Vote memory vote = _vote(c, seat, _ones(10));
        vote.deadline = FAR;
        vote.signature = hex"01";
        _refused(c, vote, relayer, abi.encodeWithSelector(ISebrus.InvalidSignature.selector));
        wallet.approve(_digest(_commitHash(c, vote.commitment, FAR)));
        sebrus.commit(c.key, c.panel, _one(vote));
    }
}
