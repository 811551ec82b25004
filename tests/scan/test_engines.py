"""`--engine`: images that stay where they are give the same findings; what cannot run is refused in one sentence."""

import pickle
import sys

import numpy as np
import pytest

from sebrus.detect import LocalEngine, Stored
from sebrus.scan import SourceError, scan_path
from sebrus.scan.mapped import mapped_images
from sebrus.scan.source import read

FILES = ("items.csv", "contributors.csv")


def same(one, other):
    return one.shape == other.shape and (np.asarray(one) == np.asarray(other)).all()


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1), (9, 8, 3)])
def test_a_plain_archive_is_mapped(tmp_path, shape):
    images = np.random.default_rng(0).integers(0, 255, (30, *shape), dtype=np.uint8)
    np.savez(tmp_path / "pool.npz", y=np.arange(30) % 3, x=images)
    source = read(tmp_path / "pool.npz", stored=True)
    assert isinstance(source.images, Stored) and same(source.images, images)
    assert same(pickle.loads(pickle.dumps(source.images)), images)


def test_what_cannot_be_mapped_is_read(tmp_path, digits):
    np.savez_compressed(tmp_path / "small.npz", **digits)
    np.savez(tmp_path / "columns.npz", **{**digits, "x": np.asfortranarray(digits["x"])})
    for name in ("small.npz", "columns.npz"):
        source = read(tmp_path / name, stored=True)
        assert isinstance(source.images, np.ndarray) and same(source.images, digits["x"])


def test_damaged_archives_are_not_mapped(archive):
    whole = archive.read_bytes()
    for length in (0, 10, 40, 100, len(whole) // 2, len(whole) - 30):
        archive.write_bytes(whole[:length])
        assert mapped_images(archive) is None
        with pytest.raises(SourceError):
            read(archive, stored=True)


def test_an_archive_of_wrong_images_is_refused_stored_as_well(tmp_path):
    for wrong in (np.zeros((4, 8), np.uint8), np.zeros((4, 8, 8, 2), np.uint8), np.zeros((4, 8, 8))):
        np.savez(tmp_path / "wrong.npz", x=wrong, y=[0, 1, 0, 1])
        with pytest.raises(SourceError, match="must be"):
            read(tmp_path / "wrong.npz", stored=True)
    np.savez(tmp_path / "short.npz", x=np.zeros((4, 8, 8), np.uint8), y=[0, 1, 0])
    with pytest.raises(SourceError, match="4 images but 3 entries"):
        read(tmp_path / "short.npz", stored=True)


@pytest.mark.parametrize("kind", ["grey", "mixed", "large", "large jpeg"])
def test_a_folder_is_decoded_where_it_is_needed(folder, kind):
    rng = np.random.default_rng(0)
    side = 1300 if kind.startswith("large") else 12
    images = [rng.integers(0, 255, (side, side - 3), dtype=np.uint8) for _ in range(3)]
    if kind == "mixed":
        images += [rng.integers(0, 255, (20, 20, 3), dtype=np.uint8), rng.integers(0, 255, (9, 30), dtype=np.uint8)]
    ending = "jpg" if kind == "large jpeg" else "png"
    root = folder([(f"{i}.{ending}", str(i % 2), "ann", image) for i, image in enumerate(images)])
    here, stored = read(root), read(root, stored=True)
    assert isinstance(stored.images, Stored) and same(stored.images, here.images)
    assert same(pickle.loads(pickle.dumps(stored.images)), here.images)
    assert (stored.ids, stored.contributors) == (here.ids, here.contributors)


def test_a_hostile_folder_is_refused_stored_as_well(folder):
    image = np.zeros((9, 9), np.uint8)
    outside = folder([("a.png", "0", None, image), ("../b.png", "1", None, None)], "outside")
    with pytest.raises(SourceError, match="outside the folder"):
        read(outside, stored=True)
    text = folder([("a.png", "0", None, image), ("b.png", "1", None, image)], "text")
    (text / "b.png").write_text("no image")
    with pytest.raises(SourceError, match="cannot be read as an image"):
        read(text, stored=True)
    torn = folder([(f"{i}.png", "0", None, np.full((99, 99), i, np.uint8)) for i in range(4)], "torn")
    (torn / "3.png").write_bytes((torn / "3.png").read_bytes()[:80])
    with pytest.raises(SourceError, match=r"line 5: '3.png' cannot be read as an image"):
        np.asarray(read(torn, stored=True).images)


@pytest.mark.parametrize("trusted", [False, True])
def test_stored_images_give_the_same_files(monkeypatch, tmp_path, archive, folder, digits, trusted):
    from contextlib import nullcontext

    monkeypatch.setattr("sebrus.scan.run.place", lambda _name: nullcontext(LocalEngine()))
    root = folder(
        [(f"{i}.png", str(digits["y"][i]), str(digits["contributor"][i]), digits["x"][i]) for i in range(600)]
    )
    seed = tmp_path / "seed.npz"
    np.savez(seed, x=digits["x"][600:], y=digits["y"][600:])
    for number, source in enumerate((archive, root)):
        for engine in ("local", "ray"):
            scan_path(source, seed if trusted else None, tmp_path / f"{engine}{number}", 0.05, None, engine)
        for name in FILES:
            here, there = tmp_path / f"local{number}" / name, tmp_path / f"ray{number}" / name
            assert here.read_text() == there.read_text()
        assert "mallory" in (tmp_path / f"ray{number}" / "report.html").read_text()


def test_an_unknown_engine_is_refused(command, archive, tmp_path):
    done = command(archive, "--engine", "spark", "--out", tmp_path / "out")
    assert done.exit_code == 2 and "local or ray, not spark" in done.output
    assert not (tmp_path / "out").exists()


def test_without_ray_the_extra_is_named(command, archive, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    done = command(archive, "--engine", "ray", "--out", tmp_path / "out")
    assert done.exit_code == 2 and "sebrus[cluster]" in done.output
    assert not (tmp_path / "out").exists()
