// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import "./base/SebrusTest.sol";

/// @notice The whole life of a batch, everybody doing what they should.
contract LifeTest is SebrusTest {
    function test_life_honestBatchIsAcceptedAndPaid() public {
        Case memory c = _start(300);
        eq(c.panel.length, 5, "seats");
        _commitAll(c, _ones(300));
        _revealAll(c);
        _settle(c);

        eq(_phase(c), uint256(Phase.Settled), "phase");
        eq(sebrus.outcomeOf(c.id), keccak256(abi.encodePacked(_ones(300))), "outcome");
        eq(_free(contributor), 1e9 + 300 * 5000, "stake back and a reward per item");
        eq(sebrus.bountyOf(datasetId), 1e11 - 300 * 5000 - 5 * 300 * 300, "the bounty paid rewards and five fees");
        for (uint256 seat; seat < 5; ++seat) {
            Account memory account = sebrus.accountOf(c.panel[seat]);
            eq(account.locked, 0, "nothing locked");
            eq(account.free + account.stake, 10 * MIN_STAKE + 300 * 300, "a fee per coherent verdict");
        }
    }

    function test_life_relayedFromBeginningToEnd() public {
        Case memory c = _case(64);
        sebrus.submit(c.key, FAR, _signSubmit(CONTRIBUTOR_KEY, c.key, FAR));
        _screen(c, _zeros(64));
        _draw(c);
        Vote[] memory votes = new Vote[](5);
        for (uint256 seat; seat < 5; ++seat) {
            votes[seat] = _vote(c, seat, _ones(64));
            votes[seat].deadline = FAR;
            votes[seat].signature = _signCommit(c, seat, votes[seat].commitment, FAR);
            _remember(c, votes[seat], _opening(c, seat, _ones(64)));
            _rememberRevealed(c, c.openings[seat]);
        }
        sebrus.commit(c.key, c.panel, votes);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(sebrus.reveal, (c.key, c.panel, c.ballots, c.openings));
        calls[1] = abi.encodeCall(sebrus.settle, (c.key, c.panel, c.revealed, c.screening));
        sebrus.multicall(calls);
        eq(_phase(c), uint256(Phase.Settled), "phase");

        uint64 amount = _free(contributor);
        sebrus.withdraw(contributor, amount, FAR, _signMove(WITHDRAW_TYPE, CONTRIBUTOR_KEY, amount, 0, FAR));
        eq(contributor.balance, uint256(amount) * 1 gwei, "ether withdrawn");
    }
}
