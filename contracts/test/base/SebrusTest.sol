// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    Account,
    Ballot,
    BatchKey,
    DatasetParams,
    ISebrus,
    Opening,
    Phase,
    Policy,
    RevealedVerdicts,
    ScreeningOpening,
    Vote
} from "../../src/interfaces/ISebrus.sol";
import {Test} from "./Test.sol";
import {Vm} from "./Vm.sol";

/// @notice What the contract offers beside the interface.
interface ISebrusFull is ISebrus {
    function multicall(bytes[] calldata data) external returns (bytes[] memory);
    function guardian() external view returns (address);
    function submissionsPaused() external view returns (bool);
}

/// @notice A dataset, its people, and the steps of a batch's life. Everything about one batch travels in a `Case`.
abstract contract SebrusTest is Test {
    struct Case {
        BatchKey key;
        bytes32 id;
        uint8 round;
        address[] panel;
        Ballot[] ballots;
        Opening[] openings;
        RevealedVerdicts[] revealed;
        ScreeningOpening screening;
    }

    uint64 internal constant MIN_STAKE = 1_000_000;
    uint32 internal constant EPOCH = 64;
    uint256 internal constant REVIEWERS = 12;
    uint256 internal constant FAR = type(uint256).max;
    bytes internal constant NONE = "";
    bytes32 internal constant COMMIT_TYPE =
        keccak256("Commit(bytes32 batchId,uint8 round,bytes32 panelHash,bytes32 commitment,uint256 deadline)");
    bytes32 internal constant SUBMIT_TYPE =
        keccak256("Submit(bytes32 datasetId,address contributor,bytes32 root,uint16 itemCount,uint256 deadline)");
    bytes32 internal constant SCREENING_TYPE =
        keccak256("Screening(bytes32 batchId,bytes32 modelHash,bytes32 scoresRoot,bytes32 flagsHash,bytes32 salt)");
    bytes32 internal constant WITHDRAW_TYPE =
        keccak256("Withdraw(address account,uint64 amount,uint256 nonce,uint256 deadline)");
    bytes32 internal constant STAKE_TYPE =
        keccak256("Stake(address account,uint64 amount,uint256 nonce,uint256 deadline)");
    bytes32 internal constant UNSTAKE_TYPE =
        keccak256("Unstake(address account,uint64 amount,uint256 nonce,uint256 deadline)");

    ISebrusFull internal sebrus;
    uint256 internal constant CONTRIBUTOR_KEY = 0xC0;
    address internal contributor = vm.addr(CONTRIBUTOR_KEY);
    address internal owner = address(0x0123);
    address internal detector = address(0xDE7);
    address internal guardian = address(0x6A);
    address internal relayer = address(0x4E1);
    address internal stranger = address(0x57);
    bytes32 internal datasetId;
    Policy internal policy;

    address[] private _reviewerAddresses;

    constructor() {
        for (uint256 i; i < 40; ++i) {
            _reviewerAddresses.push(vm.addr(reviewerKey(i)));
        }
    }

    function setUp() public virtual {
        vm.roll(EPOCH * 10);
        vm.warp(1_800_000_000);
        sebrus = _deploy();
        _fund(owner, 1000 ether);
        _deposit(contributor, 1e9);
        policy = _policy();
        datasetId = _createDataset(_params(), 1e11);
        for (uint256 i; i < REVIEWERS; ++i) {
            _deposit(reviewer(i), 10 * MIN_STAKE);
            _stake(reviewer(i), uint64(MIN_STAKE * (1 + i % 4)));
        }
        vm.roll(EPOCH * 11);
        vm.recordLogs();
    }

    // ------------------------------------------------------------------ people and places

    function _deploy() internal returns (ISebrusFull) {
        return ISebrusFull(vm.deployCode("Sebrus.sol:Sebrus", abi.encode(guardian, MIN_STAKE, EPOCH)));
    }

    function reviewerKey(uint256 i) internal pure returns (uint256) {
        return 0x1000 + i;
    }

    /// Addresses are derived once: it takes a curve multiplication.
    function reviewer(uint256 i) internal view returns (address) {
        return _reviewerAddresses[i];
    }

    function keyOf(address account) internal view returns (uint256) {
        for (uint256 i; i < 40; ++i) {
            if (reviewer(i) == account) return reviewerKey(i);
        }
        if (account == contributor) return CONTRIBUTOR_KEY;
        revert NotTrue("somebody with a key");
    }

    function _policy() internal pure virtual returns (Policy memory) {
        return Policy({
            itemStake: 1000,
            itemReward: 5000,
            reviewFee: 300,
            seatStake: 500_000,
            panelSize: 5,
            panelSizeUnscreened: 7,
            quorum: 3,
            maxRounds: 3,
            detectorVotes: 2,
            maxItems: 4096,
            drawDelay: 4,
            screeningWindow: 60,
            commitWindow: 600,
            revealWindow: 600,
            rejectedSlashBps: 5000,
            silentSlashBps: 4000,
            incoherentSlashBps: 20000
        });
    }

    function _params() internal view returns (DatasetParams memory) {
        return DatasetParams(owner, detector, 10, keccak256("metadata"), bytes32(0), policy);
    }

    function _fund(address account, uint256 value) internal {
        vm.deal(account, account.balance + value);
    }

    function _deposit(address account, uint64 amount) internal {
        _fund(address(this), uint256(amount) * 1 gwei);
        sebrus.deposit{value: uint256(amount) * 1 gwei}(account);
    }

    function _stake(address account, uint64 amount) internal {
        vm.prank(account);
        sebrus.stake(account, amount, 0, NONE);
    }

    function _unstake(address account, uint64 amount) internal {
        vm.prank(account);
        sebrus.unstake(account, amount, 0, NONE);
    }

    function _createDataset(DatasetParams memory params, uint64 bounty) internal returns (bytes32) {
        _fund(params.owner, uint256(bounty) * 1 gwei);
        vm.prank(params.owner);
        return sebrus.createDataset{value: uint256(bounty) * 1 gwei}(params);
    }

    // ------------------------------------------------------------------ signatures

    function _domainSeparator(address target) internal view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("SeBRUS"),
                keccak256("1"),
                block.chainid,
                target
            )
        );
    }

    function _digest(bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked("\x19\x01", _domainSeparator(address(sebrus)), structHash));
    }

    function _sign(uint256 key, bytes32 structHash) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _digest(structHash));
        return abi.encodePacked(r, s, v);
    }

    function _signMove(bytes32 typeHash, uint256 key, uint64 amount, uint256 nonce, uint256 deadline)
        internal
        view
        returns (bytes memory)
    {
        return _sign(key, keccak256(abi.encode(typeHash, vm.addr(key), amount, nonce, deadline)));
    }

    function _signSubmit(uint256 signer, BatchKey memory key, uint256 deadline) internal view returns (bytes memory) {
        return _sign(
            signer,
            keccak256(abi.encode(SUBMIT_TYPE, key.datasetId, key.contributor, key.root, key.itemCount, deadline))
        );
    }

    function _signCommit(Case memory c, uint256 seat, bytes32 commitment, uint256 deadline)
        internal
        view
        returns (bytes memory)
    {
        return _sign(keyOf(c.panel[seat]), _commitHash(c, commitment, deadline));
    }

    function _commitHash(Case memory c, bytes32 commitment, uint256 deadline) internal pure returns (bytes32) {
        bytes32 panelHash = keccak256(abi.encodePacked(c.panel));
        return keccak256(abi.encode(COMMIT_TYPE, c.id, c.round, panelHash, commitment, deadline));
    }

    // ------------------------------------------------------------------ the life of a batch

    function _case(uint16 items) internal view returns (Case memory c) {
        return _caseWith(items, keccak256(abi.encode("root", items)));
    }

    function _caseWith(uint16 items, bytes32 root) internal view returns (Case memory c) {
        c.key = BatchKey(datasetId, contributor, root, items);
        c.id = keccak256(abi.encode(c.key));
    }

    function _submit(Case memory c) internal {
        vm.prank(c.key.contributor);
        sebrus.submit(c.key, 0, NONE);
    }

    function _zeros(uint256 items) internal pure returns (uint256[] memory) {
        return new uint256[]((items + 255) / 256);
    }

    function _ones(uint256 items) internal pure returns (uint256[] memory words) {
        words = _zeros(items);
        for (uint256 i; i < items; ++i) {
            words[i / 256] |= uint256(1) << (i % 256);
        }
    }

    function _random(uint256 items, uint256 seed) internal pure returns (uint256[] memory words) {
        words = _ones(items);
        for (uint256 i; i < words.length; ++i) {
            words[i] &= uint256(keccak256(abi.encode(seed, i)));
        }
    }

    function _screeningCommitment(Case memory c) internal view returns (bytes32) {
        ScreeningOpening memory s = c.screening;
        bytes32 flagsHash = keccak256(abi.encodePacked(s.flags));
        return _digest(keccak256(abi.encode(SCREENING_TYPE, c.id, s.modelHash, s.scoresRoot, flagsHash, s.salt)));
    }

    function _screen(Case memory c, uint256[] memory flags) internal {
        c.screening = ScreeningOpening(true, keccak256("model"), keccak256("scores"), keccak256("salt"), flags);
        bytes32 commitment = _screeningCommitment(c);
        vm.prank(detector);
        sebrus.commitScreening(c.key, commitment);
    }

    function _skipScreening(Case memory c) internal {
        vm.warp(block.timestamp + policy.screeningWindow + 1);
        sebrus.skipScreening(c.key);
    }

    /// The entropy block of a batch whose draw is pending, read from its state slot.
    function _entropyBlock(Case memory c) internal view returns (uint256) {
        return uint48(_state(c.id) >> 88);
    }

    /// Slot of `_batches`: see `forge inspect Sebrus storageLayout`, checked by `Views.t.sol`.
    uint256 internal constant BATCHES_SLOT = 10929;

    function _state(bytes32 id) internal view returns (uint256) {
        return uint256(vm.load(address(sebrus), keccak256(abi.encode(id, BATCHES_SLOT))));
    }

    function _draw(Case memory c) internal {
        vm.roll(_entropyBlock(c) + 1);
        vm.getRecordedLogs();
        sebrus.draw(c.key);
        _readPanel(c);
    }

    function _readPanel(Case memory c) internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] != ISebrus.Drawn.selector) continue;
            (c.round, c.panel) = abi.decode(logs[i].data, (uint8, address[]));
            c.ballots = new Ballot[](0);
            c.openings = new Opening[](0);
            c.revealed = new RevealedVerdicts[](0);
            return;
        }
    }

    function _start(uint16 items) internal returns (Case memory c) {
        c = _case(items);
        _begin(c);
    }

    /// Submitted, screened without flags, drawn.
    function _begin(Case memory c) internal {
        _submit(c);
        _screen(c, _zeros(c.key.itemCount));
        _draw(c);
    }

    function _opening(Case memory c, uint256 seat, uint256[] memory verdicts) internal pure returns (Opening memory) {
        return Opening(uint8(seat), keccak256(abi.encode("salt", c.id, c.round, seat)), verdicts);
    }

    function _commitmentOf(Case memory c, Opening memory opening) internal view returns (bytes32) {
        return sebrus.ballotDigest(
            c.id,
            c.round,
            keccak256(abi.encodePacked(c.panel)),
            keccak256(abi.encode(policy)),
            c.panel[opening.seat],
            keccak256(abi.encodePacked(opening.verdicts)),
            opening.salt
        );
    }

    function _vote(Case memory c, uint256 seat, uint256[] memory verdicts) internal view returns (Vote memory) {
        return Vote(uint8(seat), _commitmentOf(c, _opening(c, seat, verdicts)), 0, NONE);
    }

    function _one(Vote memory vote) internal pure returns (Vote[] memory votes) {
        votes = new Vote[](1);
        votes[0] = vote;
    }

    function _one(Opening memory opening) internal pure returns (Opening[] memory openings) {
        openings = new Opening[](1);
        openings[0] = opening;
    }

    /// The reviewer of a seat commits to verdicts, sending it directly; the case remembers ballot and opening.
    function _commit(Case memory c, uint256 seat, uint256[] memory verdicts) internal {
        Vote memory vote = _vote(c, seat, verdicts);
        vm.prank(c.panel[seat]);
        sebrus.commit(c.key, c.panel, _one(vote));
        _remember(c, vote, _opening(c, seat, verdicts));
    }

    function _remember(Case memory c, Vote memory vote, Opening memory opening) internal pure {
        Ballot[] memory ballots = new Ballot[](c.ballots.length + 1);
        Opening[] memory openings = new Opening[](c.openings.length + 1);
        for (uint256 i; i < c.ballots.length; ++i) {
            ballots[i] = c.ballots[i];
            openings[i] = c.openings[i];
        }
        ballots[c.ballots.length] = Ballot(vote.seat, vote.commitment);
        openings[c.openings.length] = opening;
        c.ballots = ballots;
        c.openings = openings;
    }

    function _commitAll(Case memory c, uint256[] memory verdicts) internal {
        for (uint256 seat; seat < c.panel.length; ++seat) {
            _commit(c, seat, verdicts);
        }
    }

    function _reveal(Case memory c, Opening memory opening) internal {
        sebrus.reveal(c.key, c.panel, c.ballots, _one(opening));
        _rememberRevealed(c, opening);
    }

    function _rememberRevealed(Case memory c, Opening memory opening) internal pure {
        RevealedVerdicts[] memory revealed = new RevealedVerdicts[](c.revealed.length + 1);
        for (uint256 i; i < c.revealed.length; ++i) {
            revealed[i] = c.revealed[i];
        }
        revealed[c.revealed.length] = RevealedVerdicts(opening.seat, opening.verdicts);
        c.revealed = revealed;
    }

    function _revealAll(Case memory c) internal {
        for (uint256 i; i < c.openings.length; ++i) {
            _reveal(c, c.openings[i]);
        }
    }

    function _settle(Case memory c) internal {
        sebrus.settle(c.key, c.panel, c.revealed, c.screening);
    }

    function _expect(bytes4 selector) internal {
        vm.expectRevert(selector);
    }

    function _expect(bytes memory data) internal {
        vm.expectRevert(data);
    }

    function _phase(Case memory c) internal view returns (uint256) {
        return uint256(sebrus.phaseOf(c.id));
    }

    function _free(address account) internal view returns (uint64) {
        return sebrus.accountOf(account).free;
    }

    function _staked(address account) internal view returns (uint64) {
        return sebrus.accountOf(account).stake;
    }
}
