"""A reviewer is known by the record on chain, and beside it by what truth inference says of the same verdicts."""

from __future__ import annotations

import pytest

from sebrus.platform.quality import Qualities
from sebrus.protocol.reputation import draw_weight

pytestmark = pytest.mark.chain


@pytest.fixture
def voted(stage, honest_contributor, digits, honest_reviewer):
    """A settled batch with gold, in which seat 1 contradicts the others on everything."""
    dataset = stage.open_dataset(seed=[(data, label) for _, data, label in digits(30, 100)])
    batch_id = honest_contributor.submit(dataset.id, digits(12)).batch_id
    seats = stage.drawn(batch_id)

    def verdicts(seat):
        said = honest_reviewer(seat)
        return [not v for v in said] if seat["seat"] == 1 else said

    stage.commit(seats, verdicts)
    stage.reveal(seats, verdicts)
    stage.end_hold(batch_id)
    return dataset, batch_id, seats[0]["panel"]


def estimate(stage, address, dataset):
    found = stage.client.get(f"/v1/reviewers/{address}")["estimates"]
    return next(one for one in found if one["dataset_id"] == dataset.id)


def test_the_record_is_the_contracts(stage, voted):
    for address in voted[2]:
        shown = stage.client.get(f"/v1/reviewers/{address}")
        account = stage.application.contract.call("accountOf", address)
        names = ("gold_seen", "gold_right", "items_seen", "items_coherent")
        assert tuple(shown[name] for name in names) == tuple(account[6:10])
        assert (shown["stake"], shown["locked"]) == (account[1], account[2])
        assert shown["weight"] == draw_weight(shown["stake"], shown["tier"], 10_000_000)


def test_the_estimate_tells_who_is_right(stage, voted):
    dataset, _, panel = voted
    good, bad = estimate(stage, panel[0], dataset), estimate(stage, panel[1], dataset)
    assert good["verdicts"] == bad["verdicts"] == 12 + 6
    assert (good["gold"]["right"], good["gold"]["total"], bad["gold"]["right"]) == (6, 6, 0)
    assert good["gold"]["low"] > bad["gold"]["high"]
    assert good["outcome"]["share"] > bad["outcome"]["share"]
    assert good["gold"]["beyond_chance"] == 1.0 and bad["gold"]["beyond_chance"] < 0


def test_estimates_are_made_again_only_when_a_round_concluded(stage, voted, enrol, digits, honest_reviewer):
    dataset, _, _ = voted
    qualities = Qualities()

    def of():
        with stage.application.database.read() as session:
            return qualities.of(session, dataset.id)

    before = of()
    assert of() is before
    batch_id = enrol(stage).submit(dataset.id, digits(12, 20)).batch_id
    stage.drawn(batch_id)
    assert of() is before
    stage.held(batch_id, honest_reviewer)
    after = of()
    assert after is not before
    assert sum(one.verdicts for one in after.values()) == sum(one.verdicts for one in before.values()) + 3 * 18


def test_somebody_who_never_reviewed(stage, stranger):
    shown = stage.client.get(f"/v1/reviewers/{stranger.address}")
    assert (shown["stake"], shown["weight"], shown["tier"], shown["estimates"]) == (0, 0, 2, [])
