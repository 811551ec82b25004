// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "./base/Scenario.sol";

/// @notice No call of a batch of the largest size and panel takes more than 16 million gas, the cap of one transaction
/// (EIP-7825: 2**24), its calldata included.
contract LimitsTest is Scenario {
    uint256 private constant LIMIT = 1 << 24;
    uint16 private constant ITEMS = 4096;
    uint256 private constant GOLD = 512;
    uint256 private constant SEATS = 31;

    function _policy() internal pure override returns (Policy memory p) {
        p = super._policy();
        (p.panelSize, p.escalatedSize, p.finalSize) = (31, 0, 0);
        (p.quorum, p.seatStake) = (1, MIN_STAKE);
    }

    function _reviewers() internal pure override returns (uint256) {
        return 36;
    }

    /// Runs a call and returns what a transaction with it costs: intrinsic gas and calldata (EIP-2028 or the floor of
    /// EIP-7623, whichever is more), and execution with its cold accesses.
    function _measured(address sender, bytes memory data) private returns (uint256 gas) {
        vm.prank(sender);
        uint256 before = gasleft();
        (bool done,) = address(sebrus).call(data);
        gas = before - gasleft();
        yes(done, "done");
        uint256 zeros;
        for (uint256 i; i < data.length; ++i) {
            if (data[i] == 0) ++zeros;
        }
        uint256 tokens = zeros + 4 * (data.length - zeros);
        gas += 21_000 + 4 * tokens;
        uint256 floor = 21_000 + 10 * tokens;
        if (gas < floor) gas = floor;
        yes(gas < LIMIT, string.concat("within one transaction: ", vm.toString(gas)));
    }

    function _committed() private returns (Case memory c) {
        c = _case(ITEMS);
        _submit(c);
        (uint256[] memory gold, uint256[] memory answers) = _goldAtTheEnd(ITEMS, GOLD);
        _screenWith(c, _random(ITEMS, 7), gold, answers);
        vm.roll(c.record.status.entropyBlock() + 1);
        vm.getRecordedLogs();
        _measured(relayer, _drawCall(c));
        _readPanel(c);
        eq(c.panel.length, SEATS, "seats");
        Vote[] memory votes = new Vote[](SEATS);
        BatchRecord memory before = _copy(c).record;
        for (uint256 seat; seat < SEATS; ++seat) {
            // against the majority half of the time, and most of the gold right
            uint256[] memory verdicts = _random(ITEMS + GOLD, seat);
            for (uint256 i = 16; i < 18; ++i) {
                verdicts[i] = answers[i] ^ (verdicts[i] & _random(ITEMS + GOLD, seat + 99)[i] & gold[i]);
            }
            OpenedBallot memory ballot = _opened(c, seat, verdicts);
            votes[seat] = _vote(c, ballot);
            votes[seat].signature = _signCommit(c, seat, votes[seat].commitment);
            _remember(c, votes[seat], ballot);
        }
        _measured(relayer, abi.encodeCall(sebrus.commit, (c.key, before, c.panel, votes)));
    }

    function test_limits_everyCallOfTheLargestBatch() public {
        Case memory c = _committed();
        vm.getRecordedLogs();
        _measured(relayer, _concludeCall(c));
        _readConclusion(c);
        vm.roll(EPOCH * 15); // the tree's nodes are of an older epoch: the dearest slashes
        _measured(relayer, _finalizeCall(c));
        eq(_phase(c), uint256(Phase.Settled), "settled");
    }

    function test_limits_allSilent() public {
        Case memory c = _committed();
        vm.warp(uint256(c.record.status.revealDeadline()) + policy.revealWindow + 1);
        vm.roll(EPOCH * 15);
        delete c.screening;
        c.ballots = _openedOf(c, 0);
        vm.getRecordedLogs();
        _measured(relayer, _concludeCall(c));
        _readConclusion(c);
        _measured(relayer, _finalizeCall(c));
        eq(_phase(c), uint256(Phase.Voided), "void");
    }

    function test_limits_verifyingAnItem() public {
        Case memory c = _case(ITEMS);
        bytes32[] memory proof = new bytes32[](12);
        _measured(stranger, abi.encodeCall(sebrus.verifyItem, (c.key, 4095, keccak256("image"), 3, proof)));
    }
}
