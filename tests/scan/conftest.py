"""Sources on disk and the command that scans them."""

import csv
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
