"""The detector's state of a dataset is a cache: lost, broken or outdated, it costs time and changes no result."""

from __future__ import annotations

import errno
import logging
import os
import shutil

import pytest
from sqlalchemy import select

import sebrus.platform.reference
from sebrus.detect import load, save
from sebrus.detect.saving import NAME
from sebrus.platform.indexer import Indexer
from sebrus.platform.screening import ScreenedBatch, screen_batch
from sebrus.platform.sent_items import key_of
from sebrus.platform.worker import PASSING
from sebrus.store.blobs import blob_place
from sebrus.store.disk import DiskBlobs
from sebrus.store.models import SecretScreening
from sebrus.store.projected import Item

pytestmark = pytest.mark.chain


class Pool:
    """Two screened batches, of which the state holds the first, and one that waits and is screened for trial."""

    def __init__(self, dataset, patched):
        self.dataset = dataset
        self.first, self.second = dataset.screened(0), dataset.screened(1)
        self.waiting = dataset.send(2, patched)
        self.kept = {file.name: file.read_bytes() for file in dataset.folder.iterdir()}

    def restore(self):
        """The state as it was after the second batch was screened."""
        self.dataset.folder.mkdir(parents=True, exist_ok=True)
        for name, data in self.kept.items():
            (self.dataset.folder / name).write_bytes(data)

    def trial(self):
        """Screen the waiting batch without storing the result; returns what it found."""
        found = screen_batch(self.dataset.stage.application, self.waiting).findings
        return found.model_hash, found.scores_root, found.flags, found.links


@pytest.fixture(scope="module")
def shared_pool(open_screened, patched, by_state):
    return Pool(open_screened(), patched)


@pytest.fixture
def pool(shared_pool):
    shared_pool.restore()
    return shared_pool


def test_a_little_pool_is_looked_at_anew_and_leaves_no_state(open_screened, monkeypatch):
    monkeypatch.setattr("sebrus.platform.screening.FEWEST_FOR_STATE", 1000)
    dataset = open_screened()
    dataset.screened(0)
    dataset.screened(1)
    assert not dataset.folder.exists() and dataset.tests == []


def test_the_state_follows_the_tables_and_reads_only_what_is_new(pool, monkeypatch):
    dataset, read, get = pool.dataset, [], DiskBlobs.get
    assert dataset.held(pool.first, pool.second) == dataset.keys(pool.first)
    monkeypatch.setattr(DiskBlobs, "get", lambda blobs, digest: read.append(digest) or get(blobs, digest))
    pool.trial()
    assert dataset.held(pool.first, pool.second) == dataset.keys(pool.first, pool.second)
    assert len(read) == 1 + 2 * dataset.items, "the metadata, the batch before, the batch itself"
    read.clear()
    pool.trial()
    assert len(read) == 1 + dataset.items


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


@pytest.mark.parametrize("at", ["before the state is written", "after the state is written", "before it is stored"])
def test_a_killed_screening_is_done_again_with_the_same_result(pool, monkeypatch, at):
    undisturbed, tests = pool.trial(), pool.dataset.tests
    pool.restore()

    def die(*arguments):
        if at == "after the state is written":
            save(*arguments)
        raise Killed

    where = (ScreenedBatch, "keep") if at == "before it is stored" else (sebrus.platform.reference, "save")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(*where, die)
        pool.dataset.screen(pool.waiting)
    assert pool.dataset.stage.row(SecretScreening, pool.waiting) is None and pool.dataset.tests == tests
    assert pool.trial() == undisturbed
    assert load(pool.dataset.folder).record.tests == 0, "the record of tests is the database's"


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda path: shutil.rmtree(path.parent), "There is no state"),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "is not a whole state"),
        (lambda path: path.write_bytes(b""), "is not a whole state"),
        (lambda path: [file.unlink() for file in path.parent.glob("*.rows")], "is not a whole state"),
        (lambda path: [file.write_bytes(b"rotten") for file in path.parent.glob("*.rows")], "what was written"),
    ],
)
def test_a_state_that_cannot_be_used_is_built_again(pool, caplog, harm, sentence):
    dataset, before = pool.dataset, pool.dataset.tests
    harm(dataset.folder / NAME)
    with caplog.at_level(logging.INFO, logger="sebrus.platform.reference"):
        pool.trial()
    lines = [record.getMessage() for record in caplog.records if record.name == "sebrus.platform.reference"]
    assert len(lines) == 1 and "learns the dataset anew" in lines[0] and sentence in lines[0]
    assert dataset.held(pool.first, pool.second) == dataset.keys(pool.first, pool.second)
    assert dataset.reference(pool.waiting).record.tests == len(before) == 1, "the tests made are not forgotten"


def test_a_state_of_another_version_or_shape_is_built_again(pool, caplog, monkeypatch):
    state = load(pool.dataset.folder)
    with monkeypatch.context() as patch:
        patch.setattr("sebrus.detect.saving.state_version", lambda: "another")
        save(state, pool.dataset.folder)
    with caplog.at_level(logging.INFO):
        pool.trial()
        assert "another version" in caplog.text
        monkeypatch.setattr("sebrus.platform.screening.shape_of_dataset", lambda *_: (12, 12, 1))
        pool.trial()
        assert "another shape" in caplog.text
    assert load(pool.dataset.folder).items.images.shape[1:] == (12, 12, 1)


def test_reindexing_changes_nothing(pool):
    before = pool.trial()
    data = (pool.dataset.folder / NAME).read_bytes()
    Indexer(pool.dataset.stage.application).reindex()
    assert pool.trial() == before and (pool.dataset.folder / NAME).read_bytes() == data


def test_a_disk_that_refuses_the_state_stops_no_screening(pool, monkeypatch, caplog):
    def full(*_):
        raise OSError("No space left on device")

    undisturbed = pool.trial()
    pool.restore()
    monkeypatch.setattr(sebrus.platform.reference, "save", full)
    assert pool.trial() == undisturbed and "No space left" in caplog.text


def test_a_disk_that_loses_the_state_while_it_is_read_costs_one_more_screening(pool, monkeypatch, caplog):
    """The batch is not to blame: the worker tries again, and the state is built from the images."""
    shutil.rmtree(pool.dataset.folder)
    built = pool.trial()
    pool.restore()

    def worn_out(*_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, "preadv", worn_out)
        with pytest.raises(PASSING, match=r"cannot be read \(Input/output error\): build the state again\.$"):
            pool.trial()
    with caplog.at_level(logging.INFO, logger="sebrus.platform.reference"):
        assert pool.trial() == built
    assert "learns the dataset anew: There is no state" in caplog.text


def test_an_outgrown_state_learns_anew(pool, monkeypatch):
    dataset = pool.dataset
    assert load(dataset.folder).standard.learned == dataset.seed + dataset.items
    monkeypatch.setattr("sebrus.detect.state.State.outgrown", property(lambda _state: True))
    pool.trial()
    assert load(dataset.folder).standard.learned == dataset.seed + 2 * dataset.items


def test_a_rotten_image_of_the_pool_is_left_out_until_it_is_mended(pool, caplog):
    dataset = pool.dataset
    rotten = dataset.stage.rows(select(Item).where(Item.batch_id == pool.second, Item.position == 3))[0]
    path = dataset.stage.application.blobs.root / blob_place(rotten.sha256)
    good = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(b"rotten")
    try:
        pool.trial()
        assert dataset.held(pool.second) == dataset.keys(pool.second) - {key_of(pool.second, 3)}
        assert "without an image" in caplog.text
    finally:
        path.write_bytes(good)
    pool.trial()
    assert dataset.held(pool.second) == dataset.keys(pool.second)


def test_a_batch_screened_twice_is_tested_once(pool):
    dataset = pool.dataset
    dataset.screen(pool.second)
    dataset.screen(pool.second)
    assert [batch_id for batch_id, _, _ in dataset.tests] == [pool.second]
