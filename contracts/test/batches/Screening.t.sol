// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice The detector commits, once in each round, before anyone is drawn.
contract ScreeningTest is Scenario {
    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    function _call(Case memory c, ScreeningCommitment memory s) private view returns (bytes memory) {
        return abi.encodeCall(sebrus.commitScreening, (c.key, c.record, s));
    }

    function _plain(uint16 positions) private pure returns (ScreeningCommitment memory) {
        return ScreeningCommitment(keccak256("commitment"), keccak256("task"), positions, new address[](0));
    }

    function _submitted(uint16 items) private returns (Case memory c) {
        c = _case(items);
        _submit(c);
    }

    function test_screening_fixesTheDrawAndItsWindows() public {
        Case memory c = _submitted(10);
        address[] memory links = new address[](2);
        (links[0], links[1]) = (reviewer(3), stranger);
        ScreeningCommitment memory s = _plain(14);
        s.links = links;
        uint40 commits = uint40(block.timestamp + policy.commitWindow);
        _event();
        emit ISebrusEvents.Screened(c.id, 0, s.commitment, s.taskRoot, 14, links);
        _event();
        emit ISebrusEvents.DrawRequested(c.id, 0, 5, uint48(block.number + 4), commits, commits + policy.revealWindow);
        _allowed(detector, _call(c, s));
        c.record.screening = keccak256(abi.encode(s.commitment, s.taskRoot));
        c.record.excluded = keccak256(abi.encode(bytes32(0), keccak256(abi.encodePacked(links))));
        _requested(c, 0, 14);
        _sealHolds(c);
        eq(_phase(c), uint256(Phase.Drawing), "phase");
    }

    function _atOnce(Case memory c) private view returns (bytes memory) {
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(sebrus.submit, (c.key, FAR, _signSubmit(CONTRIBUTOR_KEY, c.key, FAR)));
        calls[1] = _call(c, _plain(c.key.itemCount));
        return abi.encodeCall(sebrus.multicall, (calls));
    }

    function test_screening_comesInOneTransactionWithTheSubmission() public {
        Case memory c = _case(10);
        c.record.status = BatchStateLibrary.screening(0, 10, 0); // the block's time is not known yet
        _allowed(detector, _atOnce(c));
        c.record.screening = keccak256(abi.encode(keccak256("commitment"), keccak256("task")));
        _requested(c, 0, 10);
        _sealHolds(c);
    }

    function test_screening_leavesOutTheDeadlineOfARoundThatBeganInThisBlock() public {
        Case memory c = _start(10);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, seat < 2 ? _allBut(10, 3) : _ones(10));
        }
        _conclude(c);
        eq(c.record.status.round(), 1, "the next round");
        c.record.status = BatchStateLibrary.screening(1, c.record.status.items(), 0);
        vm.warp(block.timestamp + 1);
        _refused(detector, _call(c, _plain(3)), ISebrusEvents.WrongRecord.selector);
        vm.warp(block.timestamp - 1);
        _allowed(detector, _call(c, _plain(3)));
    }

    function test_attack_leavesOutTheDeadlineOfAnEarlierBlock() public {
        Case memory c = _submitted(10);
        uint256 deadline = c.record.status.deadline();
        c.record.status = BatchStateLibrary.screening(0, 10, 0);
        vm.warp(block.timestamp + 1);
        _refused(detector, _call(c, _plain(10)), ISebrusEvents.WrongRecord.selector);
        vm.warp(deadline + 1); // and it does not reopen the window
        _refused(detector, _call(c, _plain(10)), ISebrusEvents.WrongRecord.selector);
    }

    function test_attack_leavesOutTheDeadlineAndAltersTheRest() public {
        Case memory c = _case(10);
        c.record.status = BatchStateLibrary.screening(0, 9, 0);
        _refused(detector, _atOnce(c), ISebrusEvents.WrongRecord.selector);
        c.record.status = BatchStateLibrary.screening(1, 10, 0);
        _refused(detector, _atOnce(c), ISebrusEvents.WrongRecord.selector);
        c.record.status = BatchStateLibrary.screening(0, 10, 0);
        _refused(stranger, _atOnce(c), ISebrusEvents.NotDetector.selector);
    }

    function test_screening_onlyTheDetector() public {
        Case memory c = _submitted(10);
        _refused(owner, _call(c, _plain(10)), ISebrusEvents.NotDetector.selector);
        _refused(contributor, _call(c, _plain(10)), ISebrusEvents.NotDetector.selector);
    }

    function test_screening_untilTheDeadline() public {
        Case memory c = _submitted(10);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _refused(detector, _call(c, _plain(10)), ISebrusEvents.TooLate.selector);
        vm.warp(c.record.status.deadline());
        _allowed(detector, _call(c, _plain(10)));
    }

    function test_screening_refusesZero() public {
        Case memory c = _submitted(10);
        ScreeningCommitment memory s = _plain(10);
        s.commitment = 0;
        _refused(detector, _call(c, s), ISebrusEvents.ZeroCommitment.selector);
    }

    function test_screening_goldIsBounded() public {
        Case memory c = _submitted(10);
        _refused(detector, _call(c, _plain(9)), ISebrusEvents.InvalidPositions.selector);
        _refused(detector, _call(c, _plain(10 + 512 + 1)), ISebrusEvents.InvalidPositions.selector);
        _allowed(detector, _call(c, _plain(10 + 512)));
    }

    function test_screening_linksAreBounded() public {
        Case memory c = _submitted(10);
        ScreeningCommitment memory s = _plain(10);
        s.links = new address[](17);
        _refused(detector, _call(c, s), ISebrusEvents.TooManyLinks.selector);
        s.links = new address[](16);
        _allowed(detector, _call(c, s));
    }

    function test_screening_onceInARound() public {
        Case memory c = _submitted(10);
        _screen(c, _zeros(10));
        _refused(detector, _call(c, _plain(10)), _wrongPhase(Phase.Drawing));
        Case memory unknown = _case(11);
        _refused(detector, _call(unknown, _plain(11)), _wrongPhase(Phase.None));
    }

    function test_screening_needsTheRecordItself() public {
        Case memory c = _submitted(10);
        c.record.excluded = bytes32(uint256(1));
        _refused(detector, _call(c, _plain(10)), ISebrusEvents.WrongRecord.selector);
        c.record.excluded = 0;
        c.record.status = BatchStateLibrary.screening(0, 9, c.record.status.deadline());
        _refused(detector, _call(c, _plain(9)), ISebrusEvents.WrongRecord.selector);
        // a record of another phase
        c.record.status = BatchStateLibrary.decided(0, 10, c.record.status.deadline());
        _refused(detector, _call(c, _plain(10)), ISebrusEvents.WrongRecord.selector);
    }

    function test_screening_ofTheNextRoundSeesTheItemsInQuestion() public {
        Case memory d = _start(10);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(d, seat, seat < 2 ? _allBut(10, 3) : _ones(10));
        }
        _conclude(d);
        eq(d.record.status.items(), 3, "three of them in question");
        _refused(detector, _call(d, _plain(2)), ISebrusEvents.InvalidPositions.selector);
        uint40 commits = uint40(block.timestamp + policy.commitWindow);
        _event();
        emit ISebrusEvents.Screened(d.id, 1, keccak256("commitment"), keccak256("task"), 3, new address[](0));
        _event();
        emit ISebrusEvents.DrawRequested(d.id, 1, 11, uint48(block.number + 4), commits, commits + policy.revealWindow);
        _allowed(detector, _call(d, _plain(3)));
    }

    function test_attack_detectorOfAnotherDatasetScreens() public {
        DatasetParams memory params = _params();
        params.detector = stranger;
        params.salt = keccak256("other");
        _createDataset(params, 1e9);
        Case memory c = _submitted(10);
        _refused(stranger, _call(c, _plain(10)), ISebrusEvents.NotDetector.selector);
    }
}
