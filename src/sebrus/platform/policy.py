"""The rules that new datasets are advised to take."""

from __future__ import annotations

from sebrus.protocol.identity import Policy

DAY_SECONDS = 24 * 3600

DEFAULT_POLICY = Policy(
    item_stake=1_000_000,
    item_reward=500_000,
    review_fee=20_000,
    seat_stake=5_000_000,
    panel_size=5,
    escalated_size=11,
    final_size=23,
    quorum=3,
    detector_votes=5,
    draw_delay=3,
    max_items=1024,
    max_gold=512,
    screening_window=3600,
    commit_window=DAY_SECONDS,
    reveal_window=DAY_SECONDS,
    hold_window=DAY_SECONDS,
    rejected_slash_bps=5000,
    silent_slash_bps=5000,
    incoherent_slash_bps=20000,
    gold_pass_bps=6000,
)
"""What `GET /api/v1/policy` advises: amounts in gwei, windows in seconds, the delay of draws in blocks."""


def policy_fields(policy: Policy) -> dict[str, int]:
    """A policy by the contract's field names, in the contract's order."""
    return {_camel(name): value for name, value in policy.as_dict().items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
