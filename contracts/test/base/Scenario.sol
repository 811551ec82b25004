// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "./SebrusTest.sol";

/// @notice Refusals, and the longer steps that several files need.
abstract contract Scenario is SebrusTest {
    // ------------------------------------------------------------------ refusals

    function _send(address sender, bytes memory data) internal returns (bool done, bytes memory result) {
        vm.prank(sender);
        return address(sebrus).call(data);
    }

    /// The contract refuses the call, with exactly this reason.
    function _refused(address sender, bytes memory data, bytes memory reason) internal {
        (bool done, bytes memory result) = _send(sender, data);
        no(done, "refused");
        eq(keccak256(result), keccak256(reason), string.concat("reason ", vm.toString(uint32(bytes4(result)))));
    }

    function _refused(address sender, bytes memory data, bytes4 reason) internal {
        _refused(sender, data, abi.encodeWithSelector(reason));
    }

    function _allowed(address sender, bytes memory data) internal {
        (bool done, bytes memory result) = _send(sender, data);
        yes(done, string.concat("done, not ", vm.toString(uint32(bytes4(result)))));
    }

    function _wrongPhase(Phase current) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISebrusEvents.WrongPhase.selector, current);
    }

    function _event() internal {
        vm.expectEmit(address(sebrus));
    }

    // ------------------------------------------------------------------ calls of a case

    function _commitCall(Case memory c, Vote memory vote) internal view returns (bytes memory) {
        return abi.encodeCall(sebrus.commit, (c.key, c.record, c.panel, _one(vote)));
    }

    function _drawCall(Case memory c) internal view returns (bytes memory) {
        return abi.encodeCall(sebrus.draw, (c.key, c.record, c.excluded, c.appeals, new address[](0)));
    }

    function _requestCall(Case memory c) internal view returns (bytes memory) {
        return abi.encodeCall(sebrus.requestDraw, (c.key, c.record));
    }

    function _revealCall(Case memory c, OpenedBallot[] memory ballots) internal view returns (bytes memory) {
        return abi.encodeCall(sebrus.reveal, (c.key, c.record, c.panel, Flat.ballots(ballots)));
    }

    function _concludeCall(Case memory c) internal view returns (bytes memory) {
        return abi.encodeCall(
            sebrus.conclude,
            (c.key, c.record, c.panel, Flat.ballots(c.ballots), c.screening, c.question, c.decision, c.appeals)
        );
    }

    function _appealCall(Case memory c, Appeal memory a) internal view returns (bytes memory) {
        return abi.encodeCall(sebrus.appeal, (c.key, c.record, c.question, a, 0, NONE));
    }

    function _startCall(Case memory c) internal view returns (bytes memory) {
        return abi.encodeCall(sebrus.startAppeal, (c.key, c.record, c.question));
    }

    function _finalizeCall(Case memory c) internal view returns (bytes memory) {
        return abi.encodeCall(sebrus.finalize, (c.key, c.record, c.decision, Flat.rounds(c.rounds)));
    }

    function _copy(Case memory c) internal pure returns (Case memory) {
        return abi.decode(abi.encode(c), (Case));
    }

    // ------------------------------------------------------------------ longer steps

    /// Screened with as many gold pictures as asked for at the end, every second one to be accepted; drawn.
    function _startWithGold(uint16 items, uint256 count) internal returns (Case memory c) {
        c = _case(items);
        _submit(c);
        (uint256[] memory gold, uint256[] memory answers) = _goldAtTheEnd(items, count);
        _screenWith(c, _zeros(items), gold, answers);
        _draw(c);
    }

    function _goldAtTheEnd(uint256 items, uint256 count)
        internal
        pure
        returns (uint256[] memory gold, uint256[] memory answers)
    {
        gold = _zeros(items + count);
        answers = _zeros(items + count);
        for (uint256 i; i < count; ++i) {
            _set(gold, items + i);
            if (i % 2 == 0) _set(answers, items + i);
        }
    }

    function _set(uint256[] memory words, uint256 place) internal pure {
        words[place / 256] |= uint256(1) << (place % 256);
    }

    function _clear(uint256[] memory words, uint256 place) internal pure {
        words[place / 256] &= ~(uint256(1) << (place % 256));
    }

    /// Of `length` places, all but the first `rejected`.
    function _allBut(uint256 length, uint256 rejected) internal pure returns (uint256[] memory words) {
        words = _ones(length);
        for (uint256 i; i < rejected; ++i) {
            _clear(words, i);
        }
    }

    /// Seats that accept everything, and after them seats that reject everything.
    function _split(Case memory c, uint256 accepting, uint256 rejecting) internal {
        uint256 positions = c.record.status.positions();
        for (uint256 seat; seat < accepting + rejecting; ++seat) {
            _commit(c, seat, seat < accepting ? _ones(positions) : _zeros(positions));
        }
    }

    /// The ballots of the case with only those of `seats` opened.
    function _openedOf(Case memory c, uint256 seats) internal view returns (OpenedBallot[] memory ballots) {
        ballots = new OpenedBallot[](c.ballots.length);
        for (uint256 i; i < ballots.length; ++i) {
            OpenedBallot memory ballot = c.ballots[i];
            ballots[i] = (seats >> ballot.seat) & 1 == 1
                ? ballot
                : OpenedBallot(ballot.seat, _commitmentOf(c, ballot), new uint256[](0));
        }
    }

    function _reveal(Case memory c, uint256 seats) internal {
        sebrus.reveal(c.key, c.record, c.panel, Flat.ballots(_openedOf(c, seats)));
        c.record.status = c.record.status.withRevealed(c.record.status.revealed() | seats);
    }

    function _itemsOf(uint256 length, uint256 item) internal pure returns (uint256[] memory items) {
        items = _zeros(length);
        _set(items, item);
    }

    function _appeal(Case memory c, address appellant, uint256[] memory items) internal {
        Appeal memory a = Appeal(appellant, items);
        _allowed(appellant, _appealCall(c, a));
        _appealed(c, a);
    }

    function _appealed(Case memory c, Appeal memory a) internal pure {
        Appeal[] memory appeals = new Appeal[](c.appeals.length + 1);
        for (uint256 i; i < c.appeals.length; ++i) {
            appeals[i] = c.appeals[i];
        }
        appeals[c.appeals.length] = a;
        uint256[] memory all = new uint256[](a.items.length);
        for (uint256 i; i < all.length; ++i) {
            all[i] = a.items[i] | (c.question.length == 0 ? 0 : c.question[i]);
        }
        c.record.appeals = Digests.fold(c.record.appeals, uint160(a.appellant), keccak256(abi.encodePacked(a.items)));
        (c.appeals, c.question) = (appeals, all);
        c.record.question = Bitmaps.hashMemory(all);
        BatchState status = c.record.status;
        c.record.status = BatchStateLibrary.decided(status.round(), uint16(Bitmaps.size(all)), status.deadline());
    }

    function _startAppeal(Case memory c) internal {
        vm.warp(uint256(c.record.status.deadline()) + 1);
        vm.getRecordedLogs();
        sebrus.startAppeal(c.key, c.record, c.question);
        _readConclusion(c);
    }

    /// A batch decided by the first panel: the first `rejected` items rejected, all others accepted.
    function _decided(uint16 items, uint256 rejected) internal returns (Case memory c) {
        c = _start(items);
        _commitAll(c, _allBut(items, rejected));
        _conclude(c);
        eq(_phase(c), uint256(Phase.Decided), "decided");
    }

    /// A round of the batch from its screening to its conclusion, in which every seat says the same.
    function _round(Case memory c, uint256[] memory verdicts) internal {
        _screen(c, c.record.decision == 0 ? _zeros(c.key.itemCount) : new uint256[](0));
        _draw(c);
        _commitAll(c, verdicts);
        _conclude(c);
    }

    /// The record that the test keeps is the contract's.
    function _sealHolds(Case memory c) internal view {
        bytes32 seal = sebrus.sealOf(c.id);
        bytes32 hash = keccak256(abi.encode(c.record));
        eq(uint256(seal) >> 8, uint256(hash) >> 8, "seal");
        eq(uint8(uint256(seal)), uint256(c.record.status.phase()), "phase in the seal");
    }
}
