// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "./base/Scenario.sol";

/// @notice Several steps in one transaction, and the second half called on its own.
contract MulticallTest is Scenario {
    function _reviewers() internal pure override returns (uint256) {
        return 24;
    }

    function _both(bytes memory first, bytes memory second) private view returns (bytes memory) {
        bytes[] memory calls = new bytes[](2);
        (calls[0], calls[1]) = (first, second);
        return abi.encodeCall(sebrus.multicall, (calls));
    }

    function test_multicall_submitAndScreen() public {
        Case memory c = _case(10);
        bytes memory submit = abi.encodeCall(sebrus.submit, (c.key, FAR, _signSubmit(CONTRIBUTOR_KEY, c.key, FAR)));
        _submitted(c);
        ScreeningCommitment memory s = ScreeningCommitment(keccak256("c"), keccak256("t"), 10, new address[](0));
        _allowed(detector, _both(submit, abi.encodeCall(sebrus.commitScreening, (c.key, c.record, s))));
        eq(_phase(c), uint256(Phase.Drawing), "phase");
    }

    function test_submitAndScreen_isBothInOne() public {
        Case memory c = _case(10);
        bytes memory signature = _signSubmit(CONTRIBUTOR_KEY, c.key, FAR);
        ScreeningCommitment memory s = ScreeningCommitment(keccak256("c"), keccak256("t"), 10, new address[](0));
        _refused(
            stranger,
            abi.encodeCall(sebrus.submitAndScreen, (c.key, FAR, signature, s)),
            ISebrusEvents.NotDetector.selector
        );
        eq(_phase(c), uint256(Phase.None), "nothing happened");
        s.positions = 9;
        bytes memory call_ = abi.encodeCall(sebrus.submitAndScreen, (c.key, FAR, signature, s));
        _refused(detector, call_, ISebrusEvents.InvalidPositions.selector);
        s.positions = 10;
        call_ = abi.encodeCall(sebrus.submitAndScreen, (c.key, FAR, signature, s));
        uint64 free = _free(contributor);
        _allowed(detector, call_);
        eq(_free(contributor), free - 10_000, "the stake");
        _submitted(c);
        c.screening.taskRoot = keccak256("t");
        _screened(c, keccak256("c"), 10);
        _sealHolds(c);
        _refused(detector, call_, ISebrusEvents.BatchExists.selector);
    }

    function test_attack_submitsForAnotherAndScreens() public {
        Case memory c = _case(10);
        ScreeningCommitment memory s = ScreeningCommitment(keccak256("c"), keccak256("t"), 10, new address[](0));
        bytes memory signature = _signSubmit(CONTRIBUTOR_KEY, _case(11).key, FAR);
        bytes4 wrong = ISebrusEvents.InvalidSignature.selector;
        _refused(detector, abi.encodeCall(sebrus.submitAndScreen, (c.key, FAR, signature, s)), wrong);
        _refused(detector, abi.encodeCall(sebrus.submitAndScreen, (c.key, FAR, NONE, s)), wrong);
    }

    /// The record after a draw is known before it, so draw and commitments travel together.
    function test_multicall_drawAndCommitInOne() public {
        Case memory c = _case(10);
        _submit(c);
        _screen(c, _zeros(10));
        vm.roll(c.record.status.entropyBlock() + 1);
        bytes memory draw = _drawCall(c);
        Case memory drawn = _copy(c);
        this.foresee(drawn);
        drawn = abi.decode(foreseen, (Case));
        Vote[] memory votes = new Vote[](5);
        for (uint256 seat; seat < 5; ++seat) {
            votes[seat] = _vote(drawn, _opened(drawn, seat, _ones(10)));
            votes[seat].signature = _signCommit(drawn, seat, votes[seat].commitment);
        }
        bytes memory commit = abi.encodeCall(sebrus.commit, (drawn.key, drawn.record, drawn.panel, votes));
        uint256 id = vm.snapshotState();
        _allowed(relayer, _both(draw, commit));
        bytes32 seal = sebrus.sealOf(c.id);
        vm.revertToState(id);
        _isRefusedWithoutTheRightVotes(c, votes);
        _allowed(relayer, _oneCall(c, votes));
        eq(sebrus.sealOf(c.id), seal, "the same by the call that is both");
        for (uint256 seat; seat < 5; ++seat) {
            _remember(drawn, votes[seat], _opened(drawn, seat, _ones(10)));
        }
        _sealHolds(drawn);
        _conclude(drawn);
    }

    function _oneCall(Case memory c, Vote[] memory votes) private view returns (bytes memory) {
        address[] memory hint = new address[](0);
        return abi.encodeCall(sebrus.drawAndCommit, (c.key, c.record, c.excluded, c.appeals, hint, votes));
    }

    function _isRefusedWithoutTheRightVotes(Case memory c, Vote[] memory votes) private {
        (votes[0].seat, votes[1].seat) = (1, 0); // each in the other's place
        _refused(relayer, _oneCall(c, votes), ISebrusEvents.InvalidSignature.selector);
        (votes[0].seat, votes[1].seat) = (0, 0);
        _refused(relayer, _oneCall(c, votes), abi.encodeWithSelector(ISebrusEvents.AlreadyCommitted.selector, uint8(0)));
        votes[1].seat = 1;
        eq(_phase(c), uint256(Phase.Drawing), "nothing happened");
    }

    function test_drawAndCommit_withTooFewToSitIsRefused() public {
        for (uint256 i = 2; i < _reviewers(); ++i) {
            _unstake(reviewer(i), _staked(reviewer(i)));
        }
        vm.roll(EPOCH * 13);
        Case memory c = _case(10);
        _submit(c);
        _screen(c, _zeros(10));
        vm.roll(c.record.status.entropyBlock() + 1);
        _refused(relayer, _oneCall(c, new Vote[](0)), _wrongPhase(Phase.Decided));
        _allowed(relayer, _drawCall(c)); // by itself the draw gives the round up
        eq(_phase(c), uint256(Phase.Decided), "unseated");
    }

    bytes private foreseen;

    /// The draw as a relayer simulates it: made, read and undone.
    function foresee(Case memory c) external {
        try this.drawAndRevert(c) {}
        catch (bytes memory result) {
            foreseen = result;
        }
    }

    function drawAndRevert(Case memory c) external {
        _draw(c);
        bytes memory result = abi.encode(c);
        assembly ("memory-safe") {
            revert(add(result, 0x20), mload(result))
        }
    }

    function test_multicall_concludeAndFinalizeWithoutAHold() public {
        policy.holdWindow = 0;
        datasetId = _createDataset(_params(), 1e9);
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        bytes memory conclude = _concludeCall(c);
        Case memory later = _copy(c);
        // what the conclusion will come to, without making it
        later.record.status = c.record.status.withRevealed(31);
        ConcludedRound[] memory rounds = new ConcludedRound[](1);
        rounds[0].status = later.record.status;
        rounds[0].panel = c.panel;
        rounds[0].revealed = new RevealedVerdicts[](5);
        bytes32 votes;
        for (uint256 i; i < 5; ++i) {
            rounds[0].revealed[i] = RevealedVerdicts(c.ballots[i].seat, c.ballots[i].verdicts);
            votes = Digests.fold(votes, c.ballots[i].seat, Bitmaps.hashMemory(c.ballots[i].verdicts));
        }
        (rounds[0].gold, rounds[0].answers) = (_zeros(10), _zeros(10));
        bytes32 none = Bitmaps.hashMemory(_zeros(10));
        bytes32 digest = keccak256(abi.encode(later.record.status, c.record.panel, votes, bytes32(0), none, none));
        later.decision = Decision(_ones(10), _ones(10), _zeros(10));
        BatchRecord memory record;
        record.status = BatchStateLibrary.decided(0, 0, 0);
        record.decision = Decisions.hash(later.decision);
        record.excluded = Digests.fold(0, c.record.panel);
        record.history = Digests.fold(0, digest);
        bytes memory finalize = abi.encodeCall(sebrus.finalize, (c.key, record, later.decision, Flat.rounds(rounds)));
        _allowed(relayer, _both(conclude, finalize));
        eq(_phase(c), uint256(Phase.Settled), "settled in one transaction");
    }

    function test_multicall_oneRefusalUndoesAll() public {
        Case memory c = _case(10);
        bytes memory submit = abi.encodeCall(sebrus.submit, (c.key, FAR, _signSubmit(CONTRIBUTOR_KEY, c.key, FAR)));
        _refused(relayer, _both(submit, submit), ISebrusEvents.BatchExists.selector);
        eq(_phase(c), uint256(Phase.None), "nothing happened");
    }

    /// The sender of a call inside is the sender outside, whatever follows the calldata (ERC-2771 with Multicall).
    function test_attack_metaTransactionSpoofing() public {
        bytes memory withdraw = abi.encodeCall(sebrus.withdraw, (contributor, 1, 0, NONE));
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodePacked(withdraw, contributor); // as a trusted forwarder would append it
        _refused(stranger, abi.encodeCall(sebrus.multicall, (calls)), ISebrusEvents.InvalidSignature.selector);
        _refused(stranger, abi.encodePacked(withdraw, contributor), ISebrusEvents.InvalidSignature.selector);
        _allowed(contributor, abi.encodeCall(sebrus.multicall, (calls)));
    }

    // ------------------------------------------------------------------ the second half by itself

    function test_judgement_calledDirectlyDoesNothing() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        address half = sebrus.judgement();
        bytes[4] memory calls = [_concludeCall(c), _revealCall(c, c.ballots), _finalizeCall(c), _startCall(c)];
        for (uint256 i; i < 4; ++i) {
            (bool done, bytes memory result) = half.call(calls[i]);
            no(done, "done");
            eq(keccak256(result), keccak256(_wrongPhase(Phase.None)), "it knows no batch");
        }
        _fund(address(this), 1 ether);
        (bool sent,) = half.call{value: 1 gwei}("");
        no(sent, "ether");
        (sent,) = half.call{value: 1 gwei}(calls[0]);
        no(sent, "ether");
        _sealHolds(c);
        _conclude(c);
    }

    function test_fallback_unknownCallsAndEtherAreRefused() public {
        (bool done,) = address(sebrus).call(abi.encodeWithSignature("nothing()"));
        no(done, "an unknown function");
        _fund(address(this), 1 ether);
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        (done,) = address(sebrus).call{value: 1 gwei}(_concludeCall(c));
        no(done, "ether with a step that takes none");
        (done,) = address(sebrus).call("");
        no(done, "an empty call");
    }

    function test_sizes_bothHalvesFit() public view {
        yes(address(sebrus).code.length <= 24_576, "EIP-170");
        yes(sebrus.judgement().code.length <= 24_576, "EIP-170");
    }
}
