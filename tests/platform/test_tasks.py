"""The gold of a round: the same after a crash, never an image of the batch, another next time; judged on chain."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from sebrus.platform.submissions import relay_submissions
from sebrus.platform.tasks import make_task
from sebrus.platform.worker import prepare_arrival, task_arrival
from sebrus.protocol.bitmap import unpack_bits
from sebrus.store.models import GoldUse, SecretTask, SetAside

pytestmark = pytest.mark.chain

SEED = 30


@pytest.fixture
def seeded(stage, digits):
    """A dataset with a trusted seed of thirty digits; what panels flip is not asked again."""
    return stage.open_dataset(seed=[(data, label) for _, data, label in digits(SEED, 100)])


def task(stage, batch_id, round_=0):
    return stage.row(SecretTask, (batch_id, round_))


def gold_of(row):
    hidden = unpack_bits([int(word, 16) for word in row.gold], len(row.positions))
    return {one["sha256"] for one, is_gold in zip(row.positions, hidden, strict=True) if is_gold}


def test_a_task_made_again_is_the_same(stage, seeded, honest_contributor, digits):
    batch_id = honest_contributor.submit(seeded.id, digits(8)).batch_id
    stage.do(relay_submissions)
    while prepare_arrival(stage.application):
        pass
    assert stage.batch(batch_id)["phase"] == "Queued"
    first = task(stage, batch_id)
    uses = {row.sha256 for row in stage.rows(select(GoldUse).where(GoldUse.dataset_id == seeded.id))}
    assert uses == gold_of(first) and len(uses) == 6
    with stage.application.database.write() as session:  # as if the process had died before it was stored
        session.delete(session.get_one(SecretTask, (batch_id, 0)))
        for row in session.scalars(select(GoldUse).where(GoldUse.dataset_id == seeded.id)):
            session.delete(row)
    assert task_arrival(stage.application, stage.now())
    again = task(stage, batch_id)
    assert (again.positions, again.commitment, again.salt) == (first.positions, first.commitment, first.salt)
    assert not task_arrival(stage.application, stage.now())


def test_no_gold_shows_what_the_batch_shows(stage, digits, honest_contributor, monkeypatch):
    """Intake keeps images of the seed out of batches; should one pass, it would be judged twice by everybody."""
    for check in ("files", "pixels"):
        monkeypatch.setattr(f"sebrus.platform.known.KnownImages.{check}", lambda *_: set())
    dataset = stage.open_dataset(seed=[(data, label) for _, data, label in digits(10, 100)])
    batch_id = honest_contributor.submit(dataset.id, digits(8, 100)).batch_id
    stage.step()
    shown = [one["sha256"] for one in task(stage, batch_id).positions]
    assert len(gold_of(task(stage, batch_id))) == 2, "the only ones left"
    assert len(set(shown)) == len(shown) == 8 + 2


def test_without_a_seed_there_is_no_gold(stage, honest_contributor, digits):
    batch_id = honest_contributor.submit(stage.open_dataset().id, digits(8)).batch_id
    stage.step()
    assert gold_of(task(stage, batch_id)) == set() and len(task(stage, batch_id).positions) == 8


def test_the_next_batch_meets_other_gold(stage, seeded, honest_contributor, enrol, digits):
    first = honest_contributor.submit(seeded.id, digits(8)).batch_id
    stage.step()
    second = enrol(stage).submit(seeded.id, digits(8, 10)).batch_id
    stage.step()
    assert not gold_of(task(stage, first)) & gold_of(task(stage, second))


def test_who_fails_the_gold_does_not_count_and_the_record_says_so(
    stage, seeded, honest_contributor, digits, honest_reviewer
):
    batch_id = honest_contributor.submit(seeded.id, digits(8)).batch_id
    seats = stage.drawn(batch_id)
    liar, honest = (f"/v1/reviewers/{seats[0]['panel'][number]}" for number in (1, 0))
    before = {path: stage.client.get(path) for path in (liar, honest)}

    def verdicts(seat):
        said = honest_reviewer(seat)
        return [not v for v in said] if seat["seat"] == 1 else said

    stage.commit(seats, verdicts)
    stage.reveal(seats, verdicts)
    assert stage.batch(batch_id)["phase"] == "Decided", "the two that count agree"
    stage.end_hold(batch_id)
    rows = stage.client.get(f"/v1/batches/{batch_id}/seats")
    assert [row["counted"] for row in rows] == [True, False, True]
    assert rows[1]["slash"] > 0 and rows[0]["payout"] > 0
    for path, right in ((liar, 0), (honest, 6)):
        after = stage.client.get(path)
        gained = [after[name] - before[path][name] for name in ("gold_seen", "gold_right")]
        assert gained == [6, right]
    stage.check_money()


def test_a_later_round_has_its_own_gold_and_no_flags(stage, seeded, honest_contributor, digits, honest_reviewer):
    batch_id = honest_contributor.submit(seeded.id, digits(8)).batch_id
    first_item = digits(1)[0]

    def odd(seat):
        """One reviewer rejects what the others accept: it is close."""
        import hashlib

        digest = hashlib.sha256(first_item[1]).hexdigest()
        shown = stage.reviewer_of(seat).task(seat).pictures
        said = honest_reviewer(seat)
        return [v and not (seat["seat"] == 0 and p.sha256 == digest) for v, p in zip(said, shown, strict=True)]

    batch = stage.vote(batch_id, odd)
    assert (batch["phase"], batch["round"]) == ("Screening", 1)
    first, second = task(stage, batch_id), task(stage, batch_id, 1)
    assert second.flags == [] and first.flags != []
    assert (len(second.positions), len(gold_of(second))) == (1 + 6, 6)
    assert second.salt != first.salt
    assert stage.decide(batch_id, honest_reviewer)["phase"] == "Settled"
    rounds = stage.client.get(f"/v1/batches/{batch_id}/rounds")
    assert [one["opened"] for one in rounds] == [True, True]
    stage.check_money()


def test_a_task_that_cannot_be_made_is_set_aside_and_the_round_goes_on_without(
    stage, seeded, honest_contributor, digits, monkeypatch
):
    def broken(*_arguments):
        raise ValueError("no gold today")

    monkeypatch.setattr("sebrus.platform.tasks.choose_gold", broken)
    batch_id = honest_contributor.submit(seeded.id, digits(8)).batch_id
    stage.rest()
    assert stage.batch(batch_id)["phase"] == "Screening"
    assert "no gold today" in stage.row(SetAside, ("task", batch_id)).reason
    stage.wait(seeded.policy.screening_window + 1)
    stage.drawn(batch_id)
    assert stage.batch(batch_id)["round"] == 1


def test_a_batch_that_was_not_screened_has_no_task(stage, honest_contributor, digits):
    dataset = stage.open_dataset(detector=stage.owner.address)
    batch_id = honest_contributor.submit(dataset.id, digits(4)).batch_id
    stage.step()
    with pytest.raises(NoResultFound):
        make_task(stage.application, batch_id)
    assert stage.row(SecretTask, (batch_id, 0)) is None
