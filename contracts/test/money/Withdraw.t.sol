// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ContractWallet, ReentrantReceiver, RefusingReceiver} from "../base/Actors.sol";
import "../base/Scenario.sol";

contract WithdrawTest is Scenario {
    function test_withdraw_sendsToTheAccountItself() public {
        _event();
        emit ISebrusEvents.Withdrawn(contributor, 40);
        vm.prank(contributor);
        sebrus.withdraw(contributor, 40, 0, NONE);
        eq(contributor.balance, 40 gwei, "ether");
        eq(_free(contributor), 1e9 - 40, "free");
        eq(sebrus.accountOf(contributor).nonce, 0, "only signed movements use a nonce");
    }

    function test_withdraw_relayedStillPaysTheAccount() public {
        bytes memory signature = _signMove(WITHDRAW_TYPE, CONTRIBUTOR_KEY, 40, 0, FAR);
        vm.prank(relayer);
        sebrus.withdraw(contributor, 40, FAR, signature);
        eq(contributor.balance, 40 gwei, "ether");
        eq(sebrus.accountOf(contributor).nonce, 1, "nonce used");
    }

    function test_withdraw_refusesZeroAndTooMuch() public {
        vm.prank(contributor);
        _expect(ISebrusEvents.ZeroAmount.selector);
        sebrus.withdraw(contributor, 0, 0, NONE);
        vm.prank(contributor);
        _expect(abi.encodeWithSelector(ISebrusEvents.InsufficientBalance.selector, 1e9, 1e9 + 1));
        sebrus.withdraw(contributor, 1e9 + 1, 0, NONE);
    }

    function test_withdraw_stakedMoneyIsNotFree() public {
        vm.prank(reviewer(0));
        _expect(abi.encodeWithSelector(ISebrusEvents.InsufficientBalance.selector, 9 * MIN_STAKE, 10 * MIN_STAKE));
        sebrus.withdraw(reviewer(0), 10 * MIN_STAKE, 0, NONE);
    }

    function test_withdraw_aRefusingReceiverKeepsItsBalance() public {
        RefusingReceiver receiver = new RefusingReceiver();
        _deposit(address(receiver), 5);
        _expect(ISebrusEvents.TransferFailed.selector);
        receiver.withdraw(sebrus, 5);
        eq(_free(address(receiver)), 5, "free");
    }

    function test_attack_reentrantReceiverIsPaidOnce() public {
        ReentrantReceiver hostile = new ReentrantReceiver(sebrus);
        _deposit(address(hostile), 10);
        hostile.attack(10);
        eq(address(hostile).balance, 10 gwei, "paid once");
        no(hostile.stolen(), "a second withdrawal went through");
    }

    function test_attack_replayedWithdrawal() public {
        bytes memory signature = _signMove(WITHDRAW_TYPE, CONTRIBUTOR_KEY, 40, 0, FAR);
        sebrus.withdraw(contributor, 40, FAR, signature);
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.withdraw(contributor, 40, FAR, signature);
    }

    function test_attack_relayerChangesTheAmountTheAccountOrTheDeadline() public {
        bytes memory signature = _signMove(WITHDRAW_TYPE, CONTRIBUTOR_KEY, 40, 0, 2_000_000_000);
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.withdraw(contributor, 41, 2_000_000_000, signature);
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.withdraw(reviewer(0), 40, 2_000_000_000, signature);
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.withdraw(contributor, 40, FAR, signature);
        vm.warp(2_000_000_001);
        _expect(ISebrusEvents.SignatureExpired.selector);
        sebrus.withdraw(contributor, 40, 2_000_000_000, signature);
    }

    function test_attack_strangerWithoutSignature() public {
        vm.prank(stranger);
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.withdraw(contributor, 40, FAR, NONE);
    }

    function test_attack_signatureForAnotherMovement() public {
        bytes memory signature = _signMove(STAKE_TYPE, CONTRIBUTOR_KEY, MIN_STAKE, 0, FAR);
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.withdraw(contributor, MIN_STAKE, FAR, signature);
    }

    function test_attack_signatureForAnotherChainOrContract() public {
        bytes memory signature = _signMove(WITHDRAW_TYPE, CONTRIBUTOR_KEY, 40, 0, FAR);
        ISebrusFull other = _deploy();
        _fund(address(this), 1 ether);
        other.deposit{value: 40 gwei}(contributor);
        _expect(ISebrusEvents.InvalidSignature.selector);
        other.withdraw(contributor, 40, FAR, signature);
        vm.chainId(1);
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.withdraw(contributor, 40, FAR, signature);
    }

    function test_attack_malleableAndMalformedSignatures() public {
        bytes32 structHash = keccak256(abi.encode(WITHDRAW_TYPE, contributor, uint64(40), uint256(0), FAR));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(CONTRIBUTOR_KEY, _digest(structHash));
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.withdraw(contributor, 40, FAR, abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? 28 : 27));
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.withdraw(contributor, 40, FAR, abi.encodePacked(r, s));
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.withdraw(contributor, 40, FAR, abi.encodePacked(r, s, v, v));
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.withdraw(contributor, 40, FAR, abi.encodePacked(r, s, uint8(0)));
    }

    function test_attack_zeroAddressSignsNothing() public {
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.withdraw(address(0), 1, FAR, abi.encodePacked(bytes32(uint256(1)), bytes32(uint256(1)), uint8(27)));
    }

    function test_withdraw_contractWalletSignsByErc1271() public {
        ContractWallet wallet = new ContractWallet();
        _deposit(address(wallet), 40);
        bytes32 structHash = keccak256(abi.encode(WITHDRAW_TYPE, address(wallet), uint64(40), uint256(0), FAR));
        _expect(ISebrusEvents.InvalidSignature.selector);
        sebrus.withdraw(address(wallet), 40, FAR, hex"01");
        wallet.approve(_digest(structHash));
        sebrus.withdraw(address(wallet), 40, FAR, hex"01");
        eq(address(wallet).balance, 40 gwei, "ether");
    }
}
