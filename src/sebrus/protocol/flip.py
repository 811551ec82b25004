"""What buying another decision on one item, through the final panel, puts at stake (docs/api.md)."""

from dataclasses import dataclass

from sebrus.protocol.gold import BPS
from sebrus.protocol.identity import Policy
from sebrus.protocol.settlement import round_reserve


@dataclass(frozen=True, slots=True)
class FlipCost:
    """Seats to buy, the gwei that these seats put at stake, and the bonds of the appeals that lead to their panels."""

    seats: int
    at_stake: int
    bonds: int

    @property
    def total(self) -> int:
        """All of it, in gwei."""
        return self.at_stake + self.bonds


def seats_to_win(seats: int) -> int:
    """Return how many of `seats` make a majority.

    >>> seats_to_win(5)
    3
    """
    return seats // 2 + 1


def seat_at_stake(policy: Policy, items: int) -> int:
    """Return what one seat of a round on `items` stands to lose or forgo: its whole fee, and the largest slash."""
    fee = items * policy.review_fee
    return fee + min(policy.seat_stake, fee * policy.incoherent_slash_bps // BPS)


def flip_cost(policy: Policy, round_: int, *, running: tuple[int, int] | None) -> FlipCost:
    """Return what is put at stake by flipping one item after or during round `round_`.

    `running` is `(seats, items)` of that round while it runs with the item in question, None once it has concluded.
    Every further panel has to be won too, for whoever disagrees can take the item there; of those rounds it is assumed
    that nothing but the item is in question. Where the current decision has to be appealed against first, the bond
    for the next round is the attacker's.
    """
    seats = at_stake = 0
    if running is not None:
        seats = seats_to_win(running[0])
        at_stake = seats * seat_at_stake(policy, running[1])
    for size in policy.panel_sizes[round_ + 1 :]:
        seats += seats_to_win(size)
        at_stake += seats_to_win(size) * seat_at_stake(policy, 1)
    further = round_ + 1 < len(policy.panel_sizes)
    bonds = round_reserve(policy, round_ + 1, 1) if running is None and further else 0
    return FlipCost(seats, at_stake, bonds)
