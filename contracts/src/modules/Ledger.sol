// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Account, ISebrus} from "../interfaces/ISebrus.sol";
import {AccountWord} from "../types/AccountWord.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @notice Accounts, ether in and out, and who may act for whom.
abstract contract Ledger is ISebrus, EIP712("SeBRUS", "1") {
    bytes32 private constant WITHDRAW_TYPE =
        keccak256("Withdraw(address account,uint64 amount,uint256 nonce,uint256 deadline)");

    mapping(address => AccountWord) internal _accounts;

    /// @inheritdoc ISebrus
    function deposit(address account) external payable {
        if (account == address(0)) revert ZeroAddress();
        uint64 amount = _received();
        if (amount == 0) revert ZeroAmount();
        _credit(account, amount);
        emit Deposited(account, msg.sender, amount);
    }

    /// @inheritdoc ISebrus
    function withdraw(address account, uint64 amount, uint256 deadline, bytes calldata signature) external {
        AccountWord word = _authoriseMove(WITHDRAW_TYPE, account, amount, deadline, signature);
        _accounts[account] = _spend(word, amount);
        emit Withdrawn(account, amount);
        // The only call that sends ether, and the last thing done: a receiver that calls back meets the new balance.
        (bool sent,) = account.call{value: uint256(amount) * 1 gwei}("");
        if (!sent) revert TransferFailed();
    }

    /// @inheritdoc ISebrus
    function accountOf(address account) external view returns (Account memory) {
        return _accounts[account].unpack();
    }

    /// @dev The value sent, in gwei. All money together stays below 2**56 gwei, so no sum of parts can overflow.
    function _received() internal view returns (uint64) {
        if (msg.value % 1 gwei != 0) revert NotWholeGwei();
        if (address(this).balance / 1 gwei > type(uint56).max) revert AmountTooLarge();
        return uint64(msg.value / 1 gwei);
    }

    function _credit(address account, uint64 amount) internal {
        AccountWord word = _accounts[account];
        _accounts[account] = word.withFree(word.free() + amount);
    }

    function _spend(AccountWord word, uint64 amount) internal pure returns (AccountWord) {
        uint64 free = word.free();
        if (free < amount) revert InsufficientBalance(free, amount);
        return word.withFree(free - amount);
    }

    /// @dev Lets through the account itself (empty signature) or whoever brings its signature before the deadline.
    function _authorise(address account, bytes32 structHash, uint256 deadline, bytes calldata signature) internal view {
        if (signature.length == 0) {
            if (msg.sender != account) revert InvalidSignature();
            return;
        }
        if (block.timestamp > deadline) revert SignatureExpired();
        bytes32 digest = _hashTypedDataV4(structHash);
        if (!SignatureChecker.isValidSignatureNowCalldata(account, digest, signature)) revert InvalidSignature();
    }

    /// @dev Authorises a signed movement of money and uses up its nonce; returns the word for the caller to store.
    function _authoriseMove(
        bytes32 typeHash,
        address account,
        uint64 amount,
        uint256 deadline,
        bytes calldata signature
    ) internal view returns (AccountWord word) {
        if (amount == 0) revert ZeroAmount();
        word = _accounts[account];
        bytes32 structHash = keccak256(abi.encode(typeHash, account, amount, uint256(word.nonce()), deadline));
        _authorise(account, structHash, deadline, signature);
        if (signature.length != 0) word = word.withNonce(word.nonce() + 1);
    }
}
