"""Where the decision on a batch stands: what is open, and what another decision on an item would cost at least."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from sebrus.platform.keys import decision_of, policy_of, running_round, words
from sebrus.protocol.bitmap import unpack_bits
from sebrus.protocol.flip import FlipCost, flip_cost
from sebrus.protocol.identity import Policy
from sebrus.store.projected import Batch, Dataset


@dataclass(frozen=True)
class ItemStanding:
    """One item: the decision so far (None: none), whether a round or an appeal is about it, its price."""

    position: int
    accepted: bool | None
    panel_accepted: bool | None
    in_question: bool
    flip_cost: FlipCost


def standing_of(session: Session, batch: Batch, now: int) -> list[ItemStanding]:
    """The items of a batch that can still be decided otherwise, in their order; none once the decision is final."""
    if batch.phase in ("Settled", "Voided") or (batch.phase == "Decided" and not _open(batch, now)):
        return []
    policy = policy_of(session.get_one(Dataset, batch.dataset_id))
    count, decision = batch.item_count, decision_of(batch)
    asked = unpack_bits(words(batch.question), count) if batch.question else [batch.phase != "Decided"] * count
    costs = {True: _cost(session, batch, policy, asked=True), False: _cost(session, batch, policy, asked=False)}
    accepted = unpack_bits(decision.accepted, count) if decision else [None] * count
    by_panel = unpack_bits(decision.panel_accepted, count) if decision else [None] * count
    return [
        ItemStanding(item, accepted[item], by_panel[item], asked[item], costs[asked[item]]) for item in range(count)
    ]


def _open(batch: Batch, now: int) -> bool:
    return bool(batch.question) or now <= batch.deadline


def _cost(session: Session, batch: Batch, policy: Policy, *, asked: bool) -> FlipCost:
    if batch.phase == "Decided" or not asked:
        return flip_cost(policy, batch.round, running=None)
    round_ = running_round(session, batch)
    seats = round_.seats or policy.panel_sizes[round_.round]
    return flip_cost(policy, batch.round, running=(seats, round_.items))
