// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "./base/SebrusTest.sol";

/// @notice No call of a batch of the largest size takes more than 12 million gas, the cost of its calldata included.
contract LimitsTest is SebrusTest {
    uint256 private constant LIMIT = 12_000_000;
    uint16 private constant ITEMS = 4096;
    uint256 private constant SEATS = 31;

    function _policy() internal pure override returns (Policy memory p) {
        p = super._policy();
        p.panelSize = 31;
        p.panelSizeUnscreened = 31;
        p.quorum = 1;
    }

    function setUp() public override {
        super.setUp();
        for (uint256 i = REVIEWERS; i < 40; ++i) {
            _deposit(reviewer(i), 10 * MIN_STAKE);
            _stake(reviewer(i), MIN_STAKE);
        }
        _deposit(contributor, 1e9);
        vm.roll(EPOCH * 13);
    }

    /// Runs a call and returns what a transaction with it costs: intrinsic gas and calldata (EIP-2028 or the floor of
    /// EIP-7623, whichever is more), and execution with its cold accesses.
    function _cost(bytes memory data) private returns (uint256 gas) {
        uint256 before = gasleft();
        (bool done, bytes memory result) = address(sebrus).call(data);
        gas = before - gasleft();
        if (!done) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
        uint256 zeros;
        for (uint256 i; i < data.length; ++i) {
            if (data[i] == 0) ++zeros;
        }
        uint256 tokens = zeros + 4 * (data.length - zeros);
        uint256 floor = 21_000 + 10 * tokens;
        gas += 21_000 + 4 * tokens;
        if (gas < floor) gas = floor;
        yes(gas < LIMIT, "below 12 million gas");
    }

    function _prepared() private returns (Case memory c) {
        c = _case(ITEMS);
        _submit(c);
        _screen(c, _random(ITEMS, 7));
        vm.roll(_entropyBlock(c) + 1);
        vm.getRecordedLogs();
        _cost(abi.encodeCall(sebrus.draw, (c.key)));
        _readPanel(c);
        eq(c.panel.length, SEATS, "seats");
        Vote[] memory votes = new Vote[](SEATS);
        for (uint256 seat; seat < SEATS; ++seat) {
            uint256[] memory verdicts = _random(ITEMS, seat); // against the majority half of the time: all are slashed
            votes[seat] = _vote(c, seat, verdicts);
            votes[seat].deadline = FAR;
            votes[seat].signature = _signCommit(c, seat, votes[seat].commitment, FAR);
            _remember(c, votes[seat], _opening(c, seat, verdicts));
            _rememberRevealed(c, c.openings[seat]);
        }
        _cost(abi.encodeCall(sebrus.commit, (c.key, c.panel, votes)));
    }

    function test_limits_everyCallOfTheLargestBatch() public {
        Case memory c = _prepared();
        _cost(abi.encodeCall(sebrus.reveal, (c.key, c.panel, c.ballots, c.openings)));
        vm.roll(EPOCH * 15); // the tree's nodes are of an older epoch: the dearest slashes
        _cost(abi.encodeCall(sebrus.settle, (c.key, c.panel, c.revealed, c.screening)));
        for (uint256 seat; seat < SEATS; ++seat) {
            yes(_staked(c.panel[seat]) % MIN_STAKE != 0, "slashed");
        }
    }

    function test_limits_revealAndSettleInOneCall() public {
        Case memory c = _prepared();
        vm.roll(EPOCH * 15);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(sebrus.reveal, (c.key, c.panel, c.ballots, c.openings));
        calls[1] = abi.encodeCall(sebrus.settle, (c.key, c.panel, c.revealed, c.screening));
        _cost(abi.encodeCall(sebrus.multicall, (calls)));
        eq(_phase(c), uint256(Phase.Settled), "phase");
    }

    function test_limits_failedRoundOfTheLargestPanel() public {
        Case memory c = _prepared(); // all have committed and stay silent
        vm.warp(block.timestamp + 2000);
        vm.roll(EPOCH * 15);
        _cost(abi.encodeCall(sebrus.failRound, (c.key, c.panel)));
    }

    function test_limits_verifyingAnItem() public {
        Case memory c = _case(ITEMS);
        bytes32[] memory proof = new bytes32[](12);
        _cost(abi.encodeCall(sebrus.verifyItem, (c.key, 4095, keccak256("image"), 3, proof)));
    }

    function test_limits_theContractFitsItsSize() public view {
        yes(address(sebrus).code.length <= 24_576, "EIP-170");
    }
}
