"""Every bad source is refused with exit 2 and one line; nothing is written."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

X = np.zeros((4, 8, 8), np.uint8)
Y = np.array([0, 1, 0, 1])


def refused(command, tmp_path, *arguments):
    result = command(*arguments, "--out", tmp_path / "out")
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("sebrus scan: ") and result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()
    return result.stderr


@pytest.mark.parametrize(
    ("arrays", "word"),
    [
        ({"x": X}, "no array y"),
        ({"y": Y}, "no array x"),
        ({"x": X, "y": Y[:3]}, "4 images but 3"),
        ({"x": X.astype(float), "y": Y}, "uint8"),
        ({"x": X[0], "y": Y}, "shaped"),
        ({"x": X[..., None].repeat(2, axis=3), "y": Y}, "shaped"),
        ({"x": X, "y": np.array([0.5, np.nan, 0, 1])}, "whole numbers"),
        ({"x": X, "y": np.eye(4)}, "one label per image"),
        ({"x": X[:0], "y": Y[:0]}, "no images"),
        ({"x": X, "y": Y, "contributor": np.array(["a"])}, "contributor"),
        ({"x": X, "y": Y, "id": np.zeros((4, 2))}, "one name"),
        ({"x": X[:, :4], "y": Y}, "8 to 512"),
        ({"x": X, "y": np.array([0, 1, {}, 1], dtype=object)}, "plain arrays"),
    ],
)
def test_bad_arrays(command, tmp_path, arrays, word):
    np.savez(tmp_path / "bad.npz", **arrays)
    assert word in refused(command, tmp_path, tmp_path / "bad.npz")


def test_a_missing_source(command, tmp_path):
    assert "does not exist" in refused(command, tmp_path, tmp_path / "nowhere")


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04garbage", b"\x93NUMPY\x01\x00"])
def test_a_file_that_is_no_archive(command, tmp_path, content):
    (tmp_path / "bad.npz").write_bytes(content)
    assert "npz" in refused(command, tmp_path, tmp_path / "bad.npz")


def test_a_damaged_archive(command, tmp_path):
    np.savez_compressed(
        tmp_path / "bad.npz", x=np.random.default_rng(0).integers(0, 256, X.shape).astype(np.uint8), y=Y
    )
    damaged = bytearray((tmp_path / "bad.npz").read_bytes())
    damaged[120:160] = bytes(40)
    (tmp_path / "bad.npz").write_bytes(damaged)
    refused(command, tmp_path, tmp_path / "bad.npz")


def test_an_archive_that_claims_to_unpack_to_terabytes(command, tmp_path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (10**12, 8, 8)})
    with zipfile.ZipFile(tmp_path / "bad.npz", "w") as archive:
        archive.writestr("x.npy", header.getvalue())
        archive.writestr("y.npy", header.getvalue())
    refused(command, tmp_path, tmp_path / "bad.npz")


def table(tmp_path, text):
    root = tmp_path / "images"
    root.mkdir()
    Image.fromarray(X[0]).save(root / "a.png")
    Image.fromarray(X[0]).save(tmp_path / "secret.png")
    if text is not None:
        (root / "metadata.csv").write_bytes(text)
    return root


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (None, "no metadata.csv"),
        (b"", "no column"),
        (b"file_name,label\n", "lists no images"),
        (b"file_name\na.png\n", "no column label"),
        (b"file_name,label\na.png\n", "line 2"),
        (b"file_name,label\na.png,1,2\n", "line 2"),
        (b"file_name,label\na.png,\n", "label is empty"),
        (b"file_name,label\na.png,1\na.png,2\n", "listed twice"),
        (b"file_name,label\nb.png,1\n", "does not exist"),
        (b"file_name,label\n../secret.png,1\n", "outside the folder"),
        (b"file_name,label\n/etc/passwd,1\n", "outside the folder"),
        (b"file_name,label\nmetadata.csv,1\n", "cannot be read as an image"),
        (b"file_name,label\na.png,\xff\n", "UTF-8"),
        (b"file_name,label\na.png," + b"9" * 30 + b"\n", "18 digits"),
    ],
)
def test_bad_folders(command, tmp_path, text, word):
    assert word in refused(command, tmp_path, table(tmp_path, text))


def test_a_link_out_of_the_folder(command, tmp_path):
    root = table(tmp_path, b"file_name,label\nlink.png,1\n")
    (root / "link.png").symlink_to(tmp_path / "secret.png")
    assert "outside the folder" in refused(command, tmp_path, root)


def test_a_decompression_bomb(command, tmp_path):
    root = table(tmp_path, b"file_name,label\nbomb.png,1\n")
    Image.new("1", (20_000, 20_000)).save(root / "bomb.png")
    refused(command, tmp_path, root)


def test_a_cut_off_image(command, tmp_path):
    root = table(tmp_path, b"file_name,label\ncut.png,1\n")
    noise = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    Image.fromarray(noise).save(root / "cut.png")
    (root / "cut.png").write_bytes((root / "cut.png").read_bytes()[:500])
    assert "cannot be read as an image" in refused(command, tmp_path, root)


@pytest.mark.parametrize("rate", ["0", "1", "-3", "nan"])
def test_an_impossible_rate(command, archive, tmp_path, rate):
    assert "--fdr" in refused(command, tmp_path, archive, "--fdr", rate)


def test_an_output_folder_that_is_a_file(command, archive, tmp_path):
    (tmp_path / "taken").write_text("mine")
    result = command(archive, "--out", tmp_path / "taken")
    assert result.exit_code == 2
    assert (tmp_path / "taken").read_text() == "mine"


def test_trusted_images_of_another_size(command, archive, tmp_path):
    np.savez(tmp_path / "seed.npz", x=np.zeros((4, 9, 9), np.uint8), y=Y)
    assert "one size" in refused(command, tmp_path, archive, "--trusted", tmp_path / "seed.npz")
