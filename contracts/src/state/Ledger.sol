// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusEvents} from "../interfaces/ISebrusEvents.sol";
import {AccountWord} from "../types/AccountWord.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @notice Accounts, and who may act for whom.
abstract contract Ledger is ISebrusEvents, EIP712("SeBRUS", "1") {
    mapping(address => AccountWord) internal _accounts;

    /// @dev The value sent, in gwei. All money together stays below 2**52 gwei, so no sum of parts can overflow.
    function _received() internal view returns (uint64) {
        if (msg.value % 1 gwei != 0) revert NotWholeGwei();
        if (address(this).balance / 1 gwei > (1 << 52) - 1) revert AmountTooLarge();
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
        // A key first: to ask whether the account has code costs 2,600 gas.
        // What is no signature of a key recovers to the zero address.
        // slither-disable-next-line unused-return
        (address signer,,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (signer == account && signer != address(0)) return;
        if (!SignatureChecker.isValidERC1271SignatureNowCalldata(account, digest, signature)) {
            revert InvalidSignature();
        }
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
        if (signature.length != 0) word = word.withNextNonce();
    }
}
