// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ContractWallet} from "../base/Actors.sol";
import "../base/Scenario.sol";

contract SubmitTest is Scenario {
    function test_submit_locksTheStakeAndReservesTheBounty() public {
        Case memory c = _case(100);
        _event();
        emit ISebrusEvents.Submitted(
            c.id,
            datasetId,
            contributor,
            c.key.root,
            100,
            100 * 1000,
            100 * (5000 + 5 * 300),
            uint40(block.timestamp + policy.screeningWindow)
        );
        _submit(c);
        eq(_free(contributor), 1e9 - 100 * 1000, "stake");
        eq(sebrus.bountyOf(datasetId), 1e11 - 100 * (5000 + 5 * 300), "reserve: the first panel");
        eq(_phase(c), uint256(Phase.Screening), "phase");
        eq(sebrus.batchIdOf(c.key), c.id, "id");
        _sealHolds(c);
    }

    function test_submit_relayed() public {
        Case memory c = _case(64);
        bytes memory signature = _signSubmit(CONTRIBUTOR_KEY, c.key, FAR);
        vm.prank(relayer);
        sebrus.submit(c.key, FAR, signature);
        eq(_free(contributor), 1e9 - 64 * 1000, "the contributor's stake");
    }

    function test_submit_contractWallet() public {
        ContractWallet wallet = new ContractWallet();
        _deposit(address(wallet), 1e6);
        Case memory c = _case(10);
        c.key.contributor = address(wallet);
        bytes32 structHash =
            keccak256(abi.encode(SUBMIT_TYPE, datasetId, address(wallet), c.key.root, c.key.itemCount, FAR));
        wallet.approve(_digest(structHash));
        sebrus.submit(c.key, FAR, hex"01");
        eq(_free(address(wallet)), 1e6 - 10 * 1000, "stake");
    }

    function test_submit_refusesItemCountsOutsideThePolicy() public {
        _refused(_case(0), abi.encodeWithSelector(ISebrusEvents.InvalidItemCount.selector));
        _refused(_case(4097), abi.encodeWithSelector(ISebrusEvents.InvalidItemCount.selector));
    }

    function test_submit_refusesUnknownDatasets() public {
        Case memory c = _case(1);
        c.key.datasetId = keccak256("none");
        _refused(c, abi.encodeWithSelector(ISebrusEvents.UnknownDataset.selector));
    }

    function test_submit_refusesTheSameBatchTwice() public {
        Case memory c = _case(10);
        _submit(c);
        _refused(c, abi.encodeWithSelector(ISebrusEvents.BatchExists.selector));
    }

    function test_submit_refusesWithoutStakeOrBounty() public {
        vm.prank(contributor);
        sebrus.withdraw(contributor, 1e9 - 9999, 0, NONE);
        _refused(_case(10), abi.encodeWithSelector(ISebrusEvents.InsufficientBalance.selector, 9999, 10000));
        _deposit(contributor, 1);
        DatasetParams memory poor = _params();
        poor.salt = keccak256("poor");
        Case memory c = _case(10);
        c.key.datasetId = _createDataset(poor, 64999);
        _refused(c, abi.encodeWithSelector(ISebrusEvents.InsufficientBounty.selector, 64999, 65000));
        _submit(_case(10));
    }

    function test_attack_relayerChangesAnyFieldOfTheSubmission() public {
        Case memory c = _case(64);
        bytes memory signature = _signSubmit(CONTRIBUTOR_KEY, c.key, FAR);
        Case memory changed = _case(64);
        changed.key.root = keccak256("poison");
        _refusedSigned(changed, FAR, signature);
        changed = _case(64);
        changed.key.itemCount = 65;
        _refusedSigned(changed, FAR, signature);
        changed = _case(64);
        changed.key.contributor = reviewer(0);
        _refusedSigned(changed, FAR, signature);
        DatasetParams memory other = _params();
        other.salt = keccak256("other");
        changed = _case(64);
        changed.key.datasetId = _createDataset(other, 1e9);
        _refusedSigned(changed, FAR, signature);
        _refusedSigned(_case(64), FAR - 1, signature);
        sebrus.submit(c.key, FAR, signature);
    }

    function test_attack_replayedSubmission() public {
        Case memory c = _case(64);
        bytes memory signature = _signSubmit(CONTRIBUTOR_KEY, c.key, FAR);
        sebrus.submit(c.key, FAR, signature);
        _expect(ISebrusEvents.BatchExists.selector);
        sebrus.submit(c.key, FAR, signature);
    }

    function test_attack_submittingForSomebodyElse() public {
        Case memory c = _case(64);
        vm.prank(stranger);
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.submit(c.key, FAR, NONE);
        bytes memory forged = _signSubmit(0xBAD, c.key, FAR);
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.submit(c.key, FAR, forged);
    }

    function test_submit_expired() public {
        Case memory c = _case(64);
        uint256 deadline = block.timestamp + 9;
        bytes memory signature = _signSubmit(CONTRIBUTOR_KEY, c.key, deadline);
        vm.warp(deadline + 1);
        _expect(ISebrusEvents.SignatureExpired.selector);
        sebrus.submit(c.key, deadline, signature);
        vm.warp(deadline);
        sebrus.submit(c.key, deadline, signature);
    }

    function _refused(Case memory c, bytes memory reason) private {
        _refused(c.key.contributor, abi.encodeCall(sebrus.submit, (c.key, 0, NONE)), reason);
    }

    function _refusedSigned(Case memory c, uint256 deadline, bytes memory signature) private {
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.submit(c.key, deadline, signature);
    }
}
