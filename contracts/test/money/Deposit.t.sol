// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

contract DepositTest is Scenario {
    function test_deposit_creditsWhomeverThePayerNames() public {
        _fund(relayer, 1 ether);
        _event();
        emit ISebrusEvents.Deposited(stranger, relayer, 3);
        vm.prank(relayer);
        sebrus.deposit{value: 3 gwei}(stranger);
        eq(_free(stranger), 3, "free");
        eq(_free(relayer), 0, "the payer gets nothing");
    }

    function test_deposit_refusesZeroAndFractionsOfAGwei() public {
        _fund(address(this), 1 ether);
        _expect(ISebrusEvents.ZeroAmount.selector);
        sebrus.deposit(stranger);
        _expect(ISebrusEvents.NotWholeGwei.selector);
        sebrus.deposit{value: 1 gwei + 1}(stranger);
    }

    function test_deposit_refusesTheZeroAddress() public {
        _fund(address(this), 1 ether);
        _expect(ISebrusEvents.ZeroAddress.selector);
        sebrus.deposit{value: 1 gwei}(address(0));
    }

    function test_deposit_refusesMoreThanTheContractCanCount() public {
        uint256 rest = (uint256((1 << 52) - 1) + 1) * 1 gwei - address(sebrus).balance;
        _fund(address(this), rest);
        _expect(ISebrusEvents.AmountTooLarge.selector);
        sebrus.deposit{value: rest}(stranger);
        sebrus.deposit{value: rest - 1 gwei}(stranger);
    }

    function test_attack_forcedEtherBlocksDepositsButNoWithdrawal() public {
        vm.deal(address(sebrus), (uint256((1 << 52) - 1) + 1) * 1 gwei);
        vm.prank(contributor);
        sebrus.withdraw(contributor, 1e9, 0, NONE);
        eq(contributor.balance, 1 ether, "withdrawn");
    }

    function test_deposit_plainEtherIsRefused() public {
        _fund(address(this), 1 ether);
        (bool sent,) = address(sebrus).call{value: 1 gwei}("");
        no(sent, "ether without a call is taken");
    }

    /// The largest sums that can be: nothing spills into a neighbouring field.
    function test_deposit_allTheMoneyThereCanBe() public {
        uint64 rest = uint64((uint256(1) << 52) - 1 - address(sebrus).balance / 1 gwei);
        _deposit(stranger, rest);
        eq(_free(stranger), rest, "free");
        vm.prank(stranger);
        sebrus.withdraw(stranger, rest, 0, NONE);
        eq(stranger.balance, uint256(rest) * 1 gwei, "and out again");
        Account memory account = sebrus.accountOf(stranger);
        eq(account.stake + account.locked + account.index + account.nonce, 0, "neighbours");
    }

    function test_attack_multicallCannotSpendOneValueTwice() public {
        _fund(address(this), 1 ether);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(sebrus.deposit, (stranger));
        calls[1] = calls[0];
        (bool sent,) = address(sebrus).call{value: 1 gwei}(abi.encodeCall(sebrus.multicall, (calls)));
        no(sent, "multicall takes value");
    }
}
