// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISebrus} from "../../src/interfaces/ISebrus.sol";
import {BatchKey, Policy} from "../../src/interfaces/Types.sol";
import {Test} from "./Test.sol";

/// @notice What the contract offers beside the interface.
interface ISebrusFull is ISebrus {
    function multicall(bytes[] calldata data) external returns (bytes[] memory);
    function guardian() external view returns (address);
    function judgement() external view returns (address);
    function minStake() external view returns (uint64);
    function epochLength() external view returns (uint32);
    function submissionsPaused() external view returns (bool);
}

/// @notice The contract, the people with their keys, and what they sign.
abstract contract Signing is Test {
    uint64 internal constant MIN_STAKE = 1_000_000;
    uint32 internal constant EPOCH = 64;
    uint256 internal constant PEOPLE = 64;
    bytes32 internal constant SUBMIT_TYPE =
        keccak256("Submit(bytes32 datasetId,address contributor,bytes32 root,uint16 itemCount,uint256 deadline)");
    bytes32 internal constant COMMIT_TYPE =
        keccak256("Commit(bytes32 batchId,uint8 round,bytes32 panelHash,bytes32 commitment)");
    bytes32 internal constant BALLOT_TYPE = keccak256(
        "Ballot(bytes32 batchId,uint8 round,bytes32 screening,bytes32 panelHash,address reviewer,bytes32 verdictsHash,bytes32 salt)"
    );
    bytes32 internal constant SCREENING_TYPE = keccak256(
        "Screening(bytes32 batchId,uint8 round,bytes32 modelHash,bytes32 scoresRoot,bytes32 flagsHash,bytes32 goldHash,bytes32 answersHash,bytes32 salt)"
    );
    bytes32 internal constant APPEAL_TYPE =
        keccak256("Appeal(bytes32 batchId,uint8 round,address appellant,bytes32 itemsHash,uint256 deadline)");
    bytes32 internal constant WITHDRAW_TYPE =
        keccak256("Withdraw(address account,uint64 amount,uint256 nonce,uint256 deadline)");
    bytes32 internal constant STAKE_TYPE =
        keccak256("Stake(address account,uint64 amount,uint256 nonce,uint256 deadline)");
    bytes32 internal constant UNSTAKE_TYPE =
        keccak256("Unstake(address account,uint64 amount,uint256 nonce,uint256 deadline)");

    ISebrusFull internal sebrus;
    uint256 internal constant CONTRIBUTOR_KEY = 0xC0;
    address internal contributor = vm.addr(CONTRIBUTOR_KEY);
    address internal owner = address(0x0123);
    address internal detector = address(0xDE7);
    address internal guardian = address(0x6A);
    address internal relayer = address(0x4E1);
    address internal stranger = address(0x57);
    bytes32 internal datasetId;
    Policy internal policy;

    address[] private _people;

    constructor() {
        for (uint256 i; i < PEOPLE; ++i) {
            _people.push(vm.addr(reviewerKey(i)));
        }
    }

    function _deploy() internal returns (ISebrusFull) {
        address judgement = vm.deployCode("Judgement.sol:Judgement", abi.encode(MIN_STAKE, EPOCH));
        return ISebrusFull(vm.deployCode("Sebrus.sol:Sebrus", abi.encode(guardian, MIN_STAKE, EPOCH, judgement)));
    }

    function reviewerKey(uint256 i) internal pure returns (uint256) {
        return 0x1000 + i;
    }

    /// Addresses are derived once: it takes a curve multiplication.
    function reviewer(uint256 i) internal view returns (address) {
        return _people[i];
    }

    function keyOf(address account) internal view returns (uint256) {
        for (uint256 i; i < PEOPLE; ++i) {
            if (reviewer(i) == account) return reviewerKey(i);
        }
        if (account == contributor) return CONTRIBUTOR_KEY;
        revert NotTrue("somebody with a key");
    }

    function _domainSeparator(address target) internal view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("SeBRUS"),
                keccak256("1"),
                block.chainid,
                target
            )
        );
    }

    function _digest(bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked("\x19\x01", _domainSeparator(address(sebrus)), structHash));
    }

    function _sign(uint256 key, bytes32 structHash) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _digest(structHash));
        return abi.encodePacked(r, s, v);
    }

    function _signMove(bytes32 typeHash, uint256 key, uint64 amount, uint256 nonce, uint256 deadline)
        internal
        view
        returns (bytes memory)
    {
        return _sign(key, keccak256(abi.encode(typeHash, vm.addr(key), amount, nonce, deadline)));
    }

    function _signSubmit(uint256 signer, BatchKey memory key, uint256 deadline) internal view returns (bytes memory) {
        return _sign(
            signer,
            keccak256(abi.encode(SUBMIT_TYPE, key.datasetId, key.contributor, key.root, key.itemCount, deadline))
        );
    }
}
