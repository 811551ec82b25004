// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Naive} from "../base/Naive.sol";
import "../base/Scenario.sol";

/// @notice Who sits is what successive sampling by weight says, less those who may not.
contract DrawTest is Scenario {
    function _asked(uint16 items) private returns (Case memory c) {
        c = _case(items);
        _submit(c);
        _screen(c, _zeros(items));
    }

    function _weights() private view returns (uint256[] memory weights) {
        weights = new uint256[](REVIEWERS);
        for (uint256 i; i < REVIEWERS; ++i) {
            weights[i] = Naive.weight(_staked(reviewer(i)), MIN_STAKE, 0, 0);
        }
    }

    function _expected(Case memory c, uint256[] memory weights, uint256[] memory excluded, uint256 seats)
        private
        view
        returns (address[] memory panel)
    {
        bytes32 entropy = _entropy(c);
        uint256[] memory places = Naive.draw(weights, excluded, entropy, seats);
        panel = new address[](places.length);
        for (uint256 i; i < places.length; ++i) {
            panel[i] = reviewer(places[i]);
        }
    }

    function _entropy(Case memory c) private view returns (bytes32) {
        return keccak256(abi.encode(blockhash(c.record.status.entropyBlock()), c.id, c.record.status.round()));
    }

    function _hinted(Case memory c, address[] memory hint) private view returns (bytes memory) {
        return abi.encodeCall(sebrus.draw, (c.key, c.record, c.excluded, c.appeals, hint));
    }

    /// A batch that waits for its draw, whose third draw finds somebody who may not sit; and what the draw would say.
    function _askedWithAShutOut() private returns (Case memory c, address[] memory panel, address[] memory drawn) {
        c = _case(10);
        _submit(c);
        uint256 id = vm.snapshotState();
        _screen(c, _zeros(10));
        vm.roll(c.record.status.entropyBlock() + 1);
        (panel,) = sebrus.draw(c.key, c.record, c.excluded, c.appeals, new address[](0));
        vm.revertToState(id);
        c.record.screening = 0;
        _submitted(c);
        address[] memory links = new address[](1);
        links[0] = panel[2];
        _committedTo(c, _zeros(10), _zeros(10), _zeros(10));
        bytes32 commitment = _screeningCommitment(c);
        vm.prank(detector);
        sebrus.commitScreening(c.key, c.record, ScreeningCommitment(commitment, c.screening.taskRoot, 10, links));
        _screened(c, commitment, 10);
        c.record.excluded = Digests.fold(0, keccak256(abi.encodePacked(links)));
        c.excluded = new address[][](1);
        c.excluded[0] = links;
        vm.roll(c.record.status.entropyBlock() + 1);
        (panel, drawn) = _told(c);
        eq(drawn[2], links[0], "the third of the urn may not sit");
    }

    /// What a draw that is called and not sent says.
    function _told(Case memory c) private returns (address[] memory panel, address[] memory drawn) {
        uint256 id = vm.snapshotState();
        (panel, drawn) = sebrus.draw(c.key, c.record, c.excluded, c.appeals, new address[](0));
        vm.revertToState(id);
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
        Case memory c = _asked(10);
        vm.roll(c.record.status.entropyBlock() + 1);
        address[] memory panel = _expected(c, _weights(), new uint256[](0), 5);
        _event();
        emit ISebrusEvents.Drawn(c.id, 0, panel, _entropy(c), uint32(block.number / EPOCH));
        _draw(c);
        eq(_phase(c), uint256(Phase.Voting), "phase");
        _sealHolds(c);
        for (uint256 seat; seat < 5; ++seat) {
            eq(sebrus.accountOf(c.panel[seat]).locked, 0, "locked");
        }
        _refused(stranger, _drawCall(c), _wrongPhase(Phase.Voting));
    }

    function test_draw_needsTheRecordItself() public {
        Case memory c = _asked(10);
        vm.roll(c.record.status.entropyBlock() + 1);
        c.record.screening = 0;
        _refused(stranger, _drawCall(c), ISebrusEvents.WrongRecord.selector);
    }

    function test_draw_linkedAccountsNeverSit() public {
        for (uint16 items = 1; items < 12; ++items) {
            Case memory c = _case(items);
            _submit(c);
            address[] memory links = new address[](4);
            (links[0], links[1], links[2], links[3]) = (reviewer(3), reviewer(7), stranger, reviewer(3));
            _committedTo(c, _zeros(items), _zeros(items), _zeros(items));
            bytes32 commitment = _screeningCommitment(c);
            vm.prank(detector);
            sebrus.commitScreening(c.key, c.record, ScreeningCommitment(commitment, c.screening.taskRoot, items, links));
            _screened(c, commitment, items);
            c.record.excluded = Digests.fold(0, keccak256(abi.encodePacked(links)));
            c.excluded = new address[][](1);
            c.excluded[0] = links;
            uint256[] memory places = new uint256[](2);
            (places[0], places[1]) = (3, 7);
            _draw(c);
            _same(c.panel, _expected(c, _weights(), places, 5));
        }
    }

    function test_attack_drawWithoutTheExclusions() public {
        Case memory c = _case(10);
        _submit(c);
        address[] memory links = new address[](1);
        links[0] = reviewer(3);
        vm.prank(detector);
        sebrus.commitScreening(c.key, c.record, ScreeningCommitment(keccak256("c"), keccak256("t"), 10, links));
        c.screening.taskRoot = keccak256("t");
        _screened(c, keccak256("c"), 10);
        c.record.excluded = Digests.fold(0, keccak256(abi.encodePacked(links)));
        vm.roll(c.record.status.entropyBlock() + 1);
        _refused(stranger, _drawCall(c), ISebrusEvents.WrongExclusions.selector);
        c.excluded = new address[][](1);
        c.excluded[0] = new address[](1);
        c.excluded[0][0] = reviewer(4);
        _refused(stranger, _drawCall(c), ISebrusEvents.WrongExclusions.selector);
        c.excluded[0][0] = reviewer(3);
        _allowed(stranger, _drawCall(c));
    }

    function test_draw_tellsWhoSitsAndWhomTheUrnYielded() public {
        (Case memory c, address[] memory panel, address[] memory drawn) = _askedWithAShutOut();
        eq(panel.length, 5, "panel");
        eq(drawn.length, 6, "and one who may not sit");
        for (uint256 i; i < 6; ++i) {
            if (i != 2) eq(drawn[i], panel[i < 2 ? i : i - 1], "the others in their order");
        }
        _draw(c);
        _same(c.panel, panel);
    }

    function test_draw_withTheHintSeatsTheSamePanel() public {
        (Case memory c, address[] memory panel, address[] memory drawn) = _askedWithAShutOut();
        vm.getRecordedLogs();
        _allowed(stranger, _hinted(c, drawn));
        _readPanel(c);
        _same(c.panel, panel);
        _sealHolds(c);
    }

    function test_attack_hintsAnotherPanel() public {
        (Case memory c, address[] memory panel, address[] memory drawn) = _askedWithAShutOut();
        bytes4 wrong = ISebrusEvents.WrongHint.selector;
        _refused(stranger, _hinted(c, panel), wrong); // without the one who may not sit
        address[] memory hint = new address[](7);
        for (uint256 i; i < 6; ++i) {
            hint[i] = drawn[i];
        }
        hint[6] = drawn[0];
        _refused(stranger, _hinted(c, hint), wrong); // one more than were drawn
        (drawn[0], drawn[1]) = (drawn[1], drawn[0]);
        _refused(stranger, _hinted(c, drawn), wrong); // another order
        (drawn[0], drawn[1]) = (drawn[1], stranger);
        _refused(stranger, _hinted(c, drawn), wrong); // an account without a place
        drawn[0] = address(0);
        _refused(stranger, _hinted(c, drawn), wrong);
    }

    function test_attack_stakeAfterEntropyKnownDoesNotChangeTheOdds() public {
        uint256[] memory weights = _weights();
        Case memory c = _asked(10);
        vm.roll(c.record.status.entropyBlock() + 1); // the entropy is known now
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
        vm.roll(c.record.status.entropyBlock() + 1);
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
            uint256[] memory weights = new uint256[](REVIEWERS + 1);
            for (uint256 i; i < REVIEWERS; ++i) {
                weights[i] = _weights()[i];
            }
            weights[REVIEWERS] = Naive.weight(3e6, MIN_STAKE, 0, 0);
            uint256[] memory places = new uint256[](1);
            places[0] = REVIEWERS;
            _same(c.panel, _expected(c, weights, places, 11));
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
        eq(c.record.status.seats(), 4, "seats");
        _sealHolds(c);
        _commitAll(c, _ones(10)); // and four are enough for the commits to be over
        _conclude(c);
        eq(_phase(c), uint256(Phase.Decided), "decided");
    }

    function test_draw_aSlashedStakeBelowTheMinimumDoesNotCount() public {
        // seats lose 40 % of 500 000 when silent: a stake of the minimum falls below it
        Case memory c = _asked(10);
        _draw(c);
        _commitAll(c, _ones(10));
        vm.warp(uint256(c.record.status.revealDeadline()) + policy.revealWindow + 1);
        for (uint256 i; i < 5; ++i) {
            _shut(c, i);
        }
        _conclude(c); // nobody revealed: inconclusive, a larger panel
        eq(c.record.status.round(), 1, "round");
        _skipScreening(c);
        vm.roll(EPOCH * 14);
        _requestAgain(c);
        _draw(c);
        eq(c.panel.length, 7, "everybody who did not sit yet");
    }

    function _requestAgain(Case memory c) private {
        sebrus.requestDraw(c.key, c.record);
        _requested(c, c.record.status.round(), c.record.status.positions());
    }
}
