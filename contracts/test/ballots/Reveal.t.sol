// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/SebrusTest.sol";

contract RevealTest is SebrusTest {
    function _refused(Case memory c, Opening memory opening, bytes memory reason) private {
        _expect(reason);
        sebrus.reveal(c.key, c.panel, c.ballots, _one(opening));
    }

    function _wrongOpening(uint256 seat) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISebrus.WrongOpening.selector, uint8(seat));
    }

    function test_reveal_onceEverybodyHasCommitted() public {
        Case memory c = _start(10);
        for (uint256 seat; seat < 4; ++seat) {
            _commit(c, seat, _ones(10));
        }
        _refused(c, c.openings[0], abi.encodeWithSelector(ISebrus.TooEarly.selector));
        _commit(c, 4, _ones(10));
        _revealAll(c);
        eq(uint32(_state(c.id) >> 56), 31, "mask");
    }

    function test_reveal_afterTheCommitDeadlineWithFewer() public {
        Case memory c = _start(10);
        _commit(c, 0, _ones(10));
        vm.warp(block.timestamp + policy.commitWindow);
        _refused(c, c.openings[0], abi.encodeWithSelector(ISebrus.TooEarly.selector));
        vm.warp(block.timestamp + 1);
        _reveal(c, c.openings[0]);
    }

    function test_reveal_untilTheRevealDeadline() public {
        Case memory c = _start(10);
        _commit(c, 0, _ones(10));
        _commit(c, 1, _ones(10));
        vm.warp(block.timestamp + policy.commitWindow + policy.revealWindow);
        _reveal(c, c.openings[0]);
        vm.warp(block.timestamp + 1);
        _refused(c, c.openings[1], abi.encodeWithSelector(ISebrus.TooLate.selector));
    }

    function test_reveal_anybodyWhoHasTheOpeningMayBringIt() public {
        Case memory c = _start(300);
        _commitAll(c, _random(300, 1));
        vm.prank(stranger);
        sebrus.reveal(c.key, c.panel, c.ballots, c.openings);
        eq(uint32(_state(c.id) >> 56), 31, "mask");
    }

    function test_attack_copiedCommitment() public {
        Case memory c = _start(10);
        _commit(c, 0, _ones(10));
        // seat 1 commits to what seat 0 committed, and learns the opening when seat 0 reveals
        Vote memory copied = Vote(1, c.ballots[0].commitment, 0, NONE);
        vm.prank(c.panel[1]);
        sebrus.commit(c.key, c.panel, _one(copied));
        Opening memory opening = c.openings[0];
        _remember(c, copied, opening);
        vm.warp(block.timestamp + policy.commitWindow + 1);
        _reveal(c, opening);
        opening = Opening(1, opening.salt, opening.verdicts);
        _refused(c, opening, _wrongOpening(1));
    }

    function test_attack_openingOtherVerdictsThanCommitted() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        _refused(c, Opening(0, c.openings[0].salt, _zeros(10)), _wrongOpening(0));
        _refused(c, Opening(0, keccak256("salt"), _ones(10)), _wrongOpening(0));
        _refused(c, Opening(1, c.openings[0].salt, _ones(10)), _wrongOpening(1));
    }

    function test_attack_doubleOpening() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        _reveal(c, c.openings[0]);
        _refused(c, c.openings[0], abi.encodeWithSelector(ISebrus.AlreadyRevealed.selector, 0));
        Opening[] memory twice = new Opening[](2);
        twice[0] = c.openings[1];
        twice[1] = c.openings[1];
        _expect(abi.encodeWithSelector(ISebrus.AlreadyRevealed.selector, 1));
        sebrus.reveal(c.key, c.panel, c.ballots, twice);
    }

    function test_attack_revealingWithoutHavingCommitted() public {
        Case memory c = _start(10);
        _commit(c, 0, _ones(10));
        vm.warp(block.timestamp + policy.commitWindow + 1);
        Opening memory uncommitted = _opening(c, 1, _ones(10));
        _refused(c, uncommitted, _wrongOpening(1));
        uncommitted.seat = 5;
        _refused(c, uncommitted, abi.encodeWithSelector(ISebrus.WrongSeat.selector, 5));
    }

    function test_attack_wrongBallots() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        bytes memory reason = abi.encodeWithSelector(ISebrus.WrongBallots.selector);
        Opening memory opening = c.openings[0];
        (c.ballots[0], c.ballots[1]) = (c.ballots[1], c.ballots[0]); // another order
        _refused(c, opening, reason);
        (c.ballots[0], c.ballots[1]) = (c.ballots[1], c.ballots[0]);
        bytes32 commitment = c.ballots[0].commitment;
        c.ballots[0].commitment = keccak256("other"); // another commitment
        _refused(c, opening, reason);
        c.ballots[0] = Ballot(1, commitment); // another seat
        _refused(c, opening, reason);
        c.ballots[0] = Ballot(200, commitment); // no seat
        _refused(c, opening, reason);
        c.ballots = new Ballot[](0);
        _refused(c, opening, reason);
    }

    function test_attack_paddingBits() public {
        Case memory c = _start(10);
        uint256[] memory padded = _ones(10);
        padded[0] |= 1 << 10;
        uint256[] memory long = new uint256[](2);
        _commit(c, 0, padded);
        _commit(c, 1, long);
        _commit(c, 2, new uint256[](0));
        vm.warp(block.timestamp + policy.commitWindow + 1);
        for (uint256 i; i < 3; ++i) {
            _refused(c, c.openings[i], abi.encodeWithSelector(ISebrus.InvalidBitmap.selector));
        }
    }

    function test_attack_openingAcrossBatches() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        Case memory d = _caseWith(10, keccak256("twin"));
        _begin(d);
        // everybody commits in the second batch to the digest of the first
        for (uint256 seat; seat < 5; ++seat) {
            Vote memory vote = Vote(uint8(seat), c.ballots[seat].commitment, 0, NONE);
            vm.prank(d.panel[seat]);
            sebrus.commit(d.key, d.panel, _one(vote));
            _remember(d, vote, c.openings[seat]);
        }
        for (uint256 seat; seat < 5; ++seat) {
            _refused(d, d.openings[seat], _wrongOpening(seat));
        }
    }

    function test_attack_openingAcrossRounds() public {
        for (uint256 i = 5; i < REVIEWERS; ++i) {
            _unstake(reviewer(i), _staked(reviewer(i)));
        }
        vm.roll(EPOCH * 13);
        Case memory c = _start(10);
        Opening memory opening = _opening(c, 0, _ones(10));
        bytes32 commitment = _commitmentOf(c, opening); // of round 0
        address voter = c.panel[0];
        vm.warp(block.timestamp + 2000);
        sebrus.failRound(c.key, c.panel);
        _draw(c);
        for (uint256 seat; seat < c.panel.length; ++seat) {
            if (c.panel[seat] == voter) opening.seat = uint8(seat);
        }
        Vote memory vote = Vote(opening.seat, commitment, 0, NONE);
        vm.prank(voter);
        sebrus.commit(c.key, c.panel, _one(vote));
        _remember(c, vote, opening);
        vm.warp(block.timestamp + policy.commitWindow + 1);
        _refused(c, opening, _wrongOpening(opening.seat));
    }

    function test_attack_openingAcrossChains() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        vm.chainId(99);
        _refused(c, c.openings[0], _wrongOpening(0));
    }

    function test_digest_bindsEveryField(uint256 seed) public view {
        bytes32[8] memory f;
        for (uint256 i; i < 8; ++i) {
            f[i] = keccak256(abi.encode(seed, i));
        }
        bytes32 base = _ballot(f);
        for (uint256 i; i < 7; ++i) {
            bytes32 kept = f[i];
            f[i] = bytes32(uint256(kept) ^ 1);
            yes(_ballot(f) != base, "a field is not bound");
            f[i] = kept;
        }
    }

    function _ballot(bytes32[8] memory f) private view returns (bytes32) {
        return sebrus.ballotDigest(f[0], uint8(uint256(f[1])), f[2], f[3], address(uint160(uint256(f[4]))), f[5], f[6]);
    }

    function test_reveal_onlyWhileVoting() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        _revealAll(c);
        _settle(c);
        _refused(c, c.openings[0], abi.encodeWithSelector(ISebrus.WrongPhase.selector, Phase.Settled));
    }
}
