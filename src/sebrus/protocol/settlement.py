"""Settlement: who is paid and who loses what, in gwei, rounding down (docs/protocol.md, "Money")."""

from collections.abc import Sequence
from dataclasses import dataclass

from sebrus.protocol.gold import BPS
from sebrus.protocol.identity import Policy
from sebrus.protocol.judgement import judge_round
from sebrus.protocol.round import ConcludedRound
from sebrus.protocol.tally import Decision


@dataclass(frozen=True, slots=True)
class Settlement:
    """The money of a finalized batch; `payouts` and `slashes` are per seat, round after round.

    `stake_returned` and `reward` are the contributor's, `bounty_returned` the dataset's.
    """

    payouts: tuple[int, ...]
    slashes: tuple[int, ...]
    stake_returned: int
    reward: int
    bounty_returned: int


def batch_stake(policy: Policy, item_count: int) -> int:
    """Return what a contributor locks for a batch."""
    return item_count * policy.item_stake


def round_reserve(policy: Policy, round_: int, items: int) -> int:
    """Return what a round on `items` sets aside for its reviewers; `ValueError` when there is no such round."""
    if round_ >= len(policy.panel_sizes):
        raise ValueError(f"The policy has no round {round_}.")
    return items * policy.panel_sizes[round_] * policy.review_fee


def batch_reserve(policy: Policy, item_count: int) -> int:
    """Return what a submission reserves of the bounty: the rewards and the first round."""
    return item_count * policy.item_reward + round_reserve(policy, 0, item_count)


def batch_pot(policy: Policy, item_count: int, rounds: Sequence[ConcludedRound]) -> int:
    """Return what a decided batch holds: the stake, the rewards, and what its concluded rounds set aside.

    What an unseated round set aside has gone back already.
    """
    held = batch_stake(policy, item_count) + item_count * policy.item_reward
    return held + sum(round_reserve(policy, one.status.round, one.status.items) for one in rounds)


def silent_slash(policy: Policy) -> int:
    """Return what a reviewer who committed and did not reveal loses."""
    return policy.seat_stake * policy.silent_slash_bps // BPS


def rejected_slash(policy: Policy, items: int) -> int:
    """Return what a contributor loses of the stake when the panel rejects so many items."""
    return items * policy.item_stake * policy.rejected_slash_bps // BPS


def seat_result(policy: Policy, items: int, youden: tuple[int, int]) -> tuple[int, int]:
    """Return the payout and the slash of a seat that revealed in a round on `items`; one of them is zero."""
    gain, scale = youden
    if gain >= 0:
        return items * policy.review_fee * gain // scale, 0
    loss = items * policy.review_fee * -gain * policy.incoherent_slash_bps // (scale * BPS)
    return 0, min(loss, policy.seat_stake)


def settle_round(
    policy: Policy, item_count: int, round_: ConcludedRound, decision: Decision | None
) -> list[tuple[int, int]]:
    """Return the payout and the slash of every seat of a round, given the final decision (None: void)."""
    judgements = judge_round(round_, item_count, decision)
    results = []
    for seat in range(round_.status.seats):
        if seat in judgements:
            results.append(seat_result(policy, round_.status.items, judgements[seat].youden))
        else:
            results.append((0, silent_slash(policy) if round_.status.committed >> seat & 1 else 0))
    return results


def settle_batch(
    policy: Policy, item_count: int, rounds: Sequence[ConcludedRound], decision: Decision | None
) -> Settlement:
    """Return the settlement of a batch: all its concluded rounds, measured against the final decision.

    `decision` is None where the batch is void: then the contributor has the stake back and no reward.
    """
    results = [result for one in rounds for result in settle_round(policy, item_count, one, decision)]
    payouts = tuple(payout for payout, _ in results)
    slashes = tuple(slash for _, slash in results)
    stake, reward = batch_stake(policy, item_count), 0
    if decision is not None:
        stake -= rejected_slash(policy, item_count - decision.panel_accepted_count)
        reward = decision.accepted_count * policy.item_reward
    left = batch_pot(policy, item_count, rounds) - stake - reward - sum(payouts)
    return Settlement(payouts, slashes, stake, reward, left + sum(slashes))
