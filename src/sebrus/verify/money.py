"""Steps appeals and payouts: everyone got and lost what the rules say."""

from sebrus.protocol import (
    AppealSettlement,
    Policy,
    appeal_bond,
    batch_reserve,
    batch_stake,
    popcount,
    return_bonds,
    round_reserve,
    settle_appeals,
    settle_batch,
)
from sebrus.verify.errors import arithmetic, require
from sebrus.verify.evidence import Evidence
from sebrus.verify.replay import Replay, Round


def verify_appeals(evidence: Evidence) -> str:
    """Appellants put up the bond of the next round, and got back what that round owed them."""
    policy, appeals, returned = evidence.policy, 0, 0
    for _, replay in evidence.decided():
        for number, event in replay.appealed:
            with arithmetic(f"{replay.name}, appeal against round {number}"):
                bond = appeal_bond(policy, number, popcount(event["items"]))
            require(
                event["bond"] == bond, f"{replay.name}: {event['appellant']} put up {event['bond']} gwei, not {bond}"
            )
            appeals += 1
        for round_ in replay.rounds:
            returned += _check_settled(evidence, replay, round_)
            _check_returned(policy, replay, round_)
    return f"{appeals} appeals put up their bonds and got {returned} gwei back"


def _check_settled(evidence: Evidence, replay: Replay, round_: Round) -> int:
    """The appeals that a round was on are settled as it decided; returns what they got, in gwei."""
    told = [AppealSettlement(e["appellant"], e["amount"], e["fromBounty"]) for e in round_.settled_appeals]
    where = f"{replay.name}, round {round_.number}"
    with arithmetic(where):
        if round_.concluded is None:
            due = return_bonds(evidence.policy, round_.number, round_.appeals)
        else:
            bounty = 0
            if told:
                assert replay.submitted is not None
                bounty = evidence.bounties.before(replay.submitted["datasetId"], round_.settled_appeals[0].at)
            after = round_.after if round_.conclusive else None
            due = settle_appeals(evidence.policy, round_.number, round_.appeals, round_.before, after, bounty)
    require(told == due, f"{where}: appellants got something else than the round owes them")
    return sum(one.amount for one in due)


def _check_returned(policy: Policy, replay: Replay, round_: Round) -> None:
    """A round on appeal takes nothing of the bounty; one that nobody could sit in gives back what it took."""
    where = f"{replay.name}, round {round_.number}"
    if round_.appeals:
        require(round_.began["reserve"] == 0, f"{where}: a round on appeal was paid from the bounty")
        whole = round_.before is not None or round_.items == replay.item_count
        require(whole, f"{where}: where nothing was decided the appeal leaves items out")
    if round_.concluded is None and round_.end is not None:
        with arithmetic(where):
            due = 0 if round_.appeals else round_reserve(policy, round_.number, round_.items)
        require(round_.end["returned"] == due, f"{where}: the bounty got {round_.end['returned']} gwei back, not {due}")


def verify_payouts(evidence: Evidence) -> str:
    """Fees by Youden's J, rewards, slashes, returned stakes and bounty equal what the policy makes of the votes."""
    policy, paid = evidence.policy, 0
    for batch, replay in evidence.decided():
        name, submitted, settled = replay.name, replay.submitted, replay.settled
        assert submitted is not None and settled is not None
        locked = (batch_stake(policy, batch.key.item_count), batch_reserve(policy, batch.key.item_count))
        same = (submitted["stake"], submitted["reserve"]) == locked
        require(same, f"{name} locked other amounts at submission")
        with arithmetic(name):
            rounds = [round_.voted() for round_ in replay.concluded]
            money = settle_batch(policy, replay.item_count, rounds, replay.decision)
        for words, found, expected in (
            ("the payouts", tuple(settled["payouts"]), money.payouts),
            ("the slashes", tuple(settled["slashes"]), money.slashes),
            ("the stake returned", settled["stakeReturned"], money.stake_returned),
            ("the reward", settled["reward"], money.reward),
            ("what the bounty got back", settled["bountyReturned"], money.bounty_returned),
        ):
            require(found == expected, f"{name}: {words} on the chain differ from what the policy gives")
        paid += money.reward + sum(money.payouts)
    return f"{paid} gwei of fees and rewards, and all slashes, are as the policy says"
