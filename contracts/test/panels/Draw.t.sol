// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Naive} from "../base/Naive.sol";
import "../base/SebrusTest.sol";

contract DrawTest is SebrusTest {
    function _asked(uint16 items) private returns (Case memory c) {
        c = _case(items);
        _submit(c);
        _screen(c, _zeros(items));
    }

    function _weights() private view returns (uint256[] memory weights) {
        weights = new uint256[](REVIEWERS);
        for (uint256 i; i < REVIEWERS; ++i) {
            weights[i] = _staked(reviewer(i));
        }
    }

    function _expected(Case memory c, uint256[] memory weights, uint256[] memory excluded, uint256 seats)
        private
        view
        returns (address[] memory panel)
    {
        bytes32 entropy = keccak256(abi.encode(blockhash(_entropyBlock(c)), c.id, c.round));
        uint256[] memory places = Naive.draw(weights, excluded, entropy, seats);
        panel = new address[](places.length);
        for (uint256 i; i < places.length; ++i) {
            panel[i] = reviewer(places[i]);
        }
    }

    function _same(address[] memory actual, address[] memory expected) private pure {
        eq(keccak256(abi.encodePacked(actual)), keccak256(abi.encodePacked(expected)), "panel");
    }

    function test_draw_equalsTheNaiveDraw() public {
        for (uint16 items = 1; items < 20; ++items) {
            uint256[] memory weights = _weights();
            Case memory c = _asked(items);
            _draw(c);
            _same(c.panel, _expected(c, weights, new uint256[](0), 5));
        }
    }

    function test_draw_opensTheVoteAndLocksNothing() public {
        Case memory c = _start(10);
        eq(_phase(c), uint256(Phase.Voting), "phase");
        for (uint256 seat; seat < 5; ++seat) {
            eq(sebrus.accountOf(c.panel[seat]).locked, 0, "locked");
        }
    }

    function test_draw_waitsForTheBlockAfterItsEntropy() public {
        Case memory c = _asked(10);
        eq(_entropyBlock(c), block.number + policy.drawDelay, "entropy block");
        vm.roll(_entropyBlock(c));
        _expect(ISebrus.EntropyNotReady.selector);
        sebrus.draw(c.key);
        _draw(c);
        _expect(abi.encodeWithSelector(ISebrus.WrongPhase.selector, Phase.Voting));
        sebrus.draw(c.key);
    }

    function test_draw_entropyInTheLastQuarterMovesToTheNextEpoch() public {
        vm.roll(EPOCH * 20 + 48 - policy.drawDelay - 1);
        Case memory c = _asked(10);
        eq(_entropyBlock(c), EPOCH * 20 + 47, "the last block before the last quarter stays");
        vm.roll(EPOCH * 20 + 48 - policy.drawDelay);
        c = _asked(11);
        eq(_entropyBlock(c), EPOCH * 21, "moved");
        vm.roll(EPOCH * 20 + 63);
        c = _asked(12);
        eq(_entropyBlock(c), EPOCH * 21 + policy.drawDelay - 1, "already in the next epoch");
    }

    function test_request_onlyOnceTheEntropyIsOutOfReach() public {
        Case memory c = _asked(10);
        uint256 first = _entropyBlock(c);
        _expect(ISebrus.EntropyPending.selector); // not mined
        sebrus.requestDraw(c.key);
        vm.roll(first + 1);
        _expect(ISebrus.EntropyPending.selector); // at hand
        sebrus.requestDraw(c.key);
        vm.roll(EPOCH * (first / EPOCH + 1)); // its epoch is over
        _expect(ISebrus.EntropyMissed.selector);
        sebrus.draw(c.key);
        sebrus.requestDraw(c.key);
        yes(_entropyBlock(c) > block.number, "a later block");
        _draw(c);
        eq(c.panel.length, 5, "seats");
    }

    function test_request_onlyWhileDrawing() public {
        Case memory c = _case(10);
        _expect(abi.encodeWithSelector(ISebrus.WrongPhase.selector, Phase.None));
        sebrus.requestDraw(c.key);
        c = _start(10);
        _expect(abi.encodeWithSelector(ISebrus.WrongPhase.selector, Phase.Voting));
        sebrus.requestDraw(c.key);
    }

    function test_attack_choosingTheEntropyByWaiting() public {
        // the panel is fixed by the block asked for, whenever within the epoch somebody draws
        Case memory c = _asked(10);
        vm.roll(_entropyBlock(c) + 1);
        address[] memory early = _expected(c, _weights(), new uint256[](0), 5);
        vm.roll(_entropyBlock(c) + 40);
        vm.getRecordedLogs();
        sebrus.draw(c.key);
        _readPanel(c);
        _same(c.panel, early);
    }

    function test_attack_stakeAfterEntropyKnownDoesNotChangeTheOdds() public {
        uint256[] memory weights = _weights();
        Case memory c = _asked(10);
        vm.roll(_entropyBlock(c) + 1); // the entropy is known now
        _deposit(stranger, 1e9);
        _stake(stranger, 1e9); // a hundred times all others
        _unstake(reviewer(3), 2 * MIN_STAKE);
        _stake(reviewer(5), 5 * MIN_STAKE);
        _draw(c);
        _same(c.panel, _expected(c, weights, new uint256[](0), 5));
        // in the next epoch the new stake counts
        vm.roll(EPOCH * 13);
        Case memory d = _asked(11);
        _draw(d);
        bool seated;
        for (uint256 i; i < d.panel.length; ++i) {
            if (d.panel[i] == stranger) seated = true;
        }
        yes(seated, "98 % of the weight gets a seat");
    }

    function test_attack_ownerContributorAndDetectorAreNeverSeated() public {
        address[3] memory interested = [contributor, owner, detector];
        for (uint256 i; i < 3; ++i) {
            _deposit(interested[i], 1e9);
            _stake(interested[i], 1e9);
        }
        vm.roll(EPOCH * 13);
        for (uint16 items = 1; items <= 20; ++items) {
            Case memory c = _asked(items);
            _draw(c);
            eq(c.panel.length, 5, "others sit");
            for (uint256 seat; seat < 5; ++seat) {
                for (uint256 i; i < 3; ++i) {
                    yes(c.panel[seat] != interested[i], "an interested party sits");
                }
            }
        }
    }

    function test_attack_contributorUnstakesToHideFromTheExclusion() public {
        _deposit(contributor, 1e9);
        _stake(contributor, 1e9);
        vm.roll(EPOCH * 13);
        Case memory c = _asked(10);
        vm.roll(_entropyBlock(c) + 1);
        _unstake(contributor, 1e9); // still weighs in this epoch's draws, and is still left out
        _draw(c);
        for (uint256 seat; seat < 5; ++seat) {
            yes(c.panel[seat] != contributor, "contributor seated");
        }
    }

    function test_draw_whoPlaysSeveralPartsIsExcludedOnce() public {
        _deposit(owner, 1e9);
        _stake(owner, 3e6); // place 12, after all reviewers
        vm.roll(EPOCH * 13);
        DatasetParams memory params = _params();
        params.detector = owner;
        for (uint16 items = 1; items <= 8; ++items) {
            params.salt = bytes32(uint256(items));
            Case memory c = _case(items);
            c.key.datasetId = _createDataset(params, 1e9);
            if (items % 2 == 0) c.key.contributor = owner;
            c.id = sebrus.batchIdOf(c.key);
            _submit(c);
            _skipScreening(c);
            _draw(c);
            _same(c.panel, _expected(c, _weights(), new uint256[](0), 7));
        }
    }

    function test_draw_fewerThanAskedAllSit() public {
        for (uint256 i = 4; i < REVIEWERS; ++i) {
            _unstake(reviewer(i), _staked(reviewer(i)));
        }
        vm.roll(EPOCH * 13);
        Case memory c = _asked(10);
        _draw(c);
        eq(c.panel.length, 4, "all of them");
    }

    function test_draw_fewerThanTheQuorumVoidsAndReturns() public {
        for (uint256 i = 2; i < REVIEWERS; ++i) {
            _unstake(reviewer(i), _staked(reviewer(i)));
        }
        vm.roll(EPOCH * 13);
        Case memory c = _asked(10);
        vm.roll(_entropyBlock(c) + 1);
        sebrus.draw(c.key);
        eq(_phase(c), uint256(Phase.Voided), "phase");
        eq(_free(contributor), 1e9, "stake");
        eq(sebrus.bountyOf(datasetId), 1e11, "reserve");
        eq(sebrus.accountOf(reviewer(0)).locked, 0, "nobody is locked");
        vm.prank(contributor);
        _expect(ISebrus.BatchExists.selector);
        sebrus.submit(c.key, 0, NONE);
    }

    function test_draw_aSlashedStakeBelowTheMinimumDoesNotCount() public {
        // seats lose 40 % of 500 000 when silent: a stake of the minimum falls below it
        Case memory c = _asked(10);
        _draw(c);
        _commitAll(c, _ones(10));
        vm.warp(block.timestamp + 2000);
        sebrus.failRound(c.key, c.panel);
        vm.roll(EPOCH * 14);
        sebrus.requestDraw(c.key);
        _draw(c);
        for (uint256 seat; seat < c.panel.length; ++seat) {
            yes(_staked(c.panel[seat]) >= MIN_STAKE, "seated below the minimum");
        }
    }
}
