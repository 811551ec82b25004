// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "./base/SebrusTest.sol";

/// @notice Gas of whole transactions (intrinsic, calldata, execution, less refunds) against the files in `snapshots/`.
/// @dev Isolation runs each call as a transaction of its own.
/// `SEBRUS_UPDATE_SNAPSHOTS=true forge test --match-path test/Gas.t.sol` writes the files anew.
abstract contract GasBase is SebrusTest {
    uint256 internal constant SEATS = 5;

    string[] private _names;
    uint256[] private _gas;
    uint256 internal _total;

    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    /// The detector's account is the relayer's; everybody paid has a standing order and a balance.
    function setUp() public virtual override {
        super.setUp();
        relayer = detector;
        _orderPayout(contributor);
        for (uint256 i; i < _reviewers(); ++i) {
            _orderPayout(reviewer(i));
        }
    }

    function _orderPayout(address account) private {
        vm.deal(account, 1);
        vm.prank(account);
        sebrus.setPayout(account, true, 0, NONE);
    }

    // ------------------------------------------------------------------ transactions

    function _call(address sender, bytes memory data) internal returns (uint256) {
        vm.prank(sender);
        (bool done, bytes memory result) = address(sebrus).call(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
        return vm.lastCallGas().gasTotalUsed;
    }

    function _send(string memory name, bytes memory data) internal {
        uint256 gas = _call(relayer, data);
        _total += gas;
        _note(name, gas);
    }

    function _sendAll(string memory name, bytes[] memory calls) internal {
        _send(name, abi.encodeCall(sebrus.multicall, (calls)));
    }

    // ------------------------------------------------------------------ what is shown and said

    /// Gold at equal distances, from the third position on, in turn to accept and to reject.
    function _gold(uint256 positions, uint256 size)
        internal
        pure
        returns (uint256[] memory gold, uint256[] memory answers)
    {
        (gold, answers) = (_zeros(positions), _zeros(positions));
        for (uint256 i; i < size; ++i) {
            uint256 place = 2 + i * (positions / size);
            gold[place / 256] |= uint256(1) << (place % 256);
            if (i % 2 == 0) answers[place / 256] |= uint256(1) << (place % 256);
        }
    }

    /// One item in eight is bad; the detector flags one in four of these.
    function _flags(uint256 items) internal pure returns (uint256[] memory flags) {
        flags = _zeros(items);
        for (uint256 i; i < items; i += 32) {
            flags[i / 256] |= uint256(1) << (i % 256);
        }
    }

    /// What a seat says: the truth, but for one item in forty, each seat another.
    function _verdicts(Case memory c, uint256 seat) internal pure returns (uint256[] memory said) {
        uint256 positions = c.record.status.positions();
        said = _zeros(positions);
        uint256 item;
        for (uint256 i; i < positions; ++i) {
            bool good;
            if ((c.screening.gold[i / 256] >> (i % 256)) & 1 == 1) {
                good = (c.screening.answers[i / 256] >> (i % 256)) & 1 == 1;
            } else {
                good = (item % 8 != 0) != (item % 40 == 8 * seat + 3);
                ++item;
            }
            if (good) said[i / 256] |= uint256(1) << (i % 256);
        }
    }

    // ------------------------------------------------------------------ the calls of a life

    function _submitCall(Case memory c) internal view returns (bytes memory) {
        return abi.encodeCall(sebrus.submit, (c.key, FAR, _signSubmit(CONTRIBUTOR_KEY, c.key, FAR)));
    }

    function _screeningOf(Case memory c, uint256 size, address[] memory links)
        internal
        view
        returns (ScreeningCommitment memory)
    {
        uint16 positions = uint16(c.key.itemCount + size);
        (uint256[] memory gold, uint256[] memory answers) = _gold(positions, size);
        _committedTo(c, _flags(c.key.itemCount), gold, answers);
        return ScreeningCommitment(_screeningCommitment(c), c.screening.taskRoot, positions, links);
    }

    function _screeningCall(Case memory c, uint256 size, address[] memory links) internal view returns (bytes memory) {
        return abi.encodeCall(sebrus.commitScreening, (c.key, c.record, _screeningOf(c, size, links)));
    }

    function _drawCall(Case memory c) internal view returns (bytes memory) {
        return abi.encodeCall(sebrus.draw, (c.key, c.record, c.excluded, c.appeals, new address[](0)));
    }

    /// The windows are fixed already, so the record after the draw, and with it what is signed, is known before it.
    function _simulateDraw(Case memory c) internal returns (address[] memory hint) {
        vm.roll(c.record.status.entropyBlock() + 1);
        uint256 id = vm.snapshotState();
        vm.getRecordedLogs();
        (, hint) = sebrus.draw(c.key, c.record, c.excluded, c.appeals, hint);
        _readPanel(c);
        vm.revertToState(id);
    }

    function _commitCall(Case memory c, uint256 seat) internal view returns (bytes memory data) {
        Vote memory vote = _signedVote(c, seat);
        data = abi.encodeCall(sebrus.commit, (c.key, c.record, c.panel, _one(vote)));
        _remember(c, vote, _opened(c, seat, _verdicts(c, seat)));
    }

    function _signedVote(Case memory c, uint256 seat) internal view returns (Vote memory vote) {
        vote = _vote(c, _opened(c, seat, _verdicts(c, seat)));
        vote.signature = _signCommit(c, seat, vote.commitment);
    }

    function _concludeCall(Case memory c) internal view returns (bytes memory) {
        return abi.encodeCall(
            sebrus.conclude,
            (c.key, c.record, c.panel, Flat.ballots(c.ballots), c.screening, c.question, c.decision, c.appeals)
        );
    }

    function _finalizeCall(Case memory c) internal view returns (bytes memory) {
        return abi.encodeCall(sebrus.finalize, (c.key, c.record, c.decision, Flat.rounds(c.rounds)));
    }

    function _payOutCall(Case memory c) internal view returns (bytes memory) {
        address[] memory accounts = new address[](1 + c.panel.length);
        accounts[0] = c.key.contributor;
        for (uint256 i; i < c.panel.length; ++i) {
            accounts[1 + i] = c.panel[i];
        }
        return abi.encodeCall(sebrus.payOut, (accounts));
    }

    // ------------------------------------------------------------------ lives

    function _beginLife(uint16 items, uint256 size) internal returns (Case memory c) {
        c = _case(items);
        bytes memory signature = _signSubmit(CONTRIBUTOR_KEY, c.key, FAR);
        ScreeningCommitment memory screening = _screeningOf(c, size, new address[](0));
        _send("submit_and_screen", abi.encodeCall(sebrus.submitAndScreen, (c.key, FAR, signature, screening)));
        _submitted(c);
        _screened(c, _screeningCommitment(c), uint16(items + size));
        address[] memory hint = _simulateDraw(c);
        Vote[] memory votes = new Vote[](SEATS);
        BatchRecord memory before = _beforeDraw(c);
        for (uint256 seat; seat < SEATS; ++seat) {
            votes[seat] = _signedVote(c, seat);
        }
        for (uint256 seat; seat < SEATS; ++seat) {
            _remember(c, votes[seat], _opened(c, seat, _verdicts(c, seat)));
        }
        _send(
            "draw_and_commit", abi.encodeCall(sebrus.drawAndCommit, (c.key, before, c.excluded, c.appeals, hint, votes))
        );
    }

    /// The record before the draw, of a case that has read its panel already.
    function _beforeDraw(Case memory c) private pure returns (BatchRecord memory record) {
        record = abi.decode(abi.encode(c.record), (BatchRecord));
        record.panel = 0;
        uint256 word = BatchState.unwrap(record.status);
        record.status = BatchState.wrap((word & ~uint256(255)) | uint256(Phase.Drawing));
    }

    function _life(uint16 items, uint256 size) internal {
        Case memory c = _beginLife(items, size);
        vm.getRecordedLogs();
        _send("conclude", _concludeCall(c));
        _readConclusion(c);
        vm.warp(c.record.status.deadline() + 1);
        bytes[] memory calls = new bytes[](2);
        calls[0] = _finalizeCall(c);
        calls[1] = _payOutCall(c);
        _sendAll("finalize_and_pay", calls);
        eq(_phase(c), uint256(Phase.Settled), "phase");
        _checkLife(items);
    }

    function _checkLife(uint16 items) internal {
        _note("total", _total);
        _note("per_item", _total / items);
    }

    // ------------------------------------------------------------------ files

    function _note(string memory name, uint256 gas) internal {
        _names.push(name);
        _gas.push(gas);
    }

    function _check(string memory file) internal {
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

/// @notice The life of a batch whose reviewers have never been measured: with gold, they cross into another tier.
/// forge-config: default.isolate = true
contract GasFirstTest is GasBase {
    function test_gas_firstLifeOf256ItemsWithGold() public {
        _life(256, 20);
        _check("snapshots/life_256_gold_first.json");
    }
}

/// @notice What the life of a batch costs with 5 of 48 proven reviewers, everything signed and relayed.
/// forge-config: default.isolate = true
contract GasTest is GasBase {
    function setUp() public override {
        super.setUp();
        _prove();
    }

    /// Every reviewer sees so much gold that no batch moves anybody into another tier: large panels of another dataset,
    /// from which some who were measured already are kept out.
    function _prove() private {
        (Policy memory ours, bytes32 id) = (policy, datasetId);
        (policy.panelSize, policy.escalatedSize, policy.finalSize, policy.holdWindow) = (31, 0, 0, 0);
        datasetId = _createDataset(_params(), 1e11);
        address[] memory links = new address[](0);
        for (uint256 i; i < 4; ++i) {
            Case memory c = _caseWith(16, keccak256(abi.encode("proof", i)));
            _submit(c);
            _call(detector, _screeningCall(c, 400, links));
            if (links.length != 0) {
                c.record.excluded = Digests.fold(0, keccak256(abi.encodePacked(links)));
                c.excluded = new address[][](1);
                c.excluded[0] = links;
            }
            _screened(c, _screeningCommitment(c), 416);
            _draw(c);
            _commitAll(c, _verdicts(c, SEATS));
            _conclude(c);
            _finalize(c);
            links = _measured();
        }
        (policy, datasetId) = (ours, id);
        vm.roll((block.number / EPOCH + 2) * EPOCH);
        for (uint256 i; i < _reviewers(); ++i) {
            yes(sebrus.accountOf(reviewer(i)).goldSeen >= 400, "measured");
        }
    }

    function _measured() private view returns (address[] memory links) {
        links = new address[](16);
        uint256 count;
        for (uint256 i; i < _reviewers() && count < 16; ++i) {
            if (sebrus.accountOf(reviewer(i)).goldSeen != 0) links[count++] = reviewer(i);
        }
    }

    // ------------------------------------------------------------------ lives

    function test_gas_lifeOf64Items() public {
        _life(64, 0);
        _check("snapshots/life_64.json");
    }

    function test_gas_lifeOf256Items() public {
        _life(256, 0);
        _check("snapshots/life_256.json");
    }

    function test_gas_lifeOf1024Items() public {
        _life(1024, 0);
        _check("snapshots/life_1024.json");
    }

    function test_gas_lifeOf256ItemsWithGold() public {
        _life(256, 20);
        _check("snapshots/life_256_gold.json");
    }

    function test_gas_lifeOf1024ItemsWithGold() public {
        _life(1024, 80);
        _check("snapshots/life_1024_gold.json");
    }

    /// Nothing is held for appeals: the last three steps come together.
    function test_gas_lifeOf256ItemsUnheld() public {
        policy.holdWindow = 0;
        datasetId = _createDataset(_params(), 1e11);
        Case memory c = _beginLife(256, 0);
        uint256 id = vm.snapshotState();
        vm.getRecordedLogs();
        bytes[] memory calls = new bytes[](3);
        calls[0] = _concludeCall(c);
        address[] memory panel = c.panel;
        _call(relayer, calls[0]);
        _readConclusion(c);
        vm.revertToState(id);
        calls[1] = _finalizeCall(c);
        c.panel = panel;
        calls[2] = _payOutCall(c);
        _sendAll("conclude_finalize_and_pay", calls);
        eq(_phase(c), uint256(Phase.Settled), "phase");
        _checkLife(256);
        _check("snapshots/life_256_unheld.json");
    }

    /// Every step a transaction of its own, and signed withdrawals in place of standing orders.
    function test_gas_lifeOf256ItemsInSteps() public {
        Case memory c = _case(256);
        _send("submit", _submitCall(c));
        _submitted(c);
        _send("commit_screening", _screeningCall(c, 0, new address[](0)));
        _screened(c, _screeningCommitment(c), 256);
        vm.roll(c.record.status.entropyBlock() + 1);
        vm.getRecordedLogs();
        _send("draw", _drawCall(c));
        _readPanel(c);
        for (uint256 seat; seat < SEATS; ++seat) {
            _send(string.concat("commit_", vm.toString(seat)), _commitCall(c, seat));
        }
        vm.getRecordedLogs();
        _send("conclude", _concludeCall(c));
        _readConclusion(c);
        vm.warp(c.record.status.deadline() + 1);
        _send("finalize", _finalizeCall(c));
        _send("withdraw_contributor", _withdrawCall(contributor, CONTRIBUTOR_KEY));
        for (uint256 seat; seat < SEATS; ++seat) {
            bytes memory data = _withdrawCall(c.panel[seat], keyOf(c.panel[seat]));
            _send(string.concat("withdraw_", vm.toString(seat)), data);
        }
        _checkLife(256);
        _check("snapshots/life_256_steps.json");
    }

    function _withdrawCall(address account, uint256 key) private view returns (bytes memory) {
        bytes memory signature = _signMove(WITHDRAW_TYPE, key, 1000, sebrus.accountOf(account).nonce, FAR);
        return abi.encodeCall(sebrus.withdraw, (account, 1000, FAR, signature));
    }
}

/// @notice The largest batch: 4,096 items of which nearly all stay in question, 512 gold pictures and three panels of up
/// to 31 seats. No call takes more than 12 million gas, so each fits in a block with room to spare.
/// forge-config: default.isolate = true
contract GasLimitsTest is GasBase {
    uint256 private constant MOST = 12_000_000;
    uint256 private constant MORE_REVIEWERS = 48;

    function setUp() public override {
        super.setUp();
        for (uint256 i; i < MORE_REVIEWERS; ++i) {
            address account = address(uint160(0xBEEF0000 + i));
            _deposit(account, 10 * MIN_STAKE);
            _stake(account, MIN_STAKE);
        }
        (policy.panelSize, policy.escalatedSize, policy.finalSize) = (27, 29, 31);
        datasetId = _createDataset(_params(), 1e12);
        vm.roll((block.number / EPOCH + 1) * EPOCH);
        _deposit(contributor, 1e8);
    }

    function test_gas_noCallOfTheLargestBatchTakesMoreThanTwelveMillion() public {
        Case memory c = _case(4096);
        _limited("submit", contributor, abi.encodeCall(sebrus.submit, (c.key, 0, NONE)));
        _submitted(c);
        for (uint256 round; round < 3; ++round) {
            _round(c, round);
        }
        vm.warp(c.record.status.deadline() + 1);
        _limited("finalize", relayer, _finalizeCall(c));
        eq(_phase(c), uint256(Phase.Settled), "phase");
        eq(c.rounds.length, 3, "rounds");
        _check("snapshots/limits.json");
    }

    function _round(Case memory c, uint256 round) private {
        uint256 positions = c.record.status.items() + 512;
        (uint256[] memory gold, uint256[] memory answers) = _gold(positions, 512);
        _screenWith(c, round == 0 ? _zeros(4096) : new uint256[](0), gold, answers);
        vm.roll(c.record.status.entropyBlock() + 1);
        vm.getRecordedLogs();
        string memory suffix = vm.toString(round);
        _limited(string.concat("draw_", suffix), relayer, _drawCall(c));
        _readPanel(c);
        uint256[] memory accepting = _ones(positions);
        uint256[] memory refusing = _zeros(positions);
        for (uint256 i; i < gold.length; ++i) {
            (accepting[i], refusing[i]) = (accepting[i] & (~gold[i] | answers[i]), answers[i]);
        }
        refusing[0] |= 1; // all accept the first item
        for (uint256 seat; seat < c.panel.length; ++seat) {
            _commit(c, seat, seat <= c.panel.length / 2 ? accepting : refusing);
        }
        vm.getRecordedLogs();
        _limited(string.concat("conclude_", suffix), relayer, _concludeCall(c));
        _readConclusion(c);
    }

    function _limited(string memory name, address sender, bytes memory data) private {
        uint256 gas = _call(sender, data);
        yes(gas <= MOST, string.concat(name, " takes more than 12 million gas"));
        _note(name, gas);
    }
}
