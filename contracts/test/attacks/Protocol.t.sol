// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Naive} from "../base/Naive.sol";
import "../base/Scenario.sol";

/// @notice Attacks on the steps themselves: who sends what, when, and what is withheld.
contract ProtocolAttacks is Scenario {
    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    /// Nothing that is on chain before the reveals says how anybody voted: two opposite votes leave words that differ only
    /// by a hash under a secret salt, and no opening is taken while somebody can still commit.
    function test_attack_publicEarlyVotes() public {
        Case memory c = _start(10);
        vm.getRecordedLogs();
        _commit(c, 0, _ones(10));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        eq(logs.length, 1, "one event");
        (,, bytes32[] memory commitments) = abi.decode(logs[0].data, (uint8, uint256, bytes32[]));
        for (uint256 guess; guess < 1024; ++guess) {
            // all verdicts there are on ten items, under the salts an onlooker can think of
            uint256[] memory verdicts = _zeros(10);
            verdicts[0] = guess;
            OpenedBallot memory opening = OpenedBallot(0, bytes32(0), verdicts);
            if (_commitmentOf(c, opening) == commitments[0]) revert NotTrue("a vote was read");
        }
        _refused(c.panel[0], _revealCall(c, c.ballots), ISebrusEvents.TooEarly.selector);
    }

    /// Whoever would reveal last gains nothing by not doing so: the others' verdicts are fixed, silence is slashed, and
    /// the entropy was never in a revealer's hands.
    function test_attack_lastRevealer() public {
        Case memory c = _start(10);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, seat == 4 ? _zeros(10) : _ones(10));
        }
        _reveal(c, 15);
        vm.warp(uint256(c.record.status.revealDeadline()) + 1);
        c.ballots = _openedOf(c, 15);
        _conclude(c);
        eq(c.decision.accepted, _ones(10), "the same decision");
        uint64 stake = _staked(c.panel[4]);
        _finalize(c);
        eq(_staked(c.panel[4]), stake - 200_000, "for 40 % of the seat stake");
    }

    /// Nor does whoever could publish the entropy block choose a panel by withholding the draw: who asks again is given
    /// another block that nobody knows yet, and only once the first is out of everybody's reach.
    function test_attack_lastRevealerOfTheEntropy() public {
        Case memory c = _case(10);
        _submit(c);
        _screen(c, _zeros(10));
        vm.roll(c.record.status.entropyBlock() + 1);
        _refused(detector, _requestCall(c), ISebrusEvents.EntropyPending.selector);
        _draw(c); // anybody makes the draw that is unwelcome
        eq(c.panel.length, 5, "drawn");
    }

    /// A stake split over many accounts weighs what it weighed in one, and no more seats come of it than of its share.
    function test_attack_sybilSplit() public pure {
        uint256 whole = Naive.weight(16 * MIN_STAKE, MIN_STAKE, 0, 0);
        uint256 parts;
        for (uint256 i; i < 16; ++i) {
            parts += Naive.weight(MIN_STAKE, MIN_STAKE, 0, 0);
        }
        eq(parts, whole, "neutral in weight");
        eq(Naive.weight(MIN_STAKE - 1, MIN_STAKE, 0, 0), 0, "and below the least stake nothing");
        // a proven account weighs twice as much: leaving it for new ones halves the weight
        eq(Naive.weight(16 * MIN_STAKE, MIN_STAKE, 16, 16), 2 * whole, "a record is worth keeping");
    }

    /// A seat held by an abandoned batch can always be freed by anybody.
    function test_attack_stuckStake() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        address held = c.panel[0];
        uint64 stake = _staked(held);
        vm.prank(held);
        (bool done,) = address(sebrus).call(abi.encodeCall(sebrus.unstake, (held, stake, 0, NONE)));
        no(done, "held while the seat is open");
        // nobody does anything any more, but one stranger with time
        vm.warp(uint256(c.record.status.revealDeadline()) + policy.revealWindow + 1);
        delete c.screening;
        c.ballots = _openedOf(c, 0);
        _conclude(c);
        while (_phase(c) != uint256(Phase.Decided)) {
            _skipScreening(c);
            _draw(c);
            vm.warp(uint256(c.record.status.deadline()) + 1);
            _conclude(c);
        }
        _finalize(c);
        eq(sebrus.accountOf(held).locked, 0, "free");
        _unstake(held, _staked(held));
        eq(_staked(held), 0, "gone");
    }

    /// The rules are part of the dataset's identity and so of everything signed: under others it is another dataset.
    function test_attack_rulesChangedMidVote() public {
        Case memory c = _start(10);
        bytes32 id = datasetId;
        DatasetParams memory params = _params();
        params.policy.silentSlashBps = 10000;
        params.policy.reviewFee = 0;
        bytes32 other = _createDataset(params, 1e9);
        no(other == id, "another dataset");
        eq(keccak256(abi.encode(sebrus.policyOf(id))), keccak256(abi.encode(policy)), "the rules stay");
        // nor can the batch be moved to it
        Case memory moved = _copy(c);
        moved.key.datasetId = other;
        _refused(stranger, _requestCall(moved), _wrongPhase(Phase.None));
        vm.prank(owner);
        _expect(ISebrusEvents.DatasetExists.selector);
        sebrus.createDataset(_params()); // with the same parameters nothing is replaced
        _commitAll(c, _ones(10));
        _conclude(c);
        uint64 before = _free(c.panel[0]);
        _finalize(c);
        eq(_free(c.panel[0]), before + 10 * 300, "paid by the rules committed under");
    }

    /// A detector that sees the votes coming and does not open: the round is void, its reviewers are paid, the detector is
    /// on record, and a larger panel decides.
    function test_attack_detectorRefusesToOpen() public {
        Case memory c = _startWithGold(10, 6);
        uint256[] memory verdicts = _ones(16);
        verdicts[0] &= ~c.screening.gold[0] | c.screening.answers[0];
        _commitAll(c, verdicts);
        _reveal(c, 31);
        vm.warp(uint256(c.record.status.revealDeadline()) + policy.revealWindow + 1);
        delete c.screening;
        _conclude(c);
        address[] memory first = c.panel;
        uint64 before = _free(first[0]);
        _skipScreening(c);
        _draw(c);
        _commitAll(c, _ones(10));
        _conclude(c);
        _finalize(c);
        eq(_free(first[0]), before + 10 * 300, "nothing is known of what they saw: they are paid in full");
        eq(_staked(first[0]) % MIN_STAKE, 0, "and not slashed");
        eq(sebrus.detectorRecordOf(datasetId).unopened, 1, "on the detector's record");
    }

    /// A relayer who sends nothing, or half of what it was given, takes nobody's vote away: each can send directly.
    function test_attack_blindedRelayer() public {
        Case memory c = _start(10);
        for (uint256 seat; seat < 5; ++seat) {
            _commit(c, seat, _ones(10)); // each for himself
        }
        // nor can it keep an opening back: anybody who knows it brings it, in any company
        vm.prank(c.panel[3]);
        sebrus.reveal(c.key, c.record, c.panel, Flat.ballots(_openedOf(c, 8)));
        c.record.status = c.record.status.withRevealed(8);
        OpenedBallot[] memory withheld = _openedOf(c, 23);
        Case memory partial_ = _copy(c);
        partial_.ballots = withheld; // a conclusion without the seat that has revealed
        _refused(relayer, _concludeCall(partial_), abi.encodeWithSelector(ISebrusEvents.MissingOpening.selector, 3));
        _allowed(relayer, _concludeCall(c));
    }

    /// Whoever races a reviewer's commitment changes the record under it once for each seat, and no more: five seats are
    /// five commitments, and the last has nobody left to race it.
    function test_attack_frontRunCommit() public {
        Case memory c = _start(10);
        OpenedBallot memory opening = _opened(c, 4, _ones(10));
        Vote memory victim = _vote(c, opening);
        uint256 lost;
        for (uint256 seat; seat < 4; ++seat) {
            Case memory sent = _copy(c);
            _commit(c, seat, _ones(10)); // in front of it
            _refused(c.panel[4], _commitCall(sent, victim), ISebrusEvents.WrongRecord.selector);
            ++lost;
        }
        eq(lost, 4, "one for each other seat");
        // an empty list of votes changes nothing, so it races nobody
        Case memory before = _copy(c);
        _allowed(stranger, abi.encodeCall(sebrus.commit, (c.key, c.record, c.panel, new Vote[](0))));
        _sealHolds(before);
        _allowed(c.panel[4], _commitCall(c, victim));
    }

    /// A reveal cannot race another either: reveals of nothing, or again, leave the record as it is.
    function test_attack_frontRunReveal() public {
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        _allowed(stranger, _revealCall(c, _openedOf(c, 0)));
        _sealHolds(c);
        _reveal(c, 1);
        _allowed(stranger, _revealCall(c, _openedOf(c, 1)));
        _sealHolds(c);
    }

    /// The owner closes the dataset under an appeal that is right: the bond pays the panel, and nothing is left to give it
    /// back from. The decision changes all the same.
    function test_attack_ownerClosesUnderAnAppeal() public {
        Case memory c = _decided(10, 4);
        _deposit(stranger, 1e6);
        _appeal(c, stranger, _itemsOf(10, 0));
        _startAppeal(c);
        vm.prank(owner);
        sebrus.closeDataset(datasetId);
        _screen(c, new uint256[](0));
        _draw(c);
        _commitAll(c, _ones(1));
        _conclude(c);
        eq(c.decision.accepted, _allButOne(), "the appeal is upheld");
        _finalize(c);
        eq(_free(contributor), 1e9 + 7 * 5000 - 3 * 500, "and the contributor paid by it");
    }

    function _allButOne() private pure returns (uint256[] memory accepted) {
        accepted = _allBut(10, 4);
        _set(accepted, 0);
    }

    /// A detector names honest reviewers as linked to keep them out: sixteen a round, publicly, and no more.
    function test_attack_detectorLinksAwayHonestReviewers() public {
        Case memory c = _case(10);
        _submit(c);
        address[] memory links = new address[](16);
        for (uint256 i; i < 16; ++i) {
            links[i] = reviewer(i);
        }
        _committedTo(c, _zeros(10), _zeros(10), _zeros(10));
        bytes32 commitment = _screeningCommitment(c);
        vm.prank(detector);
        sebrus.commitScreening(c.key, c.record, ScreeningCommitment(commitment, c.screening.taskRoot, 10, links));
        _screened(c, commitment, 10);
        c.record.excluded = Digests.fold(0, keccak256(abi.encodePacked(links)));
        c.excluded = new address[][](1);
        c.excluded[0] = links;
        _draw(c);
        eq(c.panel.length, 5, "others sit");
        for (uint256 seat; seat < 5; ++seat) {
            for (uint256 i; i < 16; ++i) {
                no(c.panel[seat] == links[i], "linked");
            }
        }
    }
}
