// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrus} from "../../src/interfaces/ISebrus.sol";

/// @notice A contract wallet (ERC-1271) that agrees with everything and takes ether.
contract AgreeableWallet {
    function isValidSignature(bytes32, bytes calldata) external view virtual returns (bytes4) {
        return this.isValidSignature.selector;
    }

    receive() external payable virtual {}
}

/// @notice Takes ether quietly while that is only tried, when gas has no price, and burns all its gas when it counts.
contract BurningReceiverWallet is AgreeableWallet {
    receive() external payable override {
        while (tx.gasprice != 0) {}
    }
}

/// @notice Once turned it agrees while it is only tried, and burns all it is given when it counts.
contract TwoFacedWallet is AgreeableWallet {
    bool private _turned;

    constructor(bool turned) {
        _turned = turned;
    }

    function turn() external {
        _turned = true;
    }

    function isValidSignature(bytes32, bytes calldata) external view override returns (bytes4) {
        while (_turned && tx.gasprice != 0) {}
        return this.isValidSignature.selector;
    }
}

/// @notice Agrees after burning more gas than any honest wallet needs.
contract BurningWallet is AgreeableWallet {
    function isValidSignature(bytes32, bytes calldata) external view override returns (bytes4) {
        uint256 left = gasleft();
        while (left - gasleft() < 560_000) {}
        return this.isValidSignature.selector;
    }
}

/// @notice Agrees where another account's stake is not being locked in the same transaction.
contract LonelyWallet is AgreeableWallet {
    ISebrus private immutable _sebrus;
    address private _other;
    uint64 private _locked;

    constructor(ISebrus sebrus) {
        _sebrus = sebrus;
    }

    function watch(address other) external {
        _other = other;
        _locked = _sebrus.accountOf(other).locked;
    }

    function isValidSignature(bytes32, bytes calldata) external view override returns (bytes4) {
        bool alone = _sebrus.accountOf(_other).locked == _locked;
        return alone ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}
