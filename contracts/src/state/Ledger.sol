// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrusEvents} from "../interfaces/ISebrusEvents.sol";
import {AccountWord} from "../types/AccountWord.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @notice Accounts, and who may act for whom.
abstract contract Ledger is ISebrusEvents, EIP712("SeBRUS", "1") {
    mapping(address => AccountWord) internal _accounts;

    /// @dev Half the order of the curve: of each signature's two forms only the one with the lower `s` is taken (EIP-2).
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @dev The value sent, in gwei. All money together stays below 2**52 gwei, so no sum of parts can overflow.
    function _received() internal view returns (uint64) {
        if (msg.value % 1 gwei != 0) revert NotWholeGwei();
        if (address(this).balance / 1 gwei > (1 << 52) - 1) revert AmountTooLarge();
        return uint64(msg.value / 1 gwei);
    }

    function _credit(address account, uint64 amount) internal {
        bytes32 slot = _slotOf(account);
        _store(slot, _load(slot).withMoreFree(amount));
    }

    /// @dev Where an account's word lies, computed once for what is both read and written.
    function _slotOf(address account) internal pure returns (bytes32 slot) {
        assembly ("memory-safe") {
            mstore(0, account)
            mstore(0x20, _accounts.slot)
            slot := keccak256(0, 0x40)
        }
    }

    function _load(bytes32 slot) internal view returns (AccountWord word) {
        assembly ("memory-safe") {
            word := sload(slot)
        }
    }

    function _store(bytes32 slot, AccountWord word) internal {
        assembly ("memory-safe") {
            sstore(slot, word)
        }
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
        _requireSignature(account, _hashTypedDataV4(structHash), signature);
    }

    /// @dev A key is tried first: to ask whether the account has code costs 2,600 gas.
    function _requireSignature(address account, bytes32 digest, bytes calldata signature) internal view {
        address signer = _signerOf(digest, signature);
        if (signer == account && signer != address(0)) return;
        if (!SignatureChecker.isValidERC1271SignatureNowCalldata(account, digest, signature)) {
            revert InvalidSignature();
        }
    }

    /// @dev Whose key made a signature of 65 bytes `r, s, v`; the zero address where none did.
    function _signerOf(bytes32 digest, bytes calldata signature) private view returns (address signer) {
        if (signature.length != 65) return address(0);
        assembly ("memory-safe") {
            if iszero(gt(calldataload(add(signature.offset, 0x20)), HALF_ORDER)) {
                let scratch := mload(0x40)
                mstore(scratch, digest)
                mstore(add(scratch, 0x20), byte(0, calldataload(add(signature.offset, 0x40))))
                calldatacopy(add(scratch, 0x40), signature.offset, 0x40)
                mstore(0, 0) // stays where the precompile returns nothing
                pop(staticcall(gas(), 1, scratch, 0x80, 0, 0x20))
                signer := mload(0)
            }
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
