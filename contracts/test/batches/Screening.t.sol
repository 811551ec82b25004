// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/SebrusTest.sol";

contract ScreeningTest is SebrusTest {
    function test_screening_asksForTheSmallPanel() public {
        Case memory c = _start(10);
        eq(c.panel.length, policy.panelSize, "seats");
    }

    function test_screening_onlyTheDetectorAndOnlyOnce() public {
        Case memory c = _case(10);
        _submit(c);
        vm.prank(owner);
        _expect(ISebrus.NotDetector.selector);
        sebrus.commitScreening(c.key, keccak256("s"));
        vm.prank(detector);
        sebrus.commitScreening(c.key, keccak256("s"));
        vm.prank(detector);
        _expect(abi.encodeWithSelector(ISebrus.WrongPhase.selector, Phase.Drawing));
        sebrus.commitScreening(c.key, keccak256("another"));
    }

    function test_screening_refusesZeroAndUnknownBatches() public {
        Case memory c = _case(10);
        vm.prank(detector);
        _expect(abi.encodeWithSelector(ISebrus.WrongPhase.selector, Phase.None));
        sebrus.commitScreening(c.key, keccak256("s"));
        _submit(c);
        vm.prank(detector);
        _expect(ISebrus.ZeroCommitment.selector);
        sebrus.commitScreening(c.key, 0);
    }

    function test_screening_untilItsDeadlineAndNotAfter() public {
        Case memory c = _case(10);
        _submit(c);
        vm.warp(block.timestamp + policy.screeningWindow);
        _expect(ISebrus.TooEarly.selector);
        sebrus.skipScreening(c.key);
        vm.warp(block.timestamp + 1);
        vm.prank(detector);
        _expect(ISebrus.TooLate.selector);
        sebrus.commitScreening(c.key, keccak256("s"));
        sebrus.skipScreening(c.key);
        _draw(c);
        eq(c.panel.length, policy.panelSizeUnscreened, "the larger panel");
    }

    function test_skip_onlySubmittedBatches() public {
        Case memory c = _case(10);
        _expect(abi.encodeWithSelector(ISebrus.WrongPhase.selector, Phase.None));
        sebrus.skipScreening(c.key);
        c = _start(10);
        vm.warp(block.timestamp + 1 days);
        _expect(abi.encodeWithSelector(ISebrus.WrongPhase.selector, Phase.Voting));
        sebrus.skipScreening(c.key);
    }

    function test_screening_noDetectorMeansNobody() public {
        DatasetParams memory params = _params();
        params.detector = address(0);
        Case memory c = _case(10);
        c.key.datasetId = _createDataset(params, 1e9);
        c.id = sebrus.batchIdOf(c.key);
        _submit(c);
        vm.prank(stranger);
        _expect(ISebrus.NotDetector.selector);
        sebrus.commitScreening(c.key, keccak256("s"));
        _skipScreening(c);
        _draw(c);
        eq(c.panel.length, policy.panelSizeUnscreened, "seats");
    }
}
