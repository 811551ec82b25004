"""Appeals: what they put up, and what appellants get back when their round concludes (docs/protocol.md)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sebrus.protocol.bitmap import popcount
from sebrus.protocol.identity import Policy
from sebrus.protocol.settlement import rejected_slash, round_reserve
from sebrus.protocol.tally import Decision


@dataclass(frozen=True, slots=True)
class OpenAppeal:
    """An appeal that waits for its round; `items` is a bitmap over the batch's items."""

    appellant: str
    items: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AppealSettlement:
    """What an appellant gets, and what of it comes from the bounty, in gwei."""

    appellant: str
    amount: int
    from_bounty: int


def appeal_bond(policy: Policy, round_: int, items: int) -> int:
    """Return the bond for appealing `items` after round `round_`: it pays for the next round.

    `ValueError` when there is no further round.
    """
    return round_reserve(policy, round_ + 1, items)


def appeal_due(policy: Policy, round_: int, items: Sequence[int], before: Decision | None, after: Decision) -> int:
    """Return what a conclusive round `round_` owes an appellant.

    The bond for every item whose acceptance changed, and the slash of its stake for each that was accepted and that the
    panel now rejects.
    """
    old = before.accepted if before else (0,) * len(items)
    changed = popcount(mine & (was ^ now) for mine, was, now in zip(items, old, after.accepted, strict=True))
    refused = popcount(mine & was & ~now for mine, was, now in zip(items, old, after.panel_accepted, strict=True))
    return round_reserve(policy, round_, changed) + rejected_slash(policy, refused)


def settle_appeals(
    policy: Policy,
    round_: int,
    appeals: Sequence[OpenAppeal],
    before: Decision | None,
    after: Decision | None,
    bounty: int,
) -> list[AppealSettlement]:
    """Return what each appellant gets when round `round_`, which the bonds pay for, concludes.

    `after` is None where the round is inconclusive: then the bonds go back. All of it comes from the bounty, in the
    order of the appeals and as far as it goes, for the bonds are spent on the reviewers.
    """
    settled = []
    for appeal in appeals:
        if after is None:
            due = round_reserve(policy, round_, popcount(appeal.items))
        else:
            due = appeal_due(policy, round_, appeal.items, before, after)
        amount = min(due, bounty)
        bounty -= amount
        settled.append(AppealSettlement(appeal.appellant, amount, amount))
    return settled


def return_bonds(policy: Policy, round_: int, appeals: Sequence[OpenAppeal]) -> list[AppealSettlement]:
    """Return what each appellant gets when round `round_` is unseated: the bond, which nobody has earned."""
    return [
        AppealSettlement(appeal.appellant, round_reserve(policy, round_, popcount(appeal.items)), 0)
        for appeal in appeals
    ]
