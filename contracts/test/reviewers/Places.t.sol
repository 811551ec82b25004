// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "../base/Scenario.sol";

/// @notice The tree has 32 768 places: what happens when all have been given out.
contract PlacesTest is Scenario {
    uint256 private constant PLACES_ISSUED_SLOT = 9366;
    uint256 private constant REVIEWERS_SLOT = 9365;

    function setUp() public override {
        super.setUp();
        _deposit(stranger, MIN_STAKE);
    }

    function _pretendFull() private {
        vm.store(address(sebrus), bytes32(PLACES_ISSUED_SLOT), bytes32(uint256(32768)));
    }

    function test_places_newcomerTakesThePlaceOfWhoWeighsNothing() public {
        _pretendFull();
        _stake(stranger, MIN_STAKE); // the places never really given out weigh nothing
        yes(sebrus.accountOf(stranger).index != 0, "a place");
        eq(_staked(stranger), MIN_STAKE, "stake");
    }

    /// The 16 places tried from a random one: give all of them to reviewers with weight.
    function test_places_nobodyWithWeightIsDriven() public {
        _pretendFull();
        uint256 first = uint256(keccak256(abi.encode(blockhash(block.number - 1), stranger))) % 32768;
        _occupy(first, 16);
        _expect(ISebrusEvents.TooManyReviewers.selector);
        _stake(stranger, MIN_STAKE);
        vm.roll(block.number + 1); // another block, other places
        _stake(stranger, MIN_STAKE);
    }

    function test_places_whoLeftKeepsThePlaceForTheEpoch() public {
        _pretendFull();
        uint256 first = uint256(keccak256(abi.encode(blockhash(block.number - 1), stranger))) % 32768;
        _occupy(first, 16);
        vm.roll(block.number + EPOCH);
        first = uint256(keccak256(abi.encode(blockhash(block.number - 1), stranger))) % 32768;
        _occupy(first, 16);
        vm.roll(block.number + EPOCH);
        vm.setBlockhash(block.number - 1, blockhash(block.number - 1 - EPOCH)); // try the same places again
        address leaver = address(uint160(uint256(_reviewerSlot((first + 5) % 32768))));
        _unstake(leaver, MIN_STAKE);
        _expect(ISebrusEvents.TooManyReviewers.selector); // in this epoch draws still count the leaver
        _stake(stranger, MIN_STAKE);
        uint256 next = block.number + EPOCH;
        vm.roll(next);
        vm.setBlockhash(next - 1, blockhash(next - 1 - EPOCH));
        _stake(stranger, MIN_STAKE);
        eq(sebrus.accountOf(stranger).index, (first + 5) % 32768 + 1, "the leaver's place");
        eq(sebrus.accountOf(leaver).index, 0, "the leaver has none");
        // and the leaver may come back, at another place
        _stake(leaver, MIN_STAKE);
        yes(sebrus.accountOf(leaver).index != 0, "a new place");
    }

    function _reviewerSlot(uint256 place) private view returns (bytes32) {
        return vm.load(address(sebrus), keccak256(abi.encode(place, REVIEWERS_SLOT)));
    }

    /// Accounts stake at places `first` to `first + count - 1`, by pretending that these are the next to be given out.
    function _occupy(uint256 first, uint256 count) private {
        for (uint256 i; i < count; ++i) {
            uint256 place = (first + i) % 32768;
            if (_reviewerSlot(place) != 0) continue;
            vm.store(address(sebrus), bytes32(PLACES_ISSUED_SLOT), bytes32(place));
            address squatter = address(uint160(0x500000 + place));
            _deposit(squatter, 10 * MIN_STAKE);
            _stake(squatter, MIN_STAKE);
        }
        _pretendFull();
    }
}
