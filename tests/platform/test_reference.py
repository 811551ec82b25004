"""Whose items a batch is screened against: who is suspected vouches for nobody, and the vote has the last word."""

from __future__ import annotations

import pytest
from sqlalchemy import select

import sebrus.platform.screening
from sebrus.detect import load
from sebrus.platform.documents import LabelledDigest
from sebrus.platform.pictures import shape_of_dataset
from sebrus.platform.screening import model_hash
from sebrus.platform.sent_items import key_of
from sebrus.platform.worker import screen_arrival
from sebrus.store.models import AccusationTest
from sebrus.store.projected import Batch, Dataset, Item

pytestmark = pytest.mark.chain


@pytest.mark.parametrize("fewest", [1, 1000])
def test_two_accounts_with_one_trigger_do_not_vouch_for_each_other(open_screened, patched, monkeypatch, fewest):
    """Both batches are sent before either is screened, let alone decided."""
    monkeypatch.setattr(sebrus.platform.screening, "FEWEST_FOR_STATE", fewest)
    pool = open_screened()
    honest, first, second = pool.send(0), pool.send(1, patched), pool.send(2, patched)
    assert pool.vouching(first) == set(), "nobody has looked at the others yet"
    while screen_arrival(pool.stage.application, pool.stage.now()):
        pass
    assert sum(pool.flags(honest)) == 0
    assert min(sum(pool.flags(first)), sum(pool.flags(second))) >= pool.items - 3, "some are threes indeed"
    missed = {key_of(first, position) for position, flagged in enumerate(pool.flags(first)) if not flagged}
    assert pool.vouching(second) == pool.keys(honest) | missed, "what was flagged is no reference, the rest is"


def test_the_vote_decides_who_vouches(open_screened, patched, by_state):
    pool = open_screened()
    suspect, waiting = pool.screened(0, patched), pool.send(1)
    flagged = {key_of(suspect, position) for position, flag in enumerate(pool.flags(suspect)) if flag}
    assert len(flagged) >= pool.items - 3 and not pool.vouching(waiting) & flagged
    pool.stage.decide(suspect, pool.stage.by_item(suspect, [position % 2 == 0 for position in range(pool.items)]))
    accepted = pool.stage.rows(select(Item).where(Item.batch_id == suspect, Item.accepted))
    assert [item.position for item in accepted] == list(range(0, pool.items, 2))
    assert pool.vouching(waiting) & pool.keys(suspect) == {key_of(suspect, item.position) for item in accepted}


def test_what_is_rejected_later_leaves_the_state(open_screened, by_state):
    pool = open_screened()
    first, second = pool.screened(0), pool.screened(1)
    pool.screened(2)
    assert pool.held(first, second) == pool.keys(first, second)
    pool.stage.decide(first, pool.stage.by_item(first, [False] * pool.items))
    pool.screened(3)
    assert pool.held(first, second) == pool.keys(second)


def test_whom_a_test_accuses_is_out_until_the_vote(open_screened, patched, by_state):
    pool = open_screened()
    pool.screened(0)
    suspect, waiting = pool.screened(1, patched), pool.send(2)
    test = pool.stage.rows(select(AccusationTest).where(AccusationTest.batch_id == suspect))[0]
    pool.stage.change(AccusationTest, test.id, accused=True)
    record = pool.reference(waiting).record
    assert (record.tests, record.found) == (1, 1)
    assert record.accused() == {pool.stage.row(Batch, suspect).contributor}
    pool.stage.decide(suspect, pool.stage.by_item(suspect, [True] * pool.items))
    record = pool.reference(waiting).record
    assert (record.tests, record.found, record.accused()) == (2, 1, set()), "the one waiting was screened meanwhile"


def test_a_contributors_flagged_items_are_read_with_its_next_batch(open_screened, patched, by_state):
    pool = open_screened()
    sender = pool.contributor()
    flagged = pool.screened(0, patched, sender)
    own, others = pool.reference(pool.send(1, None, sender)), pool.reference(pool.send(2))
    suspected = set(own.suspected.keys.tolist())
    assert len(suspected) >= pool.items - 3 and suspected <= pool.keys(flagged) and not len(others.suspected)
    assert not set(own.items.keys.tolist()) & suspected


# ---------------------------------------------------------------- shape and model


def shape(pool, seed=()):
    with pool.stage.application.database.read() as session:
        return shape_of_dataset(session, pool.open.id, seed)


def test_the_seed_says_which_shape_images_are_looked_at_in(open_screened, resized):
    pool = open_screened()
    document = pool.stage.row(Dataset, pool.open.id).document
    seed = [LabelledDigest(item["sha256"], item["label"]) for item in document["seed"]]
    pool.send(0, resized(40, 36))
    assert shape(pool, seed) == (8, 8, 1)
    assert shape(pool) == (36, 40, 1), "without a seed"


def test_without_a_seed_no_single_batch_says_how_all_are_looked_at(open_screened, resized, by_state):
    pool = open_screened(seed=0)
    batches = [pool.screened(0), pool.screened(1)]
    batches.append(pool.screened(2, resized(60, 54)))
    assert load(pool.folder).items.images.shape[1:] == shape(pool) == (8, 8, 1)
    batches += [pool.screened(3, resized(60, 54)), pool.screened(4, resized(60, 54))]
    assert shape(pool) == (54, 60, 1)
    assert load(pool.folder).items.images.shape[1:] == (43, 48, 1), "as small as a state keeps them"
    assert pool.held(*batches) == pool.vouching(batches[-1])


def test_images_too_large_for_the_detector_are_scaled_down(open_screened, resized):
    pool = open_screened(seed=0)
    with pytest.raises(ValueError, match="No image of the dataset"):
        shape(pool)
    pool.send(0, resized(2048, 20))
    assert shape(pool) == (8, 512, 1)


def test_the_model_is_the_detector_and_what_chooses_its_input(monkeypatch):
    before = model_hash()
    monkeypatch.setattr(sebrus.platform.screening, "OURS", ("sebrus.platform.screening",))
    assert model_hash() != before
