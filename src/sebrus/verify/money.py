"""Step payouts: everyone got and lost what the rules say."""

from sebrus.protocol import Policy, Tally, batch_reserve, batch_stake, failed_round_slashes, settle_batch
from sebrus.verify.contents import BatchFile
from sebrus.verify.errors import require
from sebrus.verify.evidence import Evidence
from sebrus.verify.history import BatchHistory, Round


def verify_payouts(evidence: Evidence) -> str:
    """Fees, rewards, slashes and returned stakes equal what the policy makes of the verdicts."""
    policy, paid = evidence.manifest.dataset.policy, 0
    for batch, history in evidence.decided():
        submitted = history.one("Submitted")
        locked = (batch_stake(policy, batch.key.item_count), batch_reserve(policy, batch.key.item_count))
        require(
            (submitted["stake"], submitted["reserve"]) == locked, f"{history.name} locked other amounts at submission"
        )
        rounds = history.rounds()
        for round_ in rounds[:-1]:
            _check_failed(policy, history, round_)
        paid += _check_settled(policy, batch, history, rounds[-1])
    return f"{paid} gwei of fees and rewards, and all slashes, are as the policy says"


def _check_failed(policy: Policy, history: BatchHistory, round_: Round) -> None:
    failed = round_.failed
    assert failed is not None
    same = tuple(failed["slashes"]) == failed_round_slashes(policy, round_.seats())
    require(same, f"{history.name}: the slashes of failed round {round_.number} are not what the policy says")


def _check_settled(policy: Policy, batch: BatchFile, history: BatchHistory, round_: Round) -> int:
    settled = history.one("Settled")
    outcome = Tally(tuple(batch.panel_accepted), tuple(batch.accepted))
    money = settle_batch(policy, batch.key.item_count, round_.seats(), outcome)
    for words, found, expected in (
        ("the payouts", tuple(settled["payouts"]), money.payouts),
        ("the slashes", tuple(settled["slashes"]), money.slashes),
        ("the stake returned", settled["stakeReturned"], money.stake_returned),
        ("the reward", settled["reward"], money.reward),
    ):
        require(found == expected, f"{history.name}: {words} on the chain differ from what the policy gives")
    return money.reward + sum(money.payouts)
