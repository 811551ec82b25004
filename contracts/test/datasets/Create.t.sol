// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/SebrusTest.sol";

contract CreateDatasetTest is SebrusTest {
    function _fresh() private view returns (DatasetParams memory params) {
        params = _params();
        params.salt = keccak256("another");
    }

    function test_create_valueBecomesTheBounty() public {
        bytes32 id = _createDataset(_fresh(), 77);
        eq(id, sebrus.datasetIdOf(_fresh()), "id");
        eq(sebrus.bountyOf(id), 77, "bounty");
        eq(keccak256(abi.encode(sebrus.policyOf(id))), keccak256(abi.encode(policy)), "policy");
    }

    function test_create_onlyItsOwner() public {
        vm.prank(stranger);
        _expect(ISebrus.NotOwner.selector);
        sebrus.createDataset(_fresh());
    }

    function test_create_onceOnly() public {
        vm.prank(owner);
        _expect(ISebrus.DatasetExists.selector);
        sebrus.createDataset(_params());
    }

    function test_create_refusesNoOwnerAndOneClass() public {
        DatasetParams memory params = _fresh();
        params.classCount = 1;
        _expect(ISebrus.InvalidDataset.selector);
        sebrus.createDataset(params);
        params = _fresh();
        params.owner = address(0);
        _expect(ISebrus.InvalidDataset.selector);
        sebrus.createDataset(params);
    }

    function test_create_refusesFractionsOfAGwei() public {
        vm.prank(owner);
        _expect(ISebrus.NotWholeGwei.selector);
        sebrus.createDataset{value: 1}(_fresh());
    }

    function test_views_refuseUnknownDatasets() public {
        _expect(ISebrus.UnknownDataset.selector);
        sebrus.bountyOf(0);
        _expect(ISebrus.UnknownDataset.selector);
        sebrus.policyOf(0);
    }

    function _refused(Policy memory bad, bytes32 field) private {
        DatasetParams memory params = _fresh();
        params.policy = bad;
        vm.prank(owner);
        _expect(abi.encodeWithSelector(ISebrus.InvalidPolicy.selector, field));
        sebrus.createDataset(params);
    }

    function test_policy_panelsAreOddAndFitThePlanes() public {
        Policy memory bad = _policy();
        bad.panelSize = 4;
        _refused(bad, "panelSize");
        bad.panelSize = 0;
        _refused(bad, "panelSize");
        bad.panelSize = 33;
        _refused(bad, "panelSize");
        bad = _policy();
        bad.panelSizeUnscreened = 8;
        _refused(bad, "panelSizeUnscreened");
        bad.panelSizeUnscreened = 3;
        _refused(bad, "panelSizeUnscreened");
        bad.panelSizeUnscreened = 33;
        _refused(bad, "panelSizeUnscreened");
    }

    function test_policy_quorumRoundsVotesAndItems() public {
        Policy memory bad = _policy();
        bad.quorum = 0;
        _refused(bad, "quorum");
        bad.quorum = bad.panelSize + 1;
        _refused(bad, "quorum");
        bad = _policy();
        bad.maxRounds = 0;
        _refused(bad, "maxRounds");
        bad.maxRounds = 9;
        _refused(bad, "maxRounds");
        bad = _policy();
        bad.detectorVotes = 32;
        _refused(bad, "detectorVotes");
        bad = _policy();
        bad.maxItems = 0;
        _refused(bad, "maxItems");
        bad.maxItems = 4097;
        _refused(bad, "maxItems");
    }

    function test_policy_delaysAndWindows() public {
        Policy memory bad = _policy();
        bad.drawDelay = 0;
        _refused(bad, "drawDelay");
        bad.drawDelay = 65;
        _refused(bad, "drawDelay");
        bad = _policy();
        bad.screeningWindow = 0;
        _refused(bad, "screeningWindow");
        bad.screeningWindow = 30 days + 1;
        _refused(bad, "screeningWindow");
        bad = _policy();
        bad.commitWindow = 0;
        _refused(bad, "commitWindow");
        bad = _policy();
        bad.revealWindow = 0;
        _refused(bad, "revealWindow");
    }

    function test_policy_sharesAndAmounts() public {
        Policy memory bad = _policy();
        bad.rejectedSlashBps = 10001;
        _refused(bad, "rejectedSlashBps");
        bad = _policy();
        bad.silentSlashBps = 10001;
        _refused(bad, "silentSlashBps");
        bad = _policy();
        bad.seatStake = MIN_STAKE + 1;
        _refused(bad, "seatStake");
        bad = _policy();
        bad.itemStake = type(uint56).max / 4096 + 1;
        _refused(bad, "itemStake");
        bad = _policy();
        bad.itemReward = type(uint64).max;
        _refused(bad, "itemReward");
        bad = _policy();
        bad.reviewFee = type(uint64).max;
        _refused(bad, "reviewFee");
    }

    function test_policy_theExtremesAreAllowed() public {
        Policy memory wide = _policy();
        wide.panelSize = 31;
        wide.panelSizeUnscreened = 31;
        wide.quorum = 31;
        wide.maxRounds = 8;
        wide.detectorVotes = 31;
        wide.drawDelay = 64;
        wide.screeningWindow = 30 days;
        wide.commitWindow = 30 days;
        wide.revealWindow = 30 days;
        wide.rejectedSlashBps = 10000;
        wide.silentSlashBps = 10000;
        wide.incoherentSlashBps = type(uint16).max;
        wide.seatStake = MIN_STAKE;
        wide.itemStake = type(uint56).max / 4096;
        DatasetParams memory params = _fresh();
        params.policy = wide;
        _createDataset(params, 0);
    }

    function test_deployment_refusesUnusableParameters() public {
        _refusedDeployment(address(0), MIN_STAKE, EPOCH);
        _refusedDeployment(guardian, 0, EPOCH);
        _refusedDeployment(guardian, (1 << 40) + 1, EPOCH);
        _refusedDeployment(guardian, MIN_STAKE, 7);
        _refusedDeployment(guardian, MIN_STAKE, (1 << 20) + 1);
    }

    function _refusedDeployment(address guardian_, uint64 minStake, uint32 epochLength) private {
        bytes memory arguments = abi.encode(guardian_, minStake, epochLength);
        try vm.deployCode("Sebrus.sol:Sebrus", arguments) {
            revert NotTrue("an unusable deployment is refused");
        } catch {}
    }
}
