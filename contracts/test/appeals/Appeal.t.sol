// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ContractWallet} from "../base/Actors.sol";
import "../base/Scenario.sol";

/// @notice Bringing an appeal, and starting its round.
contract AppealTest is Scenario {
    uint64 private constant BOND = 11 * 300;

    function _reviewers() internal pure override returns (uint256) {
        return 48;
    }

    function setUp() public override {
        super.setUp();
        _deposit(stranger, 1e6);
        _deposit(relayer, 1e6);
    }

    function test_appeal_putsUpTheBond() public {
        Case memory c = _decided(300, 4);
        uint256[] memory items = _itemsOf(300, 0);
        _set(items, 299);
        _event();
        emit ISebrusEvents.Appealed(c.id, stranger, items, 2 * BOND);
        _appeal(c, stranger, items);
        _sealHolds(c);
        eq(_free(stranger), 1e6 - 2 * BOND, "bond");
        eq(c.record.status.items(), 2, "under appeal");
        _appeal(c, relayer, _itemsOf(300, 1));
        _sealHolds(c);
        eq(c.record.status.items(), 3, "under appeal");
        eq(_free(relayer), 1e6 - BOND, "bond");
    }

    function test_appeal_refusesWhoCannotPayTheBond() public {
        Case memory c = _decided(10, 4);
        vm.prank(stranger);
        sebrus.withdraw(stranger, uint64(1e6 - BOND + 1), 0, NONE);
        bytes memory reason = abi.encodeWithSelector(ISebrusEvents.InsufficientBalance.selector, BOND - 1, BOND);
        _refused(stranger, _appealCall(c, Appeal(stranger, _itemsOf(10, 0))), reason);
        _deposit(stranger, 1);
        _appeal(c, stranger, _itemsOf(10, 0));
    }

    function test_appeal_refusesNoItemsAndItemsUnderAppeal() public {
        Case memory c = _decided(300, 4);
        _refused(stranger, _appealCall(c, Appeal(stranger, _zeros(300))), ISebrusEvents.InvalidAppeal.selector);
        _appeal(c, stranger, _itemsOf(300, 256));
        uint256[] memory items = _itemsOf(300, 0);
        _set(items, 256);
        _refused(relayer, _appealCall(c, Appeal(relayer, items)), ISebrusEvents.InvalidAppeal.selector);
        _refused(relayer, _appealCall(c, Appeal(relayer, _zeros(300))), ISebrusEvents.InvalidAppeal.selector);
        _appeal(c, relayer, _itemsOf(300, 0));
    }

    function test_appeal_refusesBitmapsOfAnotherShape() public {
        Case memory c = _decided(10, 4);
        _refused(stranger, _appealCall(c, Appeal(stranger, _zeros(300))), ISebrusEvents.InvalidBitmap.selector);
        _refused(stranger, _appealCall(c, Appeal(stranger, _itemsOf(11, 10))), ISebrusEvents.InvalidBitmap.selector);
    }

    function test_appeal_bringsWhatIsUnderAppealSoFar() public {
        Case memory c = _decided(10, 4);
        c.question = _itemsOf(10, 3);
        Appeal memory a = Appeal(stranger, _itemsOf(10, 0));
        _refused(stranger, _appealCall(c, a), ISebrusEvents.WrongQuestion.selector);
        c.question = new uint256[](0);
        _appeal(c, stranger, a.items);
        uint256[] memory so = c.question;
        c.question = new uint256[](0); // to name item 0 again
        _refused(stranger, _appealCall(c, a), ISebrusEvents.WrongQuestion.selector);
        c.question = so;
        _appeal(c, relayer, _itemsOf(10, 1));
    }

    function test_appeal_untilTheHoldEnds() public {
        Case memory c = _decided(10, 4);
        Appeal memory a = Appeal(stranger, _itemsOf(10, 0));
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _refused(stranger, _appealCall(c, a), ISebrusEvents.TooLate.selector);
        vm.warp(c.record.status.deadline());
        _appeal(c, stranger, a.items);
    }

    function test_appeal_onlyOfADecision() public {
        Case memory c = _start(10);
        Appeal memory a = Appeal(stranger, _itemsOf(10, 0));
        _refused(stranger, _appealCall(c, a), _wrongPhase(Phase.Voting));
        _refused(stranger, _startCall(c), _wrongPhase(Phase.Voting));
        _commitAll(c, _ones(10));
        _conclude(c);
        c.record.decision = 0;
        _refused(stranger, _appealCall(c, a), ISebrusEvents.WrongRecord.selector);
    }

    function test_appeal_withoutAHoldThereIsNone() public {
        policy.holdWindow = 0;
        datasetId = _createDataset(_params(), 1e9);
        Case memory c = _start(10);
        _commitAll(c, _ones(10));
        _event();
        emit ISebrusEvents.Held(c.id, 0);
        _conclude(c);
        _refused(stranger, _appealCall(c, Appeal(stranger, _itemsOf(10, 0))), ISebrusEvents.NoFurtherRound.selector);
        _allowed(stranger, _finalizeCall(c)); // in the same block
    }

    function _signed(Case memory c, Appeal memory a, uint256 key, uint256 deadline)
        private
        view
        returns (bytes memory)
    {
        bytes32 itemsHash = keccak256(abi.encodePacked(a.items));
        return
            _sign(
                key, keccak256(abi.encode(APPEAL_TYPE, c.id, c.record.status.round(), a.appellant, itemsHash, deadline))
            );
    }

    function _relayed(Case memory c, Appeal memory a, uint256 deadline, bytes memory signature)
        private
        view
        returns (bytes memory)
    {
        return abi.encodeCall(sebrus.appeal, (c.key, c.record, c.question, a, deadline, signature));
    }

    function test_appeal_relayed() public {
        Case memory c = _decided(10, 4);
        Appeal memory a = Appeal(contributor, _itemsOf(10, 0));
        bytes memory signature = _signed(c, a, CONTRIBUTOR_KEY, FAR);
        uint64 before = _free(contributor);
        bytes4 reason = ISebrusEvents.InvalidSignature.selector;
        _refused(relayer, _relayed(c, Appeal(relayer, a.items), FAR, signature), reason);
        _refused(relayer, _relayed(c, Appeal(contributor, _itemsOf(10, 1)), FAR, signature), reason);
        _refused(relayer, _relayed(c, a, FAR - 1, signature), reason);
        _refused(relayer, _relayed(c, a, FAR, NONE), reason);
        _allowed(relayer, _relayed(c, a, FAR, signature));
        eq(_free(contributor), before - BOND, "the appellant's bond");
        _appealed(c, a);
        _refused(relayer, _relayed(c, a, FAR, signature), ISebrusEvents.InvalidAppeal.selector); // not twice
    }

    function test_appeal_signedIsGoodForOneRoundAndUntilItsDeadline() public {
        Case memory c = _decided(10, 4);
        Appeal memory a = Appeal(contributor, _itemsOf(10, 0));
        uint256 deadline = block.timestamp + 7;
        bytes memory signature = _signed(c, a, CONTRIBUTOR_KEY, deadline);
        vm.warp(deadline + 1);
        _refused(relayer, _relayed(c, a, deadline, signature), ISebrusEvents.SignatureExpired.selector);
        signature = _signed(c, a, CONTRIBUTOR_KEY, FAR);
        _allowed(relayer, _relayed(c, a, FAR, signature));
        _appealed(c, a);
        _startAppeal(c);
        _round(c, _zeros(1));
        eq(c.record.status.round(), 1, "decided again");
        _refused(relayer, _relayed(c, a, FAR, signature), ISebrusEvents.InvalidSignature.selector);
    }

    function test_appeal_contractWallet() public {
        ContractWallet wallet = new ContractWallet();
        _deposit(address(wallet), 1e6);
        Case memory c = _decided(10, 4);
        Appeal memory a = Appeal(address(wallet), _itemsOf(10, 0));
        bytes32 itemsHash = keccak256(abi.encodePacked(a.items));
        wallet.approve(_digest(keccak256(abi.encode(APPEAL_TYPE, c.id, uint8(0), address(wallet), itemsHash, FAR))));
        _allowed(relayer, _relayed(c, a, FAR, hex"01"));
        eq(_free(address(wallet)), 1e6 - BOND, "bond");
    }

    function test_startAppeal_onlyAfterTheHoldAndWithAppeals() public {
        Case memory c = _decided(10, 4);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _refused(stranger, _startCall(c), ISebrusEvents.InvalidAppeal.selector);
        c = _caseWith(10, keccak256("second"));
        _begin(c);
        _commitAll(c, _allBut(10, 4));
        _conclude(c);
        _appeal(c, stranger, _itemsOf(10, 2));
        vm.warp(c.record.status.deadline());
        _refused(relayer, _startCall(c), ISebrusEvents.TooEarly.selector);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _refused(relayer, _finalizeCall(c), ISebrusEvents.AppealsOpen.selector);
        uint256[] memory items = c.question;
        c.question = _itemsOf(10, 3);
        _refused(relayer, _startCall(c), ISebrusEvents.WrongQuestion.selector);
        c.question = items;
        uint64 bounty = sebrus.bountyOf(datasetId);
        _event();
        emit ISebrusEvents.Escalated(c.id, 1, 1, items, 0, uint40(block.timestamp + policy.screeningWindow));
        _startAppeal(c);
        _sealHolds(c);
        eq(sebrus.bountyOf(datasetId), bounty, "paid by the bond");
        eq(_phase(c), uint256(Phase.Screening), "phase");
    }

    /// Nothing decided and too poor to ask again: an appeal then names every item, or the rest would be nobody's word.
    function test_appeal_whereNothingIsDecidedNamesEverything() public {
        DatasetParams memory params = _params();
        params.salt = keccak256("poor");
        Case memory c = _case(10);
        c.key.datasetId = _createDataset(params, 10 * (5000 + 5 * 300));
        c.id = sebrus.batchIdOf(c.key);
        _begin(c);
        vm.warp(uint256(c.record.status.deadline()) + 1);
        _conclude(c); // nobody came
        eq(_phase(c), uint256(Phase.Decided), "held");
        eq(c.record.decision, bytes32(0), "undecided");
        _refused(stranger, _appealCall(c, Appeal(stranger, _allBut(10, 1))), ISebrusEvents.InvalidAppeal.selector);
        _appeal(c, stranger, _ones(10));
        _startAppeal(c);
        _screen(c, _zeros(10)); // flags of the first round to decide
        _draw(c);
        _commitAll(c, _allBut(10, 2));
        _event();
        emit ISebrusEvents.ScreeningOpened(c.id, 1, c.screening);
        _event();
        emit ISebrusEvents.AppealSettled(c.id, stranger, 0, 0); // the bounty is empty
        _conclude(c);
        _sealHolds(c);
        eq(c.decision.accepted, _allBut(10, 2), "decided");
        _finalize(c);
        eq(_phase(c), uint256(Phase.Settled), "settled");
    }
}
