"""Settlement: who is paid and who loses what, in gwei, rounding down (docs/protocol.md, "Money")."""

from collections.abc import Sequence
from dataclasses import dataclass

from sebrus.protocol.bitmap import popcount
from sebrus.protocol.identity import Policy
from sebrus.protocol.tally import Tally

BPS = 10_000


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat when the round ends: whether it committed, and the verdicts it revealed (None: it did not).

    Committing locks `seat_stake` and is the consent to lose it; who did not commit is not touched.
    """

    committed: bool
    verdicts: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """The money of a settled batch. `payouts`, `slashes` are per seat; `bounty_returned` is the dataset's."""

    payouts: tuple[int, ...]
    slashes: tuple[int, ...]
    stake_returned: int
    reward: int
    bounty_returned: int


def batch_stake(policy: Policy, item_count: int) -> int:
    """Return what a contributor locks for a batch."""
    return item_count * policy.item_stake


def batch_reserve(policy: Policy, item_count: int) -> int:
    """Return what a batch reserves of the bounty."""
    return item_count * (policy.item_reward + policy.panel_size_unscreened * policy.review_fee)


def silent_slash(policy: Policy) -> int:
    """Return what a reviewer who committed and did not reveal loses."""
    return policy.seat_stake * policy.silent_slash_bps // BPS


def seat_result(policy: Policy, item_count: int, seat: Seat, panel_accepted: Sequence[int]) -> tuple[int, int]:
    """Return the payout and the slash of one seat."""
    if seat.verdicts is None:
        return 0, silent_slash(policy) if seat.committed else 0
    wrong = popcount(mine ^ panel for mine, panel in zip(seat.verdicts, panel_accepted, strict=True))
    earned = (item_count - wrong) * policy.review_fee
    lost = wrong * policy.review_fee * policy.incoherent_slash_bps // BPS
    if earned >= lost:
        return earned - lost, 0
    return 0, min(lost - earned, policy.seat_stake)


def settle_batch(policy: Policy, item_count: int, seats: Sequence[Seat], outcome: Tally) -> Settlement:
    """Return the settlement of a batch, given its seats in order and its tally."""
    results = [seat_result(policy, item_count, seat, outcome.panel_accepted) for seat in seats]
    payouts = tuple(payout for payout, _ in results)
    slashes = tuple(slash for _, slash in results)
    rejected = item_count - outcome.panel_accepted_count
    contributor_slash = rejected * policy.item_stake * policy.rejected_slash_bps // BPS
    reward = outcome.accepted_count * policy.item_reward
    unspent = batch_reserve(policy, item_count) - reward - sum(payouts)
    return Settlement(
        payouts=payouts,
        slashes=slashes,
        stake_returned=batch_stake(policy, item_count) - contributor_slash,
        reward=reward,
        bounty_returned=unspent + contributor_slash + sum(slashes),
    )


def failed_round_slashes(policy: Policy, seats: Sequence[Seat]) -> tuple[int, ...]:
    """Return what each seat of a failed round loses: only who committed and did not reveal loses."""
    return tuple(silent_slash(policy) if seat.committed and seat.verdicts is None else 0 for seat in seats)
