// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {BurningReceiver, ContractWallet, PaidOutReceiver, RefusingReceiver} from "../base/Actors.sol";
import "../base/Scenario.sol";

/// @notice Standing orders: who left one is paid out by whoever asks.
contract PayOutTest is Scenario {
    bytes32 private constant PAYOUT_TYPE =
        keccak256("Payout(address account,bool payout,uint256 nonce,uint256 deadline)");

    function _list(address first, address second) private pure returns (address[] memory accounts) {
        accounts = new address[](2);
        (accounts[0], accounts[1]) = (first, second);
    }

    function _order(address account) private {
        vm.prank(account);
        sebrus.setPayout(account, true, 0, NONE);
    }

    function _signed(bool payout, uint256 nonce, uint256 deadline) private view returns (bytes memory) {
        return _sign(CONTRIBUTOR_KEY, keccak256(abi.encode(PAYOUT_TYPE, contributor, payout, nonce, deadline)));
    }

    function test_payout_setAndEnded() public {
        _event();
        emit ISebrusEvents.PayoutSet(contributor, true);
        _order(contributor);
        yes(sebrus.accountOf(contributor).payout, "set");
        eq(_free(contributor), 1e9, "money stays");
        eq(sebrus.accountOf(contributor).nonce, 0, "only a signature uses a nonce");
        _event();
        emit ISebrusEvents.PayoutSet(contributor, false);
        vm.prank(contributor);
        sebrus.setPayout(contributor, false, 0, NONE);
        no(sebrus.accountOf(contributor).payout, "ended");
        sebrus.payOut(_list(contributor, contributor));
        eq(contributor.balance, 0, "nothing sent");
    }

    function test_payout_relayedOnceAndUnaltered() public {
        bytes memory signature = _signed(true, 0, FAR);
        _refused(
            relayer,
            abi.encodeCall(sebrus.setPayout, (contributor, false, FAR, signature)),
            ISebrusEvents.InvalidSignature.selector
        );
        _refused(
            relayer,
            abi.encodeCall(sebrus.setPayout, (stranger, true, FAR, signature)),
            ISebrusEvents.InvalidSignature.selector
        );
        bytes memory call_ = abi.encodeCall(sebrus.setPayout, (contributor, true, FAR, signature));
        _allowed(relayer, call_);
        yes(sebrus.accountOf(contributor).payout, "set");
        eq(sebrus.accountOf(contributor).nonce, 1, "nonce used");
        _refused(relayer, call_, ISebrusEvents.InvalidSignature.selector);
        uint256 deadline = block.timestamp + 5;
        signature = _signed(false, 1, deadline);
        vm.warp(deadline + 1);
        _refused(
            relayer,
            abi.encodeCall(sebrus.setPayout, (contributor, false, deadline, signature)),
            ISebrusEvents.SignatureExpired.selector
        );
    }

    function test_payout_sendsTheWholeFreeBalanceAndNothingElse() public {
        _order(contributor);
        _order(reviewer(0));
        uint256[] memory payments = new uint256[](2);
        payments[0] = (uint256(uint160(contributor)) << 64) | 1e9;
        payments[1] = (uint256(uint160(reviewer(0))) << 64) | (9 * MIN_STAKE);
        _event();
        emit ISebrusEvents.PaidOut(payments);
        vm.prank(stranger);
        sebrus.payOut(_list(contributor, reviewer(0)));
        eq(contributor.balance, 1 ether, "ether");
        eq(_free(contributor), 0, "free");
        eq(reviewer(0).balance, 9 * MIN_STAKE * 1 gwei, "free only");
        eq(_staked(reviewer(0)), MIN_STAKE, "the stake stays");
        yes(sebrus.accountOf(contributor).payout, "the order stands");
    }

    function test_payout_withoutAnOrderOrMoneyNothingHappens() public {
        _order(stranger);
        vm.getRecordedLogs();
        sebrus.payOut(_list(contributor, stranger));
        eq(vm.getRecordedLogs().length, 0, "nor is there an event");
        eq(contributor.balance, 0, "no order");
        eq(stranger.balance, 0, "no money");
        sebrus.payOut(new address[](0));
    }

    function test_payout_namedTwiceIsPaidOnce() public {
        _order(contributor);
        sebrus.payOut(_list(contributor, contributor));
        eq(contributor.balance, 1 ether, "once");
    }

    function test_attack_refusingReceiverHoldsUpNobody() public {
        RefusingReceiver receiver = new RefusingReceiver();
        _deposit(address(receiver), 7);
        _order(address(receiver));
        _order(contributor);
        uint256[] memory payments = new uint256[](1);
        payments[0] = (uint256(uint160(contributor)) << 64) | 1e9;
        _event();
        emit ISebrusEvents.PaidOut(payments); // and nothing of who was not paid
        sebrus.payOut(_list(address(receiver), contributor));
        eq(_free(address(receiver)), 7, "keeps its balance");
        eq(contributor.balance, 1 ether, "the next is paid");
    }

    function test_attack_gasBurningReceiverHoldsUpNobody() public {
        BurningReceiver receiver = new BurningReceiver();
        _deposit(address(receiver), 7);
        _order(address(receiver));
        _order(contributor);
        uint256 before = gasleft();
        sebrus.payOut(_list(address(receiver), contributor));
        yes(before - gasleft() < 200_000, "what one receiver can burn is bounded");
        eq(_free(address(receiver)), 7, "keeps its balance");
        eq(contributor.balance, 1 ether, "the next is paid");
    }

    function test_attack_reentrantReceiverIsPaidOutOnce() public {
        PaidOutReceiver receiver = new PaidOutReceiver(sebrus);
        _deposit(address(receiver), 7);
        _order(address(receiver));
        sebrus.payOut(_list(address(receiver), address(receiver)));
        yes(receiver.calls() > 0, "it tried");
        eq(address(receiver).balance, 7 gwei, "paid once");
        eq(_free(address(receiver)), 0, "nothing left");
    }

    /// A payment to a wallet that takes ether with code of its own.
    function test_payout_contractWallet() public {
        ContractWallet wallet = new ContractWallet();
        _deposit(address(wallet), 7);
        _order(address(wallet));
        sebrus.payOut(_list(address(wallet), stranger));
        eq(address(wallet).balance, 7 gwei, "ether");
    }
}
