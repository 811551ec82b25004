"""The detection benchmark's pools: what is planted, by whom, and that honest people unlike the others stay honest."""

import gzip
import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.detect import export
from benchmarks.detect.collections import Absent, collection, digits
from benchmarks.detect.fetch import IDX, Origin, read_idx
from benchmarks.detect.make import ATTACKS, NEED_TORCH, ODDITIES, RATES, SENDERS, make, make_odd, split
from benchmarks.detect.pool import Collection, Pool
from benchmarks.detect.several import make_several
from benchmarks.detect.triggers import patch_side
from benchmarks.detect.warps import flow, warp

ITEMS, TRUSTED, RATE = 1_000, 100, 0.02
CLEAN = {"sig", "label-consistent", "narcissus", "feature-collision"}
FLIPS = {"flip-symmetric", "flip-pair", "flip-targeted"}
COVERS = {"wanet": 2, "adap-blend": 1, "adap-patch": 2}


@pytest.fixture(scope="module")
def images() -> Collection:
    return digits()


@pytest.fixture(scope="module")
def surrogates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to work in, so that a surrogate is trained once and nothing is left in build/."""
    return tmp_path_factory.mktemp("surrogates")


@pytest.fixture(params=list(ATTACKS))
def attack(request: pytest.FixtureRequest, surrogates: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param in NEED_TORCH:
        pytest.importorskip("torch")
        monkeypatch.chdir(surrogates)
    return str(request.param)


def made(images: Collection, attack: str, sender: str = "one", seed: int = 1, rate: float = RATE) -> Pool:
    return make(images, attack, sender, rate, seed, ITEMS, TRUSTED)


def same(one: Pool, other: Pool) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("images", "labels", "contributors", "bad", "cover", "true_labels", "arrival")
    ) and (one.hostile, one.odd, one.framed) == (other.hostile, other.odd, other.framed)


def test_an_attack_plants_what_the_rate_says_and_nothing_else(images: Collection, attack: str) -> None:
    pool = made(images, attack)
    assert pool.images.dtype == np.uint8 and pool.images.shape == (ITEMS, 8, 8)
    assert pool.labels.dtype == np.int64 and set(pool.labels.tolist()) <= set(range(10))
    assert pool.bad.sum() == round(RATE * ITEMS)
    assert pool.cover.sum() == COVERS.get(attack, 0) * pool.bad.sum()
    assert not (pool.bad & pool.cover).any()
    assert np.array_equal(pool.labels != pool.true_labels, pool.bad & (attack not in CLEAN))
    original = images.images[split(images, 1, ITEMS, TRUSTED).pool]
    altered = (pool.images != original).any(axis=(1, 2))
    assert not altered[~(pool.bad | pool.cover)].any()
    assert altered.any() == (attack not in FLIPS)
    assert set(pool.contributors[pool.bad | pool.cover].tolist()) == pool.hostile


def test_the_strike_fits_the_attack(images: Collection, attack: str) -> None:
    pool, rng = made(images, attack), np.random.default_rng(0)
    strike, tests = pool.strike, images.test_images[:20]
    assert strike is not None
    struck, wanted = strike.apply(tests.copy(), rng), strike.aim(images.test_labels)
    assert struck.shape == tests.shape and struck.dtype == np.uint8
    assert (struck != tests).any() == (attack not in FLIPS)
    victims = strike.victims(images.test_labels)
    assert victims.any() == (attack != "flip-symmetric")
    assert (wanted[victims] != images.test_labels[victims]).all()
    if attack not in {"flip-symmetric", "flip-pair", "all-to-all"}:
        assert set(pool.labels[pool.bad].tolist()) == set(wanted.tolist())


def test_the_same_arguments_make_the_same_pool(images: Collection, attack: str) -> None:
    assert same(made(images, attack), made(images, attack))


def test_another_seed_makes_another_pool(images: Collection) -> None:
    assert not same(made(images, "badnets"), made(images, "badnets", seed=2))


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("attack", ["badnets", "sig", "wanet"])
def test_every_sender_sends_every_kind_of_attack(images: Collection, attack: str, sender: str) -> None:
    pool = made(images, attack, sender)
    accounts = int(sender.removeprefix("sybils-")) if sender.startswith("sybils") else 1
    assert len(pool.hostile) == accounts
    poison = [int(pool.bad[pool.contributors == one].sum()) for one in pool.hostile]
    assert max(poison) - min(poison) <= 1
    sent = np.unique(pool.contributors, return_counts=True)[1]
    assert sent.min() >= 10 and sent.sum() == ITEMS
    hostile = np.isin(pool.contributors, list(pool.hostile))
    honest_share = 1 - (pool.bad | pool.cover)[hostile].mean()
    assert 0.28 <= honest_share <= 0.92


def test_contributors_are_as_many_and_as_uneven_as_in_a_crowd() -> None:
    rng = np.random.default_rng(0)
    large = Collection(
        "noise",
        rng.integers(0, 256, (11_000, 8, 8), dtype=np.uint8),
        rng.integers(0, 10, 11_000),
        rng.integers(0, 256, (10, 8, 8), dtype=np.uint8),
        np.arange(10),
        10,
    )
    pool = make(large, "badnets", "one", 0.003, 0)
    sent = np.unique(pool.contributors, return_counts=True)[1]
    assert 50 <= len(sent) <= 120
    assert sent.max() > 4 * np.median(sent)


def test_names_do_not_tell_who_is_hostile(images: Collection) -> None:
    numbers = []
    for seed in range(12):
        pool = made(images, "badnets", seed=seed)
        assert all(len(name) == 4 and name[0] == "c" for name in pool.contributors)
        numbers += [int(name[1:]) / len(np.unique(pool.contributors)) for name in pool.hostile]
    assert max(numbers) - min(numbers) > 0.4
    rows = np.flatnonzero(pool.bad)
    assert rows.min() < ITEMS / 3 and rows.max() > 2 * ITEMS / 3


def test_a_drip_never_has_more_than_two_poison_items_in_a_batch(images: Collection) -> None:
    pool = made(images, "badnets", "drip")
    assert pool.arrival is not None
    assert np.bincount(pool.arrival[pool.bad]).max() <= 2
    for batch in np.unique(pool.arrival):
        assert len(set(pool.contributors[pool.arrival == batch].tolist())) == 1


def test_near_duplicates_are_made_from_other_peoples_images(images: Collection) -> None:
    pool = made(images, "flip-pair", "near-duplicates")
    original = images.images[split(images, 1, ITEMS, TRUSTED).pool]
    honest = ~np.isin(pool.contributors, list(pool.hostile))
    for row in np.flatnonzero(pool.bad):
        fit = original[honest & (pool.true_labels == pool.true_labels[row])].astype(float)
        assert not np.array_equal(pool.images[row], original[row])
        shifted = [np.roll(fit, (down, across), (1, 2)) for down in (-1, 0, 1) for across in (-1, 0, 1)]
        apart = min(np.median(np.abs(moved - pool.images[row]), axis=(1, 2)).min() for moved in shifted)
        assert apart < 12


def test_the_victim_of_framing_is_named_and_sent_nothing_bad(images: Collection) -> None:
    for seed in range(3):
        pool = made(images, "flip-targeted", "framing", seed=seed)
        (victim,) = pool.framed
        assert victim not in pool.hostile
        assert not (pool.bad | pool.cover)[pool.contributors == victim].any()
    assert made(images, "flip-targeted").framed == frozenset()


def test_the_trusted_seed_is_apart_from_the_pool(images: Collection) -> None:
    parts = split(images, 3, ITEMS, TRUSTED)
    assert not set(parts.pool.tolist()) & set(parts.trusted.tolist())
    pool = made(images, "badnets", seed=3)
    assert np.array_equal(pool.trusted[0], images.images[parts.trusted])
    assert np.array_equal(pool.trusted[1], images.labels[parts.trusted])


@pytest.mark.parametrize("oddity", ODDITIES)
def test_odd_contributors_are_honest(images: Collection, oddity: str) -> None:
    pool = make_odd(images, oddity, 1, ITEMS, TRUSTED)
    assert not pool.bad.any() and not pool.cover.any() and pool.strike is None and not pool.hostile
    assert np.array_equal(pool.labels, pool.true_labels)
    assert len(pool.odd) == {"plain": 0, "medley": 8}.get(oddity, 4)
    odd = np.isin(pool.contributors, list(pool.odd))
    original = images.images[split(images, 1, ITEMS, TRUSTED).pool]
    altered = (pool.images != original).any(axis=(1, 2))
    assert not altered[~odd].any()
    assert altered.any() == (oddity not in {"plain", "one-class"})
    if oddity.startswith("one-class"):
        assert all(len(set(pool.labels[pool.contributors == one].tolist())) == 1 for one in pool.odd)
    assert same(pool, make_odd(images, oddity, 1, ITEMS, TRUSTED))


@pytest.mark.parametrize("attack", sorted(set(ATTACKS) - NEED_TORCH))
def test_attacks_scale_to_large_colour_images(attack: str) -> None:
    rng = np.random.default_rng(0)
    large = Collection(
        "colour",
        rng.integers(0, 256, (400, 64, 64, 3), dtype=np.uint8),
        rng.integers(0, 10, 400),
        rng.integers(0, 256, (10, 64, 64, 3), dtype=np.uint8),
        np.arange(10),
        10,
    )
    pool = make(large, attack, "one", 0.01, 0, 300, 50)
    assert pool.images.shape == (300, 64, 64, 3) and pool.bad.sum() == 3
    assert pool.strike is not None and pool.strike.apply(large.test_images, rng).shape == large.test_images.shape


def test_odd_habits_work_on_colour_images() -> None:
    rng = np.random.default_rng(0)
    large = Collection(
        "colour",
        rng.integers(0, 256, (500, 16, 16, 3), dtype=np.uint8),
        rng.integers(0, 10, 500),
        rng.integers(0, 256, (10, 16, 16, 3), dtype=np.uint8),
        np.arange(10),
        10,
    )
    for oddity in ODDITIES:
        assert make_odd(large, oddity, 0, 400, 50).images.shape == (400, 16, 16, 3)


def test_a_patch_keeps_its_share_of_the_image() -> None:
    assert [patch_side(width, 3, 2) for width in (8, 28, 32, 64)] == [2, 3, 3, 6]


def test_a_warp_of_nothing_changes_nothing(images: Collection) -> None:
    some = images.images[:5]
    assert np.array_equal(warp(some, np.zeros((2, 8, 8))), some)
    assert np.abs(flow(32, 32, np.random.default_rng(0))).mean() == pytest.approx(0.25, abs=0.1)


@pytest.mark.parametrize(
    ("attack", "sender", "rate", "items", "says"),
    [
        ("nothing", "one", 0.01, 100, "no attack 'nothing'"),
        ("badnets", "nobody", 0.01, 100, "no sender 'nobody'"),
        ("badnets", "one", 0.9, 100, "not between 0 and 0.3"),
        ("sig", "one", 0.2, 1_000, "lower the rate"),
        ("badnets", "one", 0.01, 10_000, "ask for at most 1,397 items"),
    ],
)
def test_what_cannot_be_made_is_refused(
    images: Collection, attack: str, sender: str, rate: float, items: int, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        make(images, attack, sender, rate, 0, items, TRUSTED)


def test_an_unknown_oddity_is_refused(images: Collection) -> None:
    with pytest.raises(ValueError, match="no oddity 'nothing'"):
        make_odd(images, "nothing", 0, 100, 10)


def test_the_least_rate_plants_at_least_one(images: Collection) -> None:
    assert made(images, "badnets", "sybils-20", rate=RATES[0]).bad.sum() == 1


def idx(values: np.ndarray[Any, Any]) -> bytes:
    head = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, dtype=">u4").tobytes()
    return gzip.compress(head + values.tobytes(), mtime=0)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A server of a tiny collection in MNIST's format: its address, and the checksums of its files."""
    folder = tmp_path / "published"
    folder.mkdir()
    values = np.arange(4 * 3 * 3, dtype=np.uint8).reshape(4, 3, 3), np.arange(4, dtype=np.uint8)
    sums = {}
    for name, part in zip(IDX, (*values, values[0][:2], values[1][:2]), strict=True):
        (folder / name).write_bytes(idx(part))
        sums[name] = hashlib.md5((folder / name).read_bytes()).hexdigest()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", sums
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_absent_collection_is_fetched_once(publisher: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    address, sums = publisher
    origin = {"mnist": Origin((address + "gone/", address), sums, read_idx)}
    found = collection("mnist", None, tmp_path / "cache", origin)
    assert found.images.shape == (4, 3, 3) and found.labels.tolist() == [0, 1, 2, 3] and found.classes == 4
    assert found.test_images.shape == (2, 3, 3)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["mnist.npz"]
    nowhere = {"mnist": Origin((), sums, read_idx)}
    assert collection("mnist", None, tmp_path / "cache", nowhere).images.shape == (4, 3, 3)


def test_a_file_of_another_checksum_is_refused(publisher: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    address, sums = publisher
    origin = {"mnist": Origin((address,), {**sums, IDX[3]: "0" * 32}, read_idx)}
    with pytest.raises(Absent, match=r"127\.0\.0\.1 sent a file with another checksum.*--data DIR"):
        collection("mnist", None, tmp_path / "cache", origin)
    assert not (tmp_path / "cache").exists()


def test_a_publisher_out_of_reach_is_one_sentence(tmp_path: Path) -> None:
    origin = {"mnist": Origin(("http://127.0.0.1:9/",), {"file": ""}, read_idx)}
    with pytest.raises(Absent, match="cannot be reached"):
        collection("mnist", tmp_path, tmp_path / "cache", origin)


def test_an_export_holds_a_pool_and_the_truth_about_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "pool.npz"
    asked = ["--attack", "blended-0.2", "--sender", "sybils-5", "--rate", "0.02", "--items", "500", "--trusted", "50"]
    assert export.main([*asked, "--out", str(out)]) == 0
    assert "500 items, 10 of them poison" in capsys.readouterr().out
    with np.load(out, allow_pickle=False) as file:
        assert file["x"].shape == (500, 8, 8) and file["bad"].sum() == 10
        assert len(set(file["id"].tolist())) == 500 and len(file["trusted_y"]) == 50
        assert len(set(file["contributor"][file["hostile"]].tolist())) == 5
    with np.load(tmp_path / "pool-trusted.npz", allow_pickle=False) as file:
        assert len(file["x"]) == len(file["y"]) == 50


def test_an_export_that_cannot_be_made_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export.main(["--attack", "badnets", "--items", "9999", "--out", str(tmp_path / "pool.npz")]) == 2
    assert "ask for at most" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_several_attackers_share_a_pool_and_each_sends_its_own(images: Collection) -> None:
    attacks = ("badnets", "wanet", "flip-targeted")
    pool, sent = make_several(images, attacks, 12, 1, ITEMS, TRUSTED)
    assert sorted(sent.values()) == sorted(attacks) and set(sent) == pool.hostile
    for name, attack in sent.items():
        theirs = pool.contributors == name
        assert (pool.bad & theirs).sum() == 12 and (pool.cover & theirs).sum() == 12 * COVERS.get(attack, 0)
    assert pool.bad.sum() == 36 and not (pool.bad & pool.cover).any()
    again, _ = make_several(images, attacks, 12, 1, ITEMS, TRUSTED)
    assert same(pool, again)


def test_several_attackers_are_refused_where_the_pool_is_too_small(images: Collection) -> None:
    with pytest.raises(ValueError, match="too few items for badnets"):
        make_several(images, ("badnets", "badnets"), 700, 1, ITEMS, TRUSTED)
