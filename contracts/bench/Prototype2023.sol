// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice One image kept whole: its base64 text in the storage of a contract of its own.
contract Data {
    string public image;
    string public label;
    address public contributor;
    bool public approved;
    address private immutable _dataset;

    constructor(string memory base64Image, string memory label_, address contributor_) {
        image = base64Image;
        label = label_;
        contributor = contributor_;
        _dataset = msg.sender;
    }

    function approve() external {
        require(msg.sender == _dataset);
        approved = true;
    }
}

/// @notice How the prototype of 2023 kept a dataset: a contract per image, approved by anyone, with no vote.
/// @dev A baseline for benchmarks/gas.py, never shipped: written anew after the prototype's interface.
contract Prototype2023 {
    Data[] public data;

    function createData(string calldata base64Image, string calldata label) external returns (uint256 id) {
        id = data.length;
        data.push(new Data(base64Image, label, msg.sender));
    }

    function approve(uint256 id) external {
        data[id].approve();
    }
}
