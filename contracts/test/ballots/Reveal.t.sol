// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice Openings: from when nobody can commit any more, by whoever brings them, until the reveal deadline.
contract RevealTest is Scenario {
    function _allCommitted() private returns (Case memory c) {
        c = _start(10);
        _commitAll(c, _ones(10));
    }

    function test_reveal_byAStranger() public {
        Case memory c = _allCommitted();
        Ballots memory ballots = Flat.ballots(_openedOf(c, 5));
        _event();
        emit ISebrusEvents.Revealed(c.id, 0, 0x0403020100, 5, ballots.secrets, ballots.verdicts);
        vm.prank(stranger);
        sebrus.reveal(c.key, c.record, c.panel, ballots);
        c.record.status = c.record.status.withRevealed(5);
        _sealHolds(c);
        eq(_phase(c), uint256(Phase.Voting), "still voting");
    }

    function test_reveal_oneAfterTheOther() public {
        Case memory c = _allCommitted();
        _reveal(c, 1);
        _sealHolds(c);
        _reveal(c, 16);
        eq(c.record.status.revealed(), 17, "mask");
        _sealHolds(c);
        _reveal(c, 1); // again changes nothing
        eq(c.record.status.revealed(), 17, "mask");
        _sealHolds(c);
    }

    function test_reveal_notWhileSomebodyCanStillCommit() public {
        Case memory c = _start(10);
        _commit(c, 0, _ones(10));
        _refused(c.panel[0], _revealCall(c, c.ballots), ISebrusEvents.TooEarly.selector);
        vm.warp(c.record.status.deadline());
        _refused(c.panel[0], _revealCall(c, c.ballots), ISebrusEvents.TooEarly.selector);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _allowed(c.panel[0], _revealCall(c, c.ballots));
    }

    function test_reveal_untilTheDeadline() public {
        Case memory c = _allCommitted();
        vm.warp(uint256(c.record.status.revealDeadline()) + 1);
        _refused(stranger, _revealCall(c, c.ballots), ISebrusEvents.TooLate.selector);
        vm.warp(c.record.status.revealDeadline());
        _allowed(stranger, _revealCall(c, c.ballots));
    }

    function test_reveal_refusesOtherVerdictsSaltsAndOrders() public {
        Case memory c = _allCommitted();
        Case memory d = _copy(c);
        d.ballots[2].verdicts[0] ^= 1;
        _refused(stranger, _revealCall(c, d.ballots), ISebrusEvents.WrongBallots.selector);
        d = _copy(c);
        d.ballots[2].secret = 0;
        _refused(stranger, _revealCall(c, d.ballots), ISebrusEvents.WrongBallots.selector);
        d = _copy(c);
        (d.ballots[0], d.ballots[1]) = (d.ballots[1], d.ballots[0]);
        _refused(stranger, _revealCall(c, d.ballots), ISebrusEvents.WrongBallots.selector);
        _refused(stranger, _revealCall(c, new OpenedBallot[](0)), ISebrusEvents.WrongBallots.selector);
        d = _copy(c);
        d.ballots[2].seat = 3; // what seat 2 committed to, opened for seat 3
        _refused(stranger, _revealCall(c, d.ballots), ISebrusEvents.WrongBallots.selector);
        d.ballots[2].seat = 5;
        _refused(stranger, _revealCall(c, d.ballots), abi.encodeWithSelector(ISebrusEvents.WrongSeat.selector, 5));
    }

    function test_reveal_refusesBitmapsOfAnotherShape() public {
        Case memory c = _allCommitted();
        Case memory d = _copy(c);
        d.ballots[0].verdicts = new uint256[](2);
        _refused(stranger, _revealCall(c, d.ballots), ISebrusEvents.InvalidBitmap.selector);
        d.ballots[0].verdicts = new uint256[](1);
        d.ballots[0].verdicts[0] = 1 << 10; // beyond the last position
        _refused(stranger, _revealCall(c, d.ballots), ISebrusEvents.InvalidBitmap.selector);
    }

    function test_reveal_refusesMoreThanTheCommitmentsAndTheirVerdicts() public {
        Case memory c = _allCommitted();
        Ballots memory all = Flat.ballots(c.ballots);
        _refused(stranger, _flatCall(c, Ballots(all.seats | 1 << 40, 31, all.secrets, all.verdicts)), WRONG);
        _refused(stranger, _flatCall(c, Ballots(all.seats, 63, all.secrets, all.verdicts)), WRONG);
        bytes4 shape = ISebrusEvents.InvalidBitmap.selector;
        _refused(stranger, _flatCall(c, Ballots(all.seats, 15, all.secrets, all.verdicts)), shape);
        uint256[] memory more = Flat.joined(all.verdicts, new uint256[](1));
        _refused(stranger, _flatCall(c, Ballots(all.seats, 31, all.secrets, more)), shape);
        _refused(stranger, _flatCall(c, Ballots(all.seats, 31, all.secrets, new uint256[](4))), shape);
        _allowed(stranger, _flatCall(c, all));
    }

    bytes4 private constant WRONG = ISebrusEvents.WrongBallots.selector;

    function _flatCall(Case memory c, Ballots memory ballots) private view returns (bytes memory) {
        return abi.encodeCall(sebrus.reveal, (c.key, c.record, c.panel, ballots));
    }

    /// Verdicts with bits beyond the last position can be committed to and never opened.
    function test_attack_phantomVerdicts() public {
        Case memory c = _start(10);
        uint256[] memory padded = _ones(10);
        padded[0] |= 1 << 200;
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, seat == 0 ? padded : _ones(10));
        }
        _refused(stranger, _revealCall(c, c.ballots), ISebrusEvents.InvalidBitmap.selector);
    }

    function test_reveal_refusesAnotherPanelRecordOrPhase() public {
        Case memory c = _allCommitted();
        Case memory d = _copy(c);
        d.panel[0] = stranger;
        _refused(stranger, _revealCall(d, c.ballots), ISebrusEvents.WrongPanel.selector);
        d = _copy(c);
        d.record.ballots = 0;
        _refused(stranger, _revealCall(d, c.ballots), ISebrusEvents.WrongRecord.selector);
        _conclude(c);
        _refused(stranger, _revealCall(d, d.ballots), _wrongPhase(Phase.Decided));
    }
}
