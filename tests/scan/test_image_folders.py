"""ImageFolders: names as labels, mixed sizes and modes, nested files."""

import numpy as np
import pytest


def pictures(count, size=12):
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (size, size)).astype(np.uint8) for _ in range(count)]


def test_names_stay_names_and_order_is_kept(command, folder, rows, tmp_path):
    made = [(f"sub/{i}.png", ["dog", "cat, big"][i % 2], f"p{i % 3}", image) for i, image in enumerate(pictures(12))]
    result = command(folder(made), "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    items = rows(tmp_path / "out" / "items.csv")
    assert [(row["id"], row["label"], row["contributor"]) for row in items] == [row[:3] for row in made]


def test_mixed_sizes_take_the_most_common_and_colour_wins(folder):
    from sebrus.scan.source import read

    images = [*pictures(4, 12), *pictures(2, 20)]
    images[0] = np.stack([images[0]] * 3, axis=-1)
    source = read(folder([(f"{i}.png", str(i % 2), None, image) for i, image in enumerate(images)]))
    assert source.images.shape == (6, 12, 12, 3)
    assert source.contributors is None
    assert (source.images[0] == images[0]).all()


def test_a_trusted_folder_takes_the_size_and_numbers_of_the_source(folder):
    from sebrus.scan.source import read

    made = [(f"{i}.png", "ba"[i % 2], None, p) for i, p in enumerate(pictures(4))]
    source = read(folder(made))
    seed = read(folder([("x.png", "b", None, pictures(1, 30)[0]), ("y.png", "c", None, pictures(1)[0])], "s"), source)
    assert seed.images.shape[1:] == (12, 12)
    assert {source.class_names[1], seed.class_names[int(seed.labels[0])]} == {"b"}
    assert seed.class_names[int(seed.labels[1])] == "c" and int(seed.labels[1]) not in source.class_names


@pytest.mark.parametrize("names_in_source", [True, False])
def test_names_against_numbers_are_refused(command, folder, tmp_path, names_in_source):
    images = pictures(4)
    named = folder([(f"{i}.png", "ab"[i % 2], None, image) for i, image in enumerate(images)])
    np.savez(tmp_path / "numbers.npz", x=np.stack(images), y=[0, 1, 0, 1])
    pair = (named, tmp_path / "numbers.npz")
    source, seed = pair if names_in_source else reversed(pair)
    result = command(source, "--trusted", seed, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "same labels in both" in result.stderr


@pytest.mark.parametrize("kind", ["png", "jpg", "webp", "gif", "bmp", "tiff", "ppm", "tga", "jp2"])
def test_the_documented_kinds_are_read(folder, kind):
    from sebrus.scan.source import read

    assert read(folder([(f"a.{kind}", "1", None, pictures(1)[0])])).images.shape[:3] == (1, 12, 12)
