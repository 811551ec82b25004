// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {PureHarness, TreeHarness} from "./base/Harness.sol";
import "./base/SebrusTest.sol";

/// @notice The golden vectors shared with Python: tests/vectors/README.md says their shape.
contract VectorsTest is SebrusTest {
    PureHarness private pure_ = new PureHarness();

    function _read(string memory name) private view returns (string memory) {
        return vm.readFile(string.concat("../tests/vectors/", name, ".json"));
    }

    function _at(uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".case", vm.toString(i), ".", field);
    }

    function _uint(string memory json, uint256 i, string memory field) private pure returns (uint256) {
        return vm.parseJsonUint(json, _at(i, field));
    }

    function _words(bytes32[] memory raw, uint256 from, uint256 count) private pure returns (uint256[] memory words) {
        words = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            words[i] = uint256(raw[from + i]);
        }
    }

    function _policyFrom(uint256[] memory n) private pure returns (Policy memory p) {
        eq(n.length, 17, "numbers in a policy");
        // seventeen numbers, each a word, are the policy's ABI encoding
        p = abi.decode(abi.encodePacked(n), (Policy));
    }

    function test_vectors_leavesRootsAndProofs() public view {
        string memory json = _read("leaves");
        uint256 cases = vm.parseJsonUint(json, ".cases");
        for (uint256 i; i < cases; ++i) {
            bytes32[] memory hashes = vm.parseJsonBytes32Array(json, _at(i, "sha256"));
            bytes32[] memory leaves = vm.parseJsonBytes32Array(json, _at(i, "leaves"));
            uint256[] memory labels = vm.parseJsonUintArray(json, _at(i, "labels"));
            for (uint256 item; item < hashes.length; ++item) {
                eq(pure_.leaf(item, hashes[item], uint16(labels[item])), leaves[item], "leaf");
            }
            BatchKey memory key =
                BatchKey(0, address(0), vm.parseJsonBytes32(json, _at(i, "root")), uint16(hashes.length));
            _proofs(json, i, key, hashes, labels);
        }
    }

    function _proofs(
        string memory json,
        uint256 i,
        BatchKey memory key,
        bytes32[] memory hashes,
        uint256[] memory labels
    ) private view {
        uint256[] memory indices = vm.parseJsonUintArray(json, _at(i, "proof_indices"));
        uint256[] memory lengths = vm.parseJsonUintArray(json, _at(i, "proof_lengths"));
        bytes32[] memory flat = vm.parseJsonBytes32Array(json, _at(i, "proofs"));
        uint256 from;
        for (uint256 p; p < indices.length; ++p) {
            bytes32[] memory proof = new bytes32[](lengths[p]);
            for (uint256 k; k < proof.length; ++k) {
                proof[k] = flat[from + k];
            }
            from += proof.length;
            uint256 item = indices[p];
            uint16 label = uint16(labels[item]);
            yes(sebrus.verifyItem(key, item, hashes[item], label, proof), "proof");
            no(sebrus.verifyItem(key, item, hashes[item], label ^ 1, proof), "another label");
            no(sebrus.verifyItem(key, item + 1, hashes[item], label, proof), "another index");
            no(sebrus.verifyItem(key, item, hashes[item] ^ bytes32(uint256(1)), label, proof), "other bytes");
        }
    }

    function test_vectors_identities() public view {
        string memory json = _read("ids");
        uint256 cases = vm.parseJsonUint(json, ".cases");
        for (uint256 i; i < cases; ++i) {
            DatasetParams memory params = DatasetParams(
                vm.parseJsonAddress(json, _at(i, "owner")),
                vm.parseJsonAddress(json, _at(i, "detector")),
                uint16(_uint(json, i, "class_count")),
                vm.parseJsonBytes32(json, _at(i, "metadata_hash")),
                vm.parseJsonBytes32(json, _at(i, "salt")),
                _policyFrom(vm.parseJsonUintArray(json, _at(i, "policy")))
            );
            eq(keccak256(abi.encode(params.policy)), vm.parseJsonBytes32(json, _at(i, "policy_hash")), "policy hash");
            bytes32 id = sebrus.datasetIdOf(params);
            eq(id, vm.parseJsonBytes32(json, _at(i, "dataset_id")), "dataset id");
            BatchKey memory key = BatchKey(
                id,
                vm.parseJsonAddress(json, _at(i, "contributor")),
                vm.parseJsonBytes32(json, _at(i, "root")),
                uint16(_uint(json, i, "item_count"))
            );
            eq(sebrus.batchIdOf(key), vm.parseJsonBytes32(json, _at(i, "batch_id")), "batch id");
            address[] memory panel = vm.parseJsonAddressArray(json, _at(i, "panel"));
            eq(keccak256(abi.encodePacked(panel)), vm.parseJsonBytes32(json, _at(i, "panel_hash")), "panel hash");
        }
    }

    function test_vectors_tally() public view {
        string memory json = _read("tally");
        uint256 cases = vm.parseJsonUint(json, ".cases");
        for (uint256 i; i < cases; ++i) {
            uint256 words = (_uint(json, i, "item_count") + 255) / 256;
            bytes32[] memory flat = vm.parseJsonBytes32Array(json, _at(i, "verdicts"));
            RevealedVerdicts[] memory revealed = new RevealedVerdicts[](_uint(json, i, "seats"));
            bytes32[] memory hashes = vm.parseJsonBytes32Array(json, _at(i, "verdicts_hashes"));
            for (uint256 seat; seat < revealed.length; ++seat) {
                revealed[seat] = RevealedVerdicts(uint8(seat), _words(flat, seat * words, words));
                eq(pure_.hash(revealed[seat].verdicts), hashes[seat], "verdicts hash");
            }
            uint256[] memory flags = _words(vm.parseJsonBytes32Array(json, _at(i, "flags")), 0, words);
            (uint256[] memory accepted, uint256[] memory panel) =
                pure_.decide(revealed, flags, _uint(json, i, "detector_votes"));
            eq(accepted, _words(vm.parseJsonBytes32Array(json, _at(i, "accepted")), 0, words), "accepted");
            eq(panel, _words(vm.parseJsonBytes32Array(json, _at(i, "panel_accepted")), 0, words), "panel accepted");
            eq(pure_.size(accepted), _uint(json, i, "accepted_count"), "count");
            eq(pure_.hashMemory(accepted), vm.parseJsonBytes32(json, _at(i, "accepted_hash")), "accepted hash");
            uint256[] memory order = vm.parseJsonUintArray(json, _at(i, "digest_order"));
            bytes32 digest;
            for (uint256 k; k < order.length; ++k) {
                digest = keccak256(abi.encode(digest, order[k], hashes[order[k]]));
            }
            eq(digest, vm.parseJsonBytes32(json, _at(i, "digest")), "digest of reveals");
        }
    }

    function test_vectors_draw() public {
        string memory json = _read("draw");
        uint256 cases = vm.parseJsonUint(json, ".cases");
        for (uint256 i; i < cases; ++i) {
            bytes32 entropy = vm.parseJsonBytes32(json, _at(i, "entropy"));
            bytes32 blockHash = vm.parseJsonBytes32(json, _at(i, "block_hash"));
            bytes32 batchId = vm.parseJsonBytes32(json, _at(i, "batch_id"));
            eq(keccak256(abi.encode(blockHash, batchId, _uint(json, i, "round"))), entropy, "entropy");
            uint256[] memory weights = vm.parseJsonUintArray(json, _at(i, "weights"));
            TreeHarness tree = new TreeHarness();
            bool fits = true;
            for (uint256 place; place < weights.length; ++place) {
                if (weights[place] > type(uint56).max) fits = false;
            }
            if (!fits) continue; // more than the contract will hold
            for (uint256 place; place < weights.length; ++place) {
                tree.set(place, weights[place], 1);
            }
            uint256[] memory panel =
                tree.draw(vm.parseJsonUintArray(json, _at(i, "excluded")), entropy, _uint(json, i, "seats"), 2);
            eq(panel, vm.parseJsonUintArray(json, _at(i, "panel")), "panel");
        }
    }

    function test_vectors_signatures() public {
        string memory json = _read("signatures");
        vm.chainId(vm.parseJsonUint(json, ".chain_id"));
        address target = vm.parseJsonAddress(json, ".contract");
        vm.etch(target, address(sebrus).code);
        sebrus = ISebrusFull(target);
        eq(_domainSeparator(target), vm.parseJsonBytes32(json, ".domain_separator"), "domain");
        bytes32 ballot = sebrus.ballotDigest(
            vm.parseJsonBytes32(json, ".Ballot.batch_id"),
            uint8(vm.parseJsonUint(json, ".Ballot.round")),
            vm.parseJsonBytes32(json, ".Ballot.panel_hash"),
            vm.parseJsonBytes32(json, ".Ballot.policy_hash"),
            vm.parseJsonAddress(json, ".Ballot.reviewer"),
            vm.parseJsonBytes32(json, ".Ballot.verdicts_hash"),
            vm.parseJsonBytes32(json, ".Ballot.salt")
        );
        eq(ballot, vm.parseJsonBytes32(json, ".Ballot.digest"), "ballot");
        Case memory c;
        c.id = vm.parseJsonBytes32(json, ".Screening.batch_id");
        bytes32 screening = _digest(
            keccak256(
                abi.encode(
                    SCREENING_TYPE,
                    c.id,
                    vm.parseJsonBytes32(json, ".Screening.model_hash"),
                    vm.parseJsonBytes32(json, ".Screening.scores_root"),
                    vm.parseJsonBytes32(json, ".Screening.flags_hash"),
                    vm.parseJsonBytes32(json, ".Screening.salt")
                )
            )
        );
        eq(screening, vm.parseJsonBytes32(json, ".Screening.digest"), "screening");
        bytes32 commitHash = keccak256(
            abi.encode(
                COMMIT_TYPE,
                vm.parseJsonBytes32(json, ".Commit.batch_id"),
                vm.parseJsonUint(json, ".Commit.round"),
                vm.parseJsonBytes32(json, ".Commit.panel_hash"),
                vm.parseJsonBytes32(json, ".Commit.commitment"),
                vm.parseJsonUint(json, ".Commit.deadline")
            )
        );
        eq(_digest(commitHash), vm.parseJsonBytes32(json, ".Commit.digest"), "commit");
    }

    /// The contract itself takes the signatures that Python made: money in, stake, unstake, withdraw.
    function test_vectors_signedMovesAreTaken() public {
        string memory json = _read("signatures");
        vm.chainId(vm.parseJsonUint(json, ".chain_id"));
        address target = vm.parseJsonAddress(json, ".contract");
        vm.etch(target, address(sebrus).code);
        sebrus = ISebrusFull(target);
        address signer = vm.parseJsonAddress(json, ".signer");
        string[3] memory names = ["Stake", "Unstake", "Withdraw"];
        for (uint256 i; i < 3; ++i) {
            string memory path = string.concat(".", names[i], ".");
            uint64 amount = uint64(vm.parseJsonUint(json, string.concat(path, "amount")));
            uint256 nonce = vm.parseJsonUint(json, string.concat(path, "nonce"));
            uint256 deadline = vm.parseJsonUint(json, string.concat(path, "deadline"));
            bytes memory signature = vm.parseJsonBytes(json, string.concat(path, "signature"));
            // an account with just that much where it is needed, at the nonce that was signed
            uint256 word = (nonce << 224) | (i == 1 ? uint256(amount) << 64 : amount);
            vm.store(target, keccak256(abi.encode(signer, uint256(2))), bytes32(word));
            vm.deal(target, uint256(amount) * 1 gwei);
            if (i == 0) {
                // signed rightly, but more than the tree can weigh
                _expect(ISebrus.AmountTooLarge.selector);
                sebrus.stake(signer, amount, deadline, signature);
                continue;
            }
            if (i == 1) sebrus.unstake(signer, amount, deadline, signature);
            if (i == 2) sebrus.withdraw(signer, amount, deadline, signature);
            eq(sebrus.accountOf(signer).nonce, nonce + 1, names[i]);
        }
    }

    /// Settlements of Python, run through the contract from submission on.
    function test_vectors_settlement() public {
        string memory json = _read("settlement");
        uint256 cases = vm.parseJsonUint(json, ".cases");
        for (uint256 i; i < cases; ++i) {
            _settlement(json, i);
        }
    }

    function _settlement(string memory json, uint256 i) private {
        bool[] memory committing = vm.parseJsonBoolArray(json, _at(i, "committed"));
        bool[] memory revealing = vm.parseJsonBoolArray(json, _at(i, "revealed"));
        Case memory c = _drawnFrom(json, i);
        bytes32[] memory flat = vm.parseJsonBytes32Array(json, _at(i, "verdicts"));
        uint256 words = (uint256(c.key.itemCount) + 255) / 256;
        for (uint256 seat; seat < committing.length; ++seat) {
            if (committing[seat]) _commit(c, seat, _words(flat, seat * words, words));
        }
        vm.warp(block.timestamp + policy.commitWindow + 1);
        for (uint256 k; k < c.openings.length; ++k) {
            if (revealing[c.openings[k].seat]) _reveal(c, c.openings[k]);
        }
        vm.warp(block.timestamp + policy.revealWindow);
        uint64 bounty = sebrus.bountyOf(c.key.datasetId);
        vm.getRecordedLogs();
        _settle(c);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        _compare(json, i, logs[logs.length - 1].data);
        eq(sebrus.bountyOf(c.key.datasetId) - bounty, _uint(json, i, "bounty_returned"), "bounty");
    }

    /// A batch under the vector's policy, drawn for as many seats as the vector has.
    function _drawnFrom(string memory json, uint256 i) private returns (Case memory c) {
        policy = _policyFrom(vm.parseJsonUintArray(json, _at(i, "policy")));
        uint256 seats = vm.parseJsonBoolArray(json, _at(i, "revealed")).length;
        if (seats > policy.panelSize) policy.panelSize = uint8(seats | 1); // so that these seats can be screened
        policy.detectorVotes = 31; // a flag rejects whatever the votes
        // a deployment whose minimum stake allows the policy's seats, with exactly these reviewers
        uint64 minStake = policy.seatStake == 0 ? 1 : policy.seatStake;
        sebrus = ISebrusFull(vm.deployCode("Sebrus.sol:Sebrus", abi.encode(guardian, minStake, EPOCH)));
        for (uint256 r; r < seats; ++r) {
            _deposit(reviewer(r), minStake);
            _stake(reviewer(r), minStake);
        }
        _deposit(contributor, 1e12);
        vm.roll((block.number / EPOCH + 1) * EPOCH);
        c = _case(uint16(_uint(json, i, "item_count")));
        c.key.datasetId = _createDataset(_params(), 1e12);
        c.id = sebrus.batchIdOf(c.key);
        _submit(c);
        _screen(c, _flagsFrom(c, json, i));
        _draw(c);
        eq(c.panel.length, seats, "seats");
    }

    /// Flags that make of `panel_accepted` what is `accepted`: the items that only the detector rejects.
    function _flagsFrom(Case memory c, string memory json, uint256 i) private pure returns (uint256[] memory flags) {
        flags = _zeros(c.key.itemCount);
        bytes32[] memory panel = vm.parseJsonBytes32Array(json, _at(i, "panel_accepted"));
        bytes32[] memory accepted = vm.parseJsonBytes32Array(json, _at(i, "accepted"));
        for (uint256 word; word < flags.length; ++word) {
            flags[word] = uint256(panel[word] ^ accepted[word]);
        }
    }

    function _compare(string memory json, uint256 i, bytes memory settled) private pure {
        (
            ,,
            uint256[] memory accepted,
            uint256[] memory panel,
            uint64 stakeReturned,
            uint64 reward,
            uint256[] memory payouts,
            uint256[] memory slashes
        ) = abi.decode(settled, (uint8, uint16, uint256[], uint256[], uint64, uint64, uint256[], uint256[]));
        eq(accepted, _words(vm.parseJsonBytes32Array(json, _at(i, "accepted")), 0, accepted.length), "accepted");
        eq(panel, _words(vm.parseJsonBytes32Array(json, _at(i, "panel_accepted")), 0, panel.length), "panel");
        eq(stakeReturned, _uint(json, i, "stake_returned"), "stake returned");
        eq(reward, _uint(json, i, "reward"), "reward");
        eq(payouts, vm.parseJsonUintArray(json, _at(i, "payouts")), "payouts");
        eq(slashes, vm.parseJsonUintArray(json, _at(i, "slashes")), "slashes");
    }
}
