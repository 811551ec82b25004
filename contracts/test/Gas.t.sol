// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "./base/SebrusTest.sol";

/// @notice What the life of a batch costs with 5 reviewers, every transaction counted, against
/// `snapshots/life_*.json`.
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
            votes[seat].signature = _signCommit(keyOf(c.panel[seat]), c.id, 0, votes[seat].commitment, FAR);
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
        string memory file = string.concat("snapshots/life_", vm.toString(items), ".json");
        if (vm.envOr("SEBRUS_UPDATE_SNAPSHOTS", false)) return _write(file, gas);
        string memory json = vm.readFile(file);
        for (uint256 i; i < 7; ++i) {
            uint256 known = vm.parseJsonUint(json, string.concat(".", steps[i]));
            if (gas[i] * 100 > known * 102) {
                revert NotEqual(string.concat(steps[i], " grew by over 2 %"), gas[i], known);
            }
        }
    }

    function _write(string memory file, uint256[7] memory gas) private {
        string memory text = "{\n";
        for (uint256 i; i < 7; ++i) {
            text = string.concat(text, '  "', steps[i], '": ', vm.toString(gas[i]), i == 6 ? "\n}\n" : ",\n");
        }
        vm.writeFile(file, text);
    }
}
