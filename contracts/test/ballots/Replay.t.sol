// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice A commitment and its signature are good for one chain, contract, batch, round, panel and reviewer.
contract ReplayTest is Scenario {
    function _reviewers() internal pure override returns (uint256) {
        return 24;
    }

    function _signed(Case memory c, uint256 seat) private view returns (Vote memory vote) {
        vote = _vote(c, _opened(c, seat, _ones(c.record.status.positions())));
        vote.signature = _signCommit(c, seat, vote.commitment);
    }

    /// Two batches with a reviewer who sits in both: the seats.
    function _twins() private returns (Case memory c, Case memory d, uint256 i, uint256 j) {
        c = _start(10);
        for (uint256 n;; ++n) {
            d = _caseWith(10, keccak256(abi.encode("twin", n)));
            _begin(d);
            for (i = 0; i < 5; ++i) {
                for (j = 0; j < 5; ++j) {
                    if (c.panel[i] == d.panel[j]) return (c, d, i, j);
                }
            }
        }
    }

    function test_attack_replayedAcrossBatches() public {
        (Case memory c, Case memory d, uint256 i, uint256 j) = _twins();
        Vote memory vote = _signed(c, i);
        vote.seat = uint8(j);
        _refused(relayer, _commitCall(d, vote), ISebrusEvents.InvalidSignature.selector);
    }

    /// The reviewer himself may commit to the same bytes in another batch; nothing opens them there.
    function test_attack_commitmentCarriedToAnotherBatchCannotBeOpened() public {
        (Case memory c, Case memory d, uint256 i, uint256 j) = _twins();
        OpenedBallot memory opening = _opened(c, i, _ones(10));
        Vote memory vote = _vote(c, opening);
        vote.seat = uint8(j);
        _allowed(d.panel[j], _commitCall(d, vote));
        opening.seat = uint8(j);
        _remember(d, vote, opening);
        vm.warp(uint256(d.record.status.deadline()) + 1);
        _refused(stranger, _revealCall(d, d.ballots), ISebrusEvents.WrongBallots.selector);
    }

    /// Everybody sits in both rounds of the same batch only if excluded lists failed; so the seat is forged in the test by
    /// signing for round 0 what is sent in round 1.
    function test_attack_replayedAcrossRounds() public {
        Case memory c = _start(10);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, seat < 2 ? _allBut(10, 3) : _ones(10));
        }
        _conclude(c);
        _screen(c, new uint256[](0));
        _draw(c);
        eq(c.record.status.round(), 1, "round");
        Vote memory vote = _vote(c, _opened(c, 0, _ones(3)));
        bytes32 ofRoundZero = keccak256(abi.encode(COMMIT_TYPE, c.id, uint8(0), c.record.panel, vote.commitment));
        vote.signature = _sign(keyOf(c.panel[0]), ofRoundZero);
        _refused(relayer, _commitCall(c, vote), ISebrusEvents.InvalidSignature.selector);
        vote.signature = _signCommit(c, 0, vote.commitment);
        _allowed(relayer, _commitCall(c, vote));
    }

    /// An opening made for round 0 does not open what was committed in round 1.
    function test_attack_openingOfAnotherRound() public {
        Case memory c = _start(10);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, seat < 2 ? _allBut(10, 3) : _ones(10));
        }
        _conclude(c);
        _screen(c, new uint256[](0));
        _draw(c);
        OpenedBallot memory ballot = _opened(c, 0, _ones(3));
        bytes32 verdicts = keccak256(abi.encodePacked(ballot.verdicts));
        bytes32 forRoundZero = _digest(
            keccak256(
                abi.encode(
                    BALLOT_TYPE, c.id, uint8(0), c.record.screening, c.record.panel, c.panel[0], verdicts, ballot.secret
                )
            )
        );
        Vote memory vote = Vote(0, forRoundZero, NONE);
        _allowed(c.panel[0], _commitCall(c, vote));
        _remember(c, vote, ballot);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _refused(stranger, _revealCall(c, c.ballots), ISebrusEvents.WrongBallots.selector);
    }

    /// A reorganisation can draw another panel for the same round; what was signed for the first must not lock stake.
    function test_attack_replayedIntoAnotherPanel() public {
        Case memory c = _start(10);
        Vote memory vote = _vote(c, _opened(c, 0, _ones(10)));
        (c.panel[3], c.panel[4]) = (c.panel[4], c.panel[3]);
        bytes32 other =
            keccak256(abi.encode(COMMIT_TYPE, c.id, uint8(0), keccak256(abi.encodePacked(c.panel)), vote.commitment));
        (c.panel[3], c.panel[4]) = (c.panel[4], c.panel[3]);
        vote.signature = _sign(keyOf(c.panel[0]), other);
        _refused(relayer, _commitCall(c, vote), ISebrusEvents.InvalidSignature.selector);
        vote.signature = _signCommit(c, 0, vote.commitment);
        _allowed(relayer, _commitCall(c, vote));
    }

    function test_attack_replayedAcrossChains() public {
        Case memory c = _start(10);
        Vote memory vote = _signed(c, 0);
        vm.chainId(99);
        _refused(relayer, _commitCall(c, vote), ISebrusEvents.InvalidSignature.selector);
    }

    function test_attack_replayedAcrossContracts() public {
        Case memory c = _start(10);
        Vote memory vote = _vote(c, _opened(c, 0, _ones(10)));
        bytes32 elsewhere =
            keccak256(abi.encodePacked("\x19\x01", _domainSeparator(address(0xE15E)), _commitHash(c, vote.commitment)));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf(c.panel[0]), elsewhere);
        vote.signature = abi.encodePacked(r, s, v);
        _refused(relayer, _commitCall(c, vote), ISebrusEvents.InvalidSignature.selector);
    }

    /// A hostile reviewer sends the commitment of another as his own: it holds the other's address.
    function test_attack_copiedCommitment() public {
        Case memory c = _start(10);
        OpenedBallot memory opening = _opened(c, 0, _ones(10));
        Vote memory honest = _vote(c, opening);
        _commit(c, 0, _ones(10));
        Vote memory copied = Vote(1, honest.commitment, NONE);
        _allowed(c.panel[1], _commitCall(c, copied)); // nobody can tell a copy from a hash
        OpenedBallot memory stolen = OpenedBallot(1, opening.secret, opening.verdicts);
        _remember(c, copied, stolen);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _refused(stranger, _revealCall(c, c.ballots), ISebrusEvents.WrongBallots.selector); // and it opens for nobody
        c.ballots[1] = OpenedBallot(1, honest.commitment, new uint256[](0));
        _allowed(stranger, _revealCall(c, c.ballots)); // the honest one does
    }
}
