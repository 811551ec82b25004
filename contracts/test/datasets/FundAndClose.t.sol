// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

contract FundAndCloseTest is Scenario {
    function test_fund_anybodyMayGive() public {
        _fund(stranger, 1 ether);
        _event();
        emit ISebrusEvents.DatasetFunded(datasetId, stranger, 5);
        vm.prank(stranger);
        sebrus.fundDataset{value: 5 gwei}(datasetId);
        eq(sebrus.bountyOf(datasetId), 1e11 + 5, "bounty");
    }

    function test_fund_refusesZeroUnknownAndClosed() public {
        _fund(address(this), 1 ether);
        _expect(ISebrusEvents.ZeroAmount.selector);
        sebrus.fundDataset(datasetId);
        _expect(ISebrusEvents.UnknownDataset.selector);
        sebrus.fundDataset{value: 1 gwei}(keccak256("none"));
        vm.prank(owner);
        sebrus.closeDataset(datasetId);
        _expect(ISebrusEvents.DatasetClosed.selector);
        sebrus.fundDataset{value: 1 gwei}(datasetId);
    }

    function test_close_returnsTheBountyAndEndsSubmissions() public {
        _event();
        emit ISebrusEvents.DatasetClosedByOwner(datasetId, 1e11);
        vm.prank(owner);
        sebrus.closeDataset(datasetId);
        eq(_free(owner), 1e11, "returned");
        eq(sebrus.bountyOf(datasetId), 0, "bounty");
        Case memory c = _case(10);
        vm.prank(contributor);
        _expect(ISebrusEvents.DatasetClosed.selector);
        sebrus.submit(c.key, 0, NONE);
    }

    function test_attack_fundingTheft() public {
        vm.prank(stranger);
        _expect(ISebrusEvents.NotOwner.selector);
        sebrus.closeDataset(datasetId);
        vm.prank(detector);
        _expect(ISebrusEvents.NotOwner.selector);
        sebrus.closeDataset(datasetId);
    }

    function test_attack_ownerClosesUnderARunningBatch() public {
        Case memory c = _start(100);
        vm.prank(owner);
        sebrus.closeDataset(datasetId);
        uint64 reserve = 100 * (5000 + 5 * 300);
        eq(_free(owner), 1e11 - reserve, "the reserve stays");
        _commitAll(c, _allBut(100, 1));
        _conclude(c);
        _finalize(c);
        eq(_free(contributor), 1e9 + 99 * 5000 - 500, "the contributor is paid in full");
        eq(sebrus.bountyOf(datasetId), 5000 + 500, "a reward not due and a slash");
        vm.prank(owner);
        sebrus.closeDataset(datasetId); // again, for the rest
        eq(_free(owner), 1e11 - reserve + 5500, "the rest");
    }

    function test_release_onlyTheOwnerNumbersThemFromOne() public {
        _event();
        emit ISebrusEvents.Released(datasetId, 1, keccak256("r1"), 10, keccak256("m1"));
        vm.prank(owner);
        sebrus.publishRelease(datasetId, keccak256("r1"), 10, keccak256("m1"));
        vm.prank(owner);
        sebrus.publishRelease(datasetId, keccak256("r2"), 20, keccak256("m2"));
        eq(sebrus.releaseOf(datasetId, 1), keccak256("r1"), "first");
        eq(sebrus.releaseOf(datasetId, 2), keccak256("r2"), "second");
        eq(sebrus.releaseOf(datasetId, 3), bytes32(0), "none");
        vm.prank(stranger);
        _expect(ISebrusEvents.NotOwner.selector);
        sebrus.publishRelease(datasetId, keccak256("r3"), 10, keccak256("m3"));
    }

    function test_release_ofAnUnknownDataset() public {
        vm.prank(owner);
        _expect(ISebrusEvents.UnknownDataset.selector);
        sebrus.publishRelease(keccak256("none"), keccak256("r"), 1, 0);
    }

    function test_release_refusesEmptyOnes() public {
        vm.prank(owner);
        _expect(ISebrusEvents.InvalidRelease.selector);
        sebrus.publishRelease(datasetId, 0, 10, 0);
        vm.prank(owner);
        _expect(ISebrusEvents.InvalidRelease.selector);
        sebrus.publishRelease(datasetId, keccak256("r"), 0, 0);
    }

    function test_pause_onlyTheGuardianAndOnlyNewSubmissions() public {
        vm.prank(stranger);
        _expect(ISebrusEvents.NotGuardian.selector);
        sebrus.setSubmissionsPaused(true);
        Case memory running = _start(10);
        _event();
        emit ISebrusEvents.SubmissionsPausedSet(true);
        vm.prank(guardian);
        sebrus.setSubmissionsPaused(true);
        yes(sebrus.submissionsPaused(), "paused");
        Case memory c = _case(11);
        vm.prank(contributor);
        _expect(ISebrusEvents.SubmissionsPaused.selector);
        sebrus.submit(c.key, 0, NONE);
        _commitAll(running, _ones(10)); // what runs goes on
        _conclude(running);
        _finalize(running);
        eq(_phase(running), uint256(Phase.Settled), "settled");
        vm.prank(guardian);
        sebrus.setSubmissionsPaused(false);
        _submit(c);
    }
}
