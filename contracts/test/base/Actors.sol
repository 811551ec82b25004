// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrus} from "../../src/interfaces/ISebrus.sol";

/// @notice A contract wallet (ERC-1271) that accepts the digests its owner approved.
contract ContractWallet {
    mapping(bytes32 => bool) public approved;

    function approve(bytes32 digest) external {
        approved[digest] = true;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return approved[digest] ? this.isValidSignature.selector : bytes4(0xffffffff);
    }

    receive() external payable {}
}

/// @notice A receiver that calls withdraw again while being paid.
contract ReentrantReceiver {
    ISebrus private immutable _sebrus;
    uint64 private _amount;
    uint256 public calls;
    bool public stolen;

    constructor(ISebrus sebrus) {
        _sebrus = sebrus;
    }

    function attack(uint64 amount) external {
        _amount = amount;
        _sebrus.withdraw(address(this), amount, 0, "");
    }

    receive() external payable {
        if (++calls > 3) return;
        try _sebrus.withdraw(address(this), _amount, 0, "") {
            stolen = true;
        } catch {}
    }
}

/// @notice A receiver that refuses ether.
contract RefusingReceiver {
    function withdraw(ISebrus sebrus, uint64 amount) external {
        sebrus.withdraw(address(this), amount, 0, "");
    }
}

/// @notice A receiver that burns all the gas it is given.
contract BurningReceiver {
    receive() external payable {
        while (true) {}
    }
}

/// @notice A receiver that asks to be paid out again while being paid out.
contract PaidOutReceiver {
    ISebrus private immutable _sebrus;
    uint256 public calls;

    constructor(ISebrus sebrus) {
        _sebrus = sebrus;
    }

    receive() external payable {
        ++calls;
        address[] memory accounts = new address[](1);
        accounts[0] = address(this);
        _sebrus.payOut(accounts);
    }
}
