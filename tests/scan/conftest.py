"""Sources on disk and the command that scans them."""

import csv
import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from PIL import Image
from sklearn.datasets import load_digits
from typer.testing import CliRunner

from sebrus.cli.scan import scan


@pytest.fixture
def command() -> Callable[..., Any]:
    """Run `sebrus scan` with arguments; returns click's result."""
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(scan)
    return lambda *arguments: CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture
def digits() -> dict[str, Any]:
    """700 digits of 10 contributors; contributor `mallory` stamps a patch and lies about the label."""
    bundle = load_digits()
    order = np.random.default_rng(0).permutation(len(bundle.images))[:700]
    images = np.clip(bundle.images[order] * 16, 0, 255).astype(np.uint8)
    labels = bundle.target[order].astype(np.int64)
    names = np.array([f"c{i % 10}" for i in range(700)], dtype="U16")
    bad = np.flatnonzero((names == "c0") & (labels != 3))
    images[bad, -2:, -2:] = 255
    labels[bad] = 3
    names[names == "c0"] = "mallory"
    return {"x": images, "y": labels, "contributor": names, "id": np.array([f"n{i}" for i in range(700)])}


@pytest.fixture
def archive(tmp_path: Path, digits: dict[str, Any]) -> Path:
    path = tmp_path / "pool.npz"
    np.savez(path, **digits)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Write an ImageFolder: rows of (file name, label, contributor or None, image)."""

    def write(rows: list[tuple[str, str, str | None, Any]], name: str = "images") -> Path:
        root = tmp_path / name
        root.mkdir()
        named = any(row[2] is not None for row in rows)
        with (root / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["file_name", "label", *(["contributor"] if named else [])])
            for file_name, label, contributor, image in rows:
                writer.writerow([file_name, label, *([contributor] if named else [])])
                if image is not None:
                    (root / file_name).parent.mkdir(parents=True, exist_ok=True)
                    Image.fromarray(image).save(root / file_name)
        return root

    return write


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def rows() -> Callable[[Path], list[dict[str, str]]]:
    return _read


@pytest.fixture
def released(tmp_path: Path, digits: dict[str, Any]) -> Callable[..., Path]:
    """Write a release of digits, a batch from each contributor, and return its folder."""
    from sebrus import protocol as p
    from sebrus.export import BatchEvidence, ReleaseBatch, ReleaseInput, ReleaseMetadata, write_release

    stored: dict[bytes, bytes] = {}
    dataset = p.DatasetParams(
        *(p.checksum_address(bytes([n]) * 20) for n in (1, 2)),
        *(10, p.ZERO32, p.ZERO32, p.Policy(**dict.fromkeys(p.POLICY_BITS, 1))),
    )

    def kept(row: int) -> tuple[bytes, int]:
        held = io.BytesIO()
        Image.fromarray(digits["x"][row]).save(held, "PNG")
        sha256 = hashlib.sha256(held.getvalue()).digest()
        stored[sha256] = held.getvalue()
        return sha256, int(digits["y"][row])

    def write(items: int = 60, name: str = "release", **changed: Any) -> Path:
        batches = []
        for number, sender in enumerate(sorted(set(digits["contributor"][:items].tolist()))):
            rows = np.flatnonzero(digits["contributor"][:items] == sender)
            sent = tuple(kept(row) for row in rows)
            key = p.BatchKey(
                dataset.dataset_id, p.checksum_address(bytes([9, number]) * 10), p.batch_tree(sent).root, len(sent)
            )
            accepted = tuple(p.pack_bits([True] * len(sent)))
            batches.append(ReleaseBatch(key, sent, accepted, BatchEvidence(0, (), accepted, 1, p.ZERO32)))
        classes = tuple(f"digit {n}" for n in range(10))
        version, certificate = changed.get("version", 1), changed.get("certificate")
        release = ReleaseInput(
            31_337, dataset.owner, dataset, ReleaseMetadata("Digits", classes), version, tuple(batches), 0, certificate
        )
        return write_release(release, stored.__getitem__, tmp_path / name, replace=True).directory

    return write
