"""However the work is split and wherever it runs, sums are equal and the same items are flagged."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from sebrus.detect import DetectError, LocalEngine, Stored, scan
from sebrus.detect.engine import in_order
from sebrus.detect.intake import pool
from sebrus.detect.prepare import prepare

RAY_WARNINGS = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def sums_of(crowd, engine):
    return prepare(pool(*crowd.arguments(), crowd.trusted), lambda *_: None, engine)


def assert_equal_sums(one, other):
    for name, sums in one.sums.items():
        for field in ("own", "length", "n", "rest", "rest_length", "rest_n"):
            here, there = getattr(sums, field), getattr(other.sums[name], field)
            assert np.allclose(here, there, rtol=1e-6, atol=1e-6 * np.abs(here).max()), (name, field)


def attacked(crowd):
    crowd.patch_attacker("c03")
    crowd.label_flipper("c07")
    return crowd


def told(found):
    """What findings say, without the pictures."""
    people = [(c.contributor, c.p_value, c.flagged, c.reason, c.min_bad_items) for c in found.contributors]
    return found.items, people


@pytest.mark.parametrize("shard", [64, 257, 5000])
def test_the_size_of_shards_changes_no_sum_and_no_flag(crowd, shard):
    attacked(crowd)
    whole, parts = sums_of(crowd, None), sums_of(crowd, LocalEngine(shard=shard))
    assert_equal_sums(whole, parts)
    assert np.allclose(whole.described, parts.described, rtol=1e-6, atol=1e-6)
    found = scan(*crowd.arguments(), crowd.trusted)
    again = scan(*crowd.arguments(), crowd.trusted, engine=LocalEngine(shard=shard))
    assert found.flagged.any() and (found.flagged == again.flagged).all()
    assert [c.flagged for c in found.contributors] == [c.flagged for c in again.contributors]


def test_threads_change_no_bit(crowd):
    attacked(crowd)
    one = scan(*crowd.arguments(), engine=LocalEngine(shard=100))
    assert told(scan(*crowd.arguments(), engine=LocalEngine(threads=3, shard=100))) == told(one)


def test_stored_images_are_read_in_parts_and_found_the_same(crowd):
    attacked(crowd)
    read = []

    def reader(rows):
        read.append(len(rows))
        return crowd.images[rows]

    stored = Stored(crowd.images.shape, reader)
    found = scan(stored, crowd.labels, crowd.contributors, crowd.trusted, engine=LocalEngine(shard=200))
    here = scan(*crowd.arguments(), crowd.trusted, engine=LocalEngine(shard=200))
    assert told(found) == told(here)
    assert sum(size <= 200 for size in read) >= 2 * len(crowd.images) // 200


def test_a_reader_that_gives_too_few_images_is_refused(crowd):
    stored = Stored(crowd.images.shape, lambda rows: crowd.images[rows[1:]])
    with pytest.raises(DetectError, match="reader gave"):
        scan(stored, crowd.labels)


def test_stored_rows_are_those_of_the_array():
    images = np.random.default_rng(0).integers(0, 255, (7, 8, 9), dtype=np.uint8)
    both = Stored((4, 8, 9), lambda rows: images[rows]).followed_by(images[4:])
    assert len(both) == 7
    for rows in (slice(2, 6), slice(None), np.array([6, 0, 5, 5]), np.zeros(0, dtype=np.intp)):
        assert (both[rows] == images[rows]).all()
        assert (both.with_channels()[rows] == images[rows][..., None]).all()
    assert (both[5] == images[5]).all() and (np.asarray(both) == images).all()


def test_no_more_than_so_many_are_under_way():
    under_way, most = [0], [0]

    def started():
        for number in range(20):
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            yield number

    def wait(number):
        under_way[0] -= 1
        return number

    assert list(in_order(started(), wait, 3)) == list(range(20))
    assert most[0] == 3


@pytest.mark.parametrize("engine", ["spark", "Ray", ""])
def test_an_unknown_engine_is_refused(crowd, engine):
    with pytest.raises(DetectError, match="local or ray"):
        scan(*crowd.arguments(), engine=engine)


@pytest.mark.parametrize("wrong", [{"threads": 0}, {"shard": 0}, {"shard": -5}])
def test_no_threads_and_no_rows_are_refused(wrong):
    with pytest.raises(DetectError, match="1 or more"):
        LocalEngine(**wrong)


def test_without_ray_one_sentence_names_the_extra(crowd, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(DetectError, match=r"sebrus\[cluster\]"):
        scan(*crowd.arguments(), engine="ray")


@pytest.fixture(params=[1, 2], scope="class")
def ray_engine(request):
    pytest.importorskip("ray")
    from sebrus.detect.cluster import RayEngine

    with RayEngine(workers=request.param, shard=200, store=100 * 1024**2) as engine:
        yield engine


class TestOnRay:
    pytestmark = RAY_WARNINGS

    def test_the_findings_are_those_of_this_process(self, crowd, ray_engine):
        attacked(crowd)
        assert_equal_sums(sums_of(crowd, None), sums_of(crowd, ray_engine))
        here = scan(*crowd.arguments(), crowd.trusted, engine=LocalEngine(shard=200))
        assert told(scan(*crowd.arguments(), crowd.trusted, engine=ray_engine)) == told(here)

    def test_a_killed_worker_changes_nothing(self, ray_engine, tmp_path):
        marker = str(tmp_path / "killed")

        def fragile(scale, images, numbers):
            if numbers[0] == 400 and not Path(marker).exists():
                Path(marker).touch()
                os._exit(1)
            return scale * images.sum(axis=(1, 2), dtype=np.int64) + numbers

        images, rows = np.random.default_rng(0).integers(0, 255, (900, 8, 8), dtype=np.uint8), np.arange(900)
        found = list(ray_engine.map(fragile, (3,), images, rows, rows))
        assert Path(marker).exists()
        assert [len(part) for part in found] == [200, 200, 200, 200, 100]
        assert (np.concatenate(found) == 3 * images.sum(axis=(1, 2), dtype=np.int64) + rows).all()

    def test_a_worker_reads_its_own_rows(self, crowd, ray_engine, tmp_path):
        path = tmp_path / "images.npy"
        np.save(path, crowd.images)
        place = str(path)
        stored = Stored(crowd.images.shape, lambda rows: np.load(place, mmap_mode="r")[rows])
        found = scan(stored, crowd.labels, crowd.contributors, crowd.trusted, engine=ray_engine)
        here = scan(*crowd.arguments(), crowd.trusted, engine=LocalEngine(shard=200))
        assert told(found) == told(here)

    def test_a_refusal_in_a_worker_is_the_same_sentence(self, crowd, ray_engine):
        def refuse(_images):
            raise DetectError("Row 7 cannot be read.")

        with pytest.raises(DetectError, match=r"^Row 7 cannot be read\.$"):
            list(ray_engine.map(refuse, (), crowd.images, np.arange(len(crowd.images))))

    def test_workers_that_always_die_end_in_one_sentence(self, crowd, ray_engine, monkeypatch):
        monkeypatch.setattr("sebrus.detect.cluster.RETRIES", 1)

        def die(_images):
            os._exit(1)

        with pytest.raises(DetectError, match="gave up on a part of the work"):
            list(ray_engine.map(die, (), crowd.images, np.arange(100)))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "127.0.0.1:99999"])
def test_an_address_without_a_cluster_is_refused(address):
    pytest.importorskip("ray")
    from sebrus.detect.cluster import RayEngine

    with pytest.raises(DetectError, match=f"no Ray cluster at {address} "), RayEngine(address):
        pass


@pytest.mark.filterwarnings("ignore")
def test_a_ray_engine_that_is_not_open_is_refused():
    pytest.importorskip("ray")
    from sebrus.detect.cluster import RayEngine

    with pytest.raises(DetectError, match="context manager"):
        list(RayEngine().map(len, (), np.zeros((1, 8, 8), np.uint8), np.arange(1)))
