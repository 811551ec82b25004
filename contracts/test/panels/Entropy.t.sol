// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice The entropy block: fixed before it is mined, and asked for again only once it cannot be used any more.
contract EntropyTest is Scenario {
    function _asked(uint16 items) private returns (Case memory c) {
        c = _case(items);
        _submit(c);
        _screen(c, _zeros(items));
    }

    function test_entropy_isDrawDelayBlocksAhead() public {
        Case memory c = _asked(10);
        uint256 entropyBlock = c.record.status.entropyBlock();
        eq(entropyBlock, block.number + policy.drawDelay, "entropy block");
        _sealHolds(c);
        vm.roll(entropyBlock);
        _refused(stranger, _drawCall(c), ISebrusEvents.EntropyNotReady.selector);
        vm.roll(entropyBlock + 1);
        _allowed(stranger, _drawCall(c));
    }

    function test_entropy_inTheLastQuarterMovesToTheNextEpoch() public {
        vm.roll(EPOCH * 20 + 48 - policy.drawDelay - 1);
        Case memory c = _asked(10);
        eq(c.record.status.entropyBlock(), EPOCH * 20 + 47, "the last block before the last quarter stays");
        _sealHolds(c);
        vm.roll(EPOCH * 20 + 48 - policy.drawDelay);
        c = _asked(11);
        eq(c.record.status.entropyBlock(), EPOCH * 21, "moved");
        _sealHolds(c);
        vm.roll(EPOCH * 20 + 63);
        c = _asked(12);
        eq(c.record.status.entropyBlock(), EPOCH * 21 + policy.drawDelay - 1, "already in the next epoch");
        _sealHolds(c);
    }

    function _missed(Case memory c) private {
        _refused(stranger, _drawCall(c), ISebrusEvents.EntropyMissed.selector);
        uint40 commits = uint40(block.timestamp + policy.commitWindow);
        Case memory again = _copy(c);
        _requested(again, 0, 10);
        _event();
        emit ISebrusEvents.DrawRequested(
            c.id, 0, 5, again.record.status.entropyBlock(), commits, commits + policy.revealWindow
        );
        _allowed(stranger, _requestCall(c));
        c.record = again.record;
        _sealHolds(c);
        yes(c.record.status.entropyBlock() > block.number, "a later block");
        _draw(c);
        eq(c.panel.length, 5, "seats");
        _commitAll(c, _ones(10)); // the windows are new
        _conclude(c);
    }

    function test_entropy_pendingIsNotTradedForAnother() public {
        Case memory c = _asked(10);
        _refused(stranger, _requestCall(c), ISebrusEvents.EntropyPending.selector); // not mined
        vm.roll(c.record.status.entropyBlock());
        _refused(stranger, _requestCall(c), ISebrusEvents.EntropyPending.selector); // being mined
        vm.roll(c.record.status.entropyBlock() + 1);
        _refused(stranger, _requestCall(c), ISebrusEvents.EntropyPending.selector); // at hand
    }

    function test_entropy_missedByTheEpoch() public {
        Case memory c = _asked(10);
        vm.roll(EPOCH * (c.record.status.entropyBlock() / EPOCH + 1) - 1);
        _refused(stranger, _requestCall(c), ISebrusEvents.EntropyPending.selector); // the last block of its epoch
        vm.roll(block.number + 1);
        _missed(c);
    }

    function test_entropy_missedByTheClosedCommitWindow() public {
        Case memory c = _asked(10);
        vm.roll(c.record.status.entropyBlock() + 1);
        vm.warp(c.record.status.deadline());
        _refused(stranger, _requestCall(c), ISebrusEvents.EntropyPending.selector);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _missed(c);
    }

    /// The windows run from the request: a late draw leaves less time, and moves nothing.
    function test_entropy_aLateDrawMovesNoDeadline() public {
        Case memory c = _asked(10);
        vm.roll(c.record.status.entropyBlock() + 1);
        vm.warp(c.record.status.deadline() - 5);
        uint40 deadline = c.record.status.deadline();
        _draw(c);
        eq(c.record.status.deadline(), deadline, "commit deadline");
        _sealHolds(c);
    }

    function test_entropy_requestOnlyWhileDrawing() public {
        Case memory c = _case(10);
        _refused(stranger, _requestCall(c), _wrongPhase(Phase.None));
        c = _start(10);
        _refused(stranger, _requestCall(c), _wrongPhase(Phase.Voting));
    }

    function test_attack_choosingTheEntropyByWaiting() public {
        // the panel is fixed by the block asked for, whenever within the epoch somebody draws
        Case memory c = _asked(10);
        Case memory late = _copy(c);
        vm.roll(c.record.status.entropyBlock() + 1);
        bytes32 early;
        try this.drawAndRevert(c) {}
        catch (bytes memory panel) {
            early = bytes32(panel);
        }
        vm.roll(c.record.status.entropyBlock() + 40);
        _draw(late);
        eq(late.record.panel, early, "panel");
    }

    /// Draws, tells the panel and undoes it all.
    function drawAndRevert(Case memory c) external {
        _draw(c);
        bytes32 panel = c.record.panel;
        assembly ("memory-safe") {
            mstore(0, panel)
            revert(0, 32)
        }
    }
}

/// @notice With epochs longer than the 256 blocks whose hashes are at hand.
contract LongEpochTest is Scenario {
    uint32 private constant LONG = 4096;

    function setUp() public override {
        super.setUp();
        address half = vm.deployCode("Judgement.sol:Judgement", abi.encode(MIN_STAKE, LONG));
        sebrus = ISebrusFull(vm.deployCode("Sebrus.sol:Sebrus", abi.encode(guardian, MIN_STAKE, LONG, half)));
        vm.roll(LONG * 2);
        _deposit(contributor, 1e9);
        datasetId = _createDataset(_params(), 1e11);
        for (uint256 i; i < REVIEWERS; ++i) {
            _deposit(reviewer(i), MIN_STAKE);
            _stake(reviewer(i), MIN_STAKE);
        }
        vm.roll(LONG * 3);
    }

    function test_entropy_missedBy256Blocks() public {
        Case memory c = _case(10);
        _submit(c);
        _screen(c, _zeros(10)); // its twin knows short epochs, and block numbers here are early in both
        uint256 entropyBlock = block.number + policy.drawDelay;
        eq(c.record.status.entropyBlock(), entropyBlock, "entropy block");
        vm.roll(entropyBlock + 256);
        _refused(stranger, _requestCall(c), ISebrusEvents.EntropyPending.selector);
        vm.roll(entropyBlock + 257);
        _refused(stranger, _drawCall(c), ISebrusEvents.EntropyMissed.selector);
        _allowed(stranger, _requestCall(c));
    }
}
