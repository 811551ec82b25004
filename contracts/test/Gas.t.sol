// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "./base/SebrusTest.sol";

/// @notice What the life of a batch costs with 5 reviewers, every transaction counted, against
/// `snapshots/life_*.json`; and every call by itself, with 256 items, against `snapshots/calls.json`.
/// @dev `SEBRUS_UPDATE_SNAPSHOTS=true forge test --match-path test/Gas.t.sol` writes the files anew.
/// forge-config: default.isolate = true
contract GasTest is SebrusTest {
    string[7] private steps =
        ["submit", "commit_screening", "draw", "commit", "reveal_and_settle", "withdraw", "total"];

    /// The gas of a transaction: intrinsic, calldata, execution, less refunds. Isolation runs each call as one.
    function _cost(address sender, bytes memory data) private returns (uint256) {
        vm.prank(sender);
        (bool done, bytes memory result) = address(sebrus).call(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
        return vm.lastCallGas().gasTotalUsed;
    }

    function _life(uint16 items) private returns (uint256[7] memory gas) {
        Case memory c = _case(items);
        gas[0] = _cost(relayer, abi.encodeCall(sebrus.submit, (c.key, FAR, _signSubmit(CONTRIBUTOR_KEY, c.key, FAR))));
        c.screening = ScreeningOpening(true, keccak256("model"), keccak256("scores"), keccak256("salt"), _zeros(items));
        for (uint256 word; word < c.screening.flags.length; ++word) {
            c.screening.flags[word] = 1 << 17;
        }
        gas[1] = _cost(detector, abi.encodeCall(sebrus.commitScreening, (c.key, _screeningCommitment(c))));
        vm.roll(_entropyBlock(c) + 1);
        vm.getRecordedLogs();
        gas[2] = _cost(relayer, abi.encodeCall(sebrus.draw, (c.key)));
        _readPanel(c);
        gas[3] = _cost(relayer, abi.encodeCall(sebrus.commit, (c.key, c.panel, _votes(c))));
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(sebrus.reveal, (c.key, c.panel, c.ballots, c.openings));
        calls[1] = abi.encodeCall(sebrus.settle, (c.key, c.panel, c.revealed, c.screening));
        gas[4] = _cost(relayer, abi.encodeCall(sebrus.multicall, (calls)));
        bytes memory signature = _signMove(WITHDRAW_TYPE, CONTRIBUTOR_KEY, 1000, 0, FAR);
        vm.deal(contributor, 1);
        gas[5] = _cost(relayer, abi.encodeCall(sebrus.withdraw, (contributor, 1000, FAR, signature)));
        for (uint256 i; i < 6; ++i) {
            gas[6] += gas[i];
        }
    }

    function _votes(Case memory c) private view returns (Vote[] memory votes) {
        votes = new Vote[](5);
        for (uint256 seat; seat < 5; ++seat) {
            // reviewers agree on nine items of ten
            uint256[] memory verdicts = _ones(c.key.itemCount);
            for (uint256 item; item < c.key.itemCount; item += 10) {
                if (uint256(keccak256(abi.encode(seat, item))) % 3 == 0) {
                    verdicts[item / 256] ^= uint256(1) << (item % 256);
                }
            }
            votes[seat] = _vote(c, seat, verdicts);
            votes[seat].deadline = FAR;
            votes[seat].signature = _signCommit(c, seat, votes[seat].commitment, FAR);
            _remember(c, votes[seat], _opening(c, seat, verdicts));
            _rememberRevealed(c, c.openings[seat]);
        }
    }

    function test_gas_lifeOf64Items() public {
        _compare(64);
    }

    function test_gas_lifeOf256Items() public {
        _compare(256);
    }

    function test_gas_lifeOf1024Items() public {
        _compare(1024);
    }

    function _compare(uint16 items) private {
        uint256[7] memory gas = _life(items);
        for (uint256 i; i < 7; ++i) {
            _note(steps[i], gas[i]);
        }
        _check(string.concat("snapshots/life_", vm.toString(items), ".json"));
    }

    // ------------------------------------------------------------------ every call by itself

    function test_gas_everyCall() public {
        _money();
        _datasets();
        Case memory c = _round();
        _ending(c);
        _check("snapshots/calls.json");
    }

    function _money() private {
        _fund(relayer, 1 ether);
        vm.prank(relayer);
        sebrus.deposit{value: 1 gwei * uint256(3 * MIN_STAKE)}(stranger);
        _note("deposit", vm.lastCallGas().gasTotalUsed);
        _note("stake_first", _cost(stranger, abi.encodeCall(sebrus.stake, (stranger, MIN_STAKE, 0, NONE))));
        _note("stake_more", _cost(stranger, abi.encodeCall(sebrus.stake, (stranger, 1000, 0, NONE))));
        vm.roll(block.number + EPOCH);
        _note("unstake", _cost(stranger, abi.encodeCall(sebrus.unstake, (stranger, 1000, 0, NONE))));
        vm.deal(stranger, 1);
        _note("withdraw", _cost(stranger, abi.encodeCall(sebrus.withdraw, (stranger, 1000, 0, NONE))));
    }

    function _datasets() private {
        DatasetParams memory params = _params();
        params.salt = keccak256("another");
        _note("createDataset", _cost(owner, abi.encodeCall(sebrus.createDataset, (params))));
        bytes32 id = sebrus.datasetIdOf(params);
        vm.prank(relayer);
        sebrus.fundDataset{value: 1 gwei}(id);
        _note("fundDataset", vm.lastCallGas().gasTotalUsed);
        bytes32 hash = keccak256("release");
        _note("publishRelease", _cost(owner, abi.encodeCall(sebrus.publishRelease, (id, hash, 1, hash))));
        _note("closeDataset", _cost(owner, abi.encodeCall(sebrus.closeDataset, (id))));
        _note("setSubmissionsPaused", _cost(guardian, abi.encodeCall(sebrus.setSubmissionsPaused, (true))));
        vm.prank(guardian);
        sebrus.setSubmissionsPaused(false);
    }

    function _round() private returns (Case memory c) {
        Case memory unscreened = _case(255);
        _submit(unscreened);
        vm.warp(block.timestamp + policy.screeningWindow + 1);
        _note("skipScreening", _cost(stranger, abi.encodeCall(sebrus.skipScreening, (unscreened.key))));
        vm.roll(_entropyBlock(unscreened) + EPOCH);
        _note("requestDraw", _cost(stranger, abi.encodeCall(sebrus.requestDraw, (unscreened.key))));
        _draw(unscreened);
        _commitAll(unscreened, _ones(255));
        vm.warp(block.timestamp + 2000);
        bytes memory data = abi.encodeCall(sebrus.failRound, (unscreened.key, unscreened.panel));
        _note("failRound_7_silent", _cost(stranger, data));

        c = _case(256);
        _note("submit", _cost(contributor, abi.encodeCall(sebrus.submit, (c.key, 0, NONE))));
        _screen(c, _zeros(256));
        _note("commitScreening", vm.lastCallGas().gasTotalUsed);
        vm.roll(_entropyBlock(c) + 1);
        vm.getRecordedLogs();
        _note("draw_5", _cost(stranger, abi.encodeCall(sebrus.draw, (c.key))));
        _readPanel(c);
    }

    function _ending(Case memory c) private {
        Vote[] memory votes = _votes(c);
        for (uint256 seat; seat < 5; ++seat) {
            votes[seat].signature = NONE;
            bytes memory data = abi.encodeCall(sebrus.commit, (c.key, c.panel, _one(votes[seat])));
            uint256 gas = _cost(c.panel[seat], data);
            if (seat == 0) _note("commit_first", gas);
            if (seat == 1) _note("commit_next", gas);
        }
        for (uint256 seat; seat < 5; ++seat) {
            bytes memory data = abi.encodeCall(sebrus.reveal, (c.key, c.panel, c.ballots, _one(c.openings[seat])));
            uint256 gas = _cost(stranger, data);
            if (seat == 0) _note("reveal_first", gas);
            if (seat == 1) _note("reveal_next", gas);
        }
        bytes memory settling = abi.encodeCall(sebrus.settle, (c.key, c.panel, c.revealed, c.screening));
        _note("settle_5", _cost(stranger, settling));
    }

    // ------------------------------------------------------------------ files

    string[] private _names;
    uint256[] private _gas;

    function _note(string memory name, uint256 gas) private {
        _names.push(name);
        _gas.push(gas);
    }

    function _check(string memory file) private {
        if (vm.envOr("SEBRUS_UPDATE_SNAPSHOTS", false)) return _write(file);
        string memory json = vm.readFile(file);
        for (uint256 i; i < _names.length; ++i) {
            uint256 known = vm.parseJsonUint(json, string.concat(".", _names[i]));
            if (_gas[i] * 100 > known * 102) {
                revert NotEqual(string.concat(_names[i], " grew by over 2 %"), _gas[i], known);
            }
        }
    }

    function _write(string memory file) private {
        string memory text = "{\n";
        for (uint256 i; i < _names.length; ++i) {
            string memory end = i + 1 == _names.length ? "\n}\n" : ",\n";
            text = string.concat(text, '  "', _names[i], '": ', vm.toString(_gas[i]), end);
        }
        vm.writeFile(file, text);
    }
}
