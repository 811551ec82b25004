// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Tally} from "../src/libraries/Tally.sol";
import {AccountWord} from "../src/types/AccountWord.sol";
import {PureHarness, TreeHarness} from "./base/Harness.sol";
import {Naive} from "./base/Naive.sol";
import "./base/VectorTest.sol";

/// @notice Identities, encodings and libraries, against what Python computes.
contract VectorsTest is VectorTest {
    PureHarness private pure_ = new PureHarness();

    function test_vectors_leavesRootsAndProofs() public {
        uint256 cases = _load("leaves");
        for (uint256 i; i < cases; ++i) {
            bytes32[] memory hashes = _hashes(i, "sha256");
            bytes32[] memory leaves = _hashes(i, "leaves");
            uint256[] memory labels = _uints(i, "labels");
            for (uint256 item; item < hashes.length; ++item) {
                eq(pure_.leaf(item, hashes[item], uint16(labels[item])), leaves[item], "leaf");
            }
            BatchKey memory key = BatchKey(0, address(0), _hash(i, "root"), uint16(hashes.length));
            _proofs(i, key, hashes, labels);
        }
    }

    function _proofs(uint256 i, BatchKey memory key, bytes32[] memory hashes, uint256[] memory labels) private view {
        uint256[] memory indices = _uints(i, "proof_indices");
        uint256[] memory lengths = _uints(i, "proof_lengths");
        bytes32[] memory flat = _hashes(i, "proofs");
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

    function test_vectors_identities() public {
        uint256 cases = _load("ids");
        for (uint256 i; i < cases; ++i) {
            DatasetParams memory params = DatasetParams(
                _address(i, "owner"),
                _address(i, "detector"),
                uint16(_uint(i, "class_count")),
                _hash(i, "metadata_hash"),
                _hash(i, "salt"),
                _policyAt(i)
            );
            eq(keccak256(abi.encode(params.policy)), _hash(i, "policy_hash"), "policy hash");
            bytes32 id = sebrus.datasetIdOf(params);
            eq(id, _hash(i, "dataset_id"), "dataset id");
            BatchKey memory key =
                BatchKey(id, _address(i, "contributor"), _hash(i, "root"), uint16(_uint(i, "item_count")));
            eq(sebrus.batchIdOf(key), _hash(i, "batch_id"), "batch id");
            eq(keccak256(abi.encodePacked(_addresses(i, "panel"))), _hash(i, "panel_hash"), "panel hash");
            bytes32 inner = keccak256(
                abi.encode(
                    _hash(i, "batch_id"),
                    _uint(i, "manifest_index"),
                    _hash(i, "manifest_sha256"),
                    uint16(_uint(i, "manifest_label"))
                )
            );
            eq(keccak256(bytes.concat(inner)), _hash(i, "manifest_leaf"), "manifest leaf");
        }
    }

    function test_vectors_sieve() public {
        uint256 cases = _load("sieve");
        for (uint256 i; i < cases; ++i) {
            uint256[] memory packed = pure_.compress(_words(i, "mask"), _words(i, "bits"));
            eq(packed, _words(i, "packed"), "packed");
            eq(pure_.expand(_words(i, "mask"), packed), _words(i, "expanded"), "expanded");
        }
    }

    function test_vectors_tally() public {
        uint256 cases = _load("tally");
        for (uint256 i; i < cases; ++i) {
            _tally(i);
        }
    }

    function _tally(uint256 i) private view {
        uint256 items = _uint(i, "item_count");
        uint256 seats = _uint(i, "seats");
        uint256 words = (items + 255) / 256;
        OpenedBallot[] memory ballots = new OpenedBallot[](seats);
        for (uint256 seat; seat < seats; ++seat) {
            ballots[seat] = OpenedBallot(uint8(seat), 0, _cut(_words(i, "verdicts"), seat * words, words));
            eq(pure_.hash(ballots[seat].verdicts), _hashes(i, "verdicts_hashes")[seat], "verdicts hash");
        }
        Tally.Opinion memory said = pure_.trim(
            pure_.opinion(Flat.ballots(ballots), (uint256(1) << seats) - 1, seats, words, _uint(i, "detector_votes")),
            items
        );
        Decision memory decision = Decision(new uint256[](words), new uint256[](words), _words(i, "flags"));
        uint256[] memory inQuestion;
        (decision, inQuestion) = pure_.decide(decision, said, new uint256[](0));
        eq(decision.accepted, _words(i, "accepted"), "accepted");
        eq(decision.panelAccepted, _words(i, "panel_accepted"), "panel accepted");
        eq(inQuestion, _words(i, "in_question"), "in question");
        eq(pure_.size(decision.accepted), _uint(i, "accepted_count"), "count");
        eq(pure_.hashMemory(decision.accepted), _hash(i, "accepted_hash"), "accepted hash");
        uint256[] memory order = _uints(i, "digest_order");
        bytes32 digest;
        for (uint256 k; k < order.length; ++k) {
            digest = keccak256(abi.encode(digest, order[k], _hashes(i, "verdicts_hashes")[order[k]]));
        }
        eq(digest, _hash(i, "digest"), "digest of votes");
    }

    function test_vectors_draw() public {
        uint256 cases = _load("draw");
        for (uint256 i; i < cases; ++i) {
            bytes32 entropy = _hash(i, "entropy");
            eq(
                keccak256(abi.encode(_hash(i, "block_hash"), _hash(i, "batch_id"), _uint(i, "round"))),
                entropy,
                "entropy"
            );
            uint256[] memory weights = _uints(i, "weights");
            TreeHarness tree = new TreeHarness();
            for (uint256 place; place < weights.length; ++place) {
                yes(tree.set(place, weights[place], 1), "fits");
            }
            eq(tree.draw(_uints(i, "excluded"), entropy, _uint(i, "seats"), 2), _uints(i, "panel"), "panel");
        }
    }

    function test_vectors_reputation() public {
        uint256 cases = _load("reputation");
        for (uint256 i; i < cases; ++i) {
            uint256[] memory before = _uints(i, "before");
            uint256[] memory more = _uints(i, "more");
            AccountWord word =
                AccountWord.wrap((before[0] << 196) | (before[1] << 210) | (before[2] << 224) | (before[3] << 240));
            word = word.withJudged(more[0], more[1], more[2], more[3]);
            Account memory a = word.unpack();
            uint256[] memory later = _uints(i, "after");
            eq(a.goldSeen, later[0], "gold seen");
            eq(a.goldRight, later[1], "gold right");
            eq(a.itemsSeen, later[2], "items seen");
            eq(a.itemsCoherent, later[3], "items coherent");
            eq(word.tier(), _uint(i, "tier"), "tier");
            uint256 weight = Naive.weight(_uint(i, "stake"), _uint(i, "min_stake"), later[0], later[1]);
            eq(weight, _uint(i, "weight"), "weight");
        }
    }
}

/// @notice What people sign, and that the contract takes what Python signed.
contract SignatureVectorsTest is VectorTest {
    uint256 private constant NONCE_SHIFT = 172;

    function setUp() public override {
        super.setUp();
        json = vm.readFile("../tests/vectors/signatures.json");
        vm.chainId(vm.parseJsonUint(json, ".chain_id"));
        address target = vm.parseJsonAddress(json, ".contract");
        vm.etch(target, address(sebrus).code);
        sebrus = ISebrusFull(target);
    }

    function _b(string memory path) private view returns (bytes32) {
        return vm.parseJsonBytes32(json, path);
    }

    function _n(string memory path) private view returns (uint256) {
        return vm.parseJsonUint(json, path);
    }

    function _check(string memory name, bytes memory encoded) private view {
        bytes32 structHash = keccak256(encoded);
        eq(structHash, _b(string.concat(".", name, ".struct_hash")), name);
        eq(_digest(structHash), _b(string.concat(".", name, ".digest")), name);
        bytes memory signature = vm.parseJsonBytes(json, string.concat(".", name, ".signature"));
        eq(keccak256(_sign(uint256(_b(".private_key")), structHash)), keccak256(signature), name);
    }

    function test_vectors_signedTypes() public view {
        eq(_domainSeparator(address(sebrus)), _b(".domain_separator"), "domain");
        eq(vm.addr(uint256(_b(".private_key"))), vm.parseJsonAddress(json, ".signer"), "signer");
        _check(
            "Submit",
            abi.encode(
                SUBMIT_TYPE,
                _b(".Submit.dataset_id"),
                vm.parseJsonAddress(json, ".Submit.contributor"),
                _b(".Submit.root"),
                _n(".Submit.item_count"),
                _n(".Submit.deadline")
            )
        );
        _check(
            "Commit",
            abi.encode(
                COMMIT_TYPE,
                _b(".Commit.batch_id"),
                _n(".Commit.round"),
                _b(".Commit.panel_hash"),
                _b(".Commit.commitment")
            )
        );
        _check(
            "Ballot",
            abi.encode(
                BALLOT_TYPE,
                _b(".Ballot.batch_id"),
                _n(".Ballot.round"),
                _b(".Ballot.screening"),
                _b(".Ballot.panel_hash"),
                vm.parseJsonAddress(json, ".Ballot.reviewer"),
                _b(".Ballot.verdicts_hash"),
                _b(".Ballot.salt")
            )
        );
        _check(
            "Screening",
            abi.encode(
                SCREENING_TYPE,
                _b(".Screening.batch_id"),
                _n(".Screening.round"),
                _b(".Screening.model_hash"),
                _b(".Screening.scores_root"),
                _b(".Screening.flags_hash"),
                _b(".Screening.gold_hash"),
                _b(".Screening.answers_hash"),
                _b(".Screening.salt")
            )
        );
        _check(
            "Appeal",
            abi.encode(
                APPEAL_TYPE,
                _b(".Appeal.batch_id"),
                _n(".Appeal.round"),
                vm.parseJsonAddress(json, ".Appeal.appellant"),
                _b(".Appeal.items_hash"),
                _n(".Appeal.deadline")
            )
        );
        _move("Stake", STAKE_TYPE);
        _move("Unstake", UNSTAKE_TYPE);
        _move("Withdraw", WITHDRAW_TYPE);
    }

    function _move(string memory name, bytes32 typeHash) private view {
        string memory path = string.concat(".", name, ".");
        _check(
            name,
            abi.encode(
                typeHash,
                vm.parseJsonAddress(json, string.concat(path, "account")),
                _n(string.concat(path, "amount")),
                _n(string.concat(path, "nonce")),
                _n(string.concat(path, "deadline"))
            )
        );
    }

    /// The signatures pass: what is refused is an amount that no account can hold, and the standing order is taken.
    function test_vectors_theContractTakesPythonsSignatures() public {
        address signer = vm.parseJsonAddress(json, ".signer");
        uint256 nonce = _n(".Payout.nonce");
        bytes32 slot = keccak256(abi.encode(signer, uint256(2)));
        vm.store(address(sebrus), slot, bytes32(nonce << NONCE_SHIFT));
        string[3] memory names = ["Stake", "Unstake", "Withdraw"];
        for (uint256 i; i < 3; ++i) {
            string memory path = string.concat(".", names[i], ".");
            uint64 amount = uint64(_n(string.concat(path, "amount")));
            uint256 deadline = _n(string.concat(path, "deadline"));
            bytes memory signature = vm.parseJsonBytes(json, string.concat(path, "signature"));
            bytes4[3] memory calls = [sebrus.stake.selector, sebrus.unstake.selector, sebrus.withdraw.selector];
            eq(_n(string.concat(path, "nonce")), nonce, "one nonce for all");
            _refused(
                relayer,
                abi.encodeWithSelector(calls[i], signer, amount, deadline, signature),
                abi.encodeWithSelector(ISebrusEvents.InsufficientBalance.selector, 0, amount)
            );
        }
        bytes memory order = vm.parseJsonBytes(json, ".Payout.signature");
        bool payout = vm.parseJsonBool(json, ".Payout.payout");
        _allowed(relayer, abi.encodeCall(sebrus.setPayout, (signer, payout, _n(".Payout.deadline"), order)));
        yes(sebrus.accountOf(signer).payout == payout, "order");
        eq(sebrus.accountOf(signer).nonce, nonce + 1, "nonce");
    }
}
