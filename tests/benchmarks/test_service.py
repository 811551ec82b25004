"""The service benchmark: its images, its sums, its table, what counts as lost, and a short run of everything."""

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from benchmarks.service import main, render, sum_up
from benchmarks.service_stage import cast_of, count_stored, spread
from benchmarks.uploads import arrays, bare_rate, pictures

from sebrus.platform.intake import check_files


def test_no_two_images_are_alike_and_all_are_taken() -> None:
    results = check_files([(f"{at}.png", data) for at, data in enumerate(pictures(0, 1790, 60))])
    assert [result.sentence for result in results if not result.accepted] == []


def test_an_image_of_a_number_is_always_the_same() -> None:
    assert pictures(0, 10, 3) == pictures(0, 8, 5)[2:]
    assert (arrays(0, 5, 1) != arrays(1, 5, 1)).any()


def test_the_bare_loop_writes_every_file(tmp_path: Path) -> None:
    files = pictures(0, 0, 5)
    for sync in (True, False):
        assert bare_rate(tmp_path / str(sync), files, sync=sync, writers=2) > 0
        names = {path.name for path in (tmp_path / str(sync)).iterdir()}
        assert names == {hashlib.sha256(data).hexdigest() for data in files}


def test_the_cast_has_keys_of_its_own() -> None:
    cast = cast_of(0, 3)
    keys = [cast.owner_key, *(c.key for c in cast.contributions), *(c.key for c in cast.critics)]
    assert len(set(keys)) == len(keys) == 11


def test_spread_is_in_milliseconds() -> None:
    assert spread([0.01, 0.02, 0.03]) == {"p50_ms": 20.0, "p95_ms": 29.0, "requests": 3}


def a_round(rate: float, bare: float) -> dict[str, Any]:
    return {
        "images_per_second": rate,
        "bare_fsync_per_second": bare,
        "bare_per_second": 10 * bare,
        "refused": 1,
        "request_seconds": [0.5],
        "png_bytes": 200,
    }


def test_ratios_are_taken_within_rounds() -> None:
    found = sum_up([a_round(10, 100), a_round(100, 200), a_round(30, 100)])
    assert found["images_per_second"] == 30
    assert found["share_of_bare_fsync"] == 0.3
    assert found["share_of_bare"] == 0.03
    assert found["refused"] == 3


def test_the_table_names_every_figure() -> None:
    known = {
        "images": 8,
        "date": "-",
        "cores": 1,
        "cpu": "-",
        "load_average": 0,
        "python": "-",
        "commit": "-",
        "seed": 0,
    }
    read = {"datasets": spread([0.01]), "batch_items": spread([0.02])}
    text = render(
        {
            "about": known,
            "uploads": {"1": sum_up([a_round(10, 100)]), "4": sum_up([a_round(20, 100)])},
            "reads": {"idle": read, "uploads_by_4": read},
            "intake_ms_per_image": {"whole": 3.0, "inspect": 1.0, "keep": 1.0, "rows": 1.0},
            "settlement": {
                "batches": 1,
                "items": 4,
                "seconds": {"median": 5.0, "lowest": 5.0, "highest": 5.0},
                "seconds_to_phase": {"Voting": 3.0, "Settled": 5.0},
            },
            "peak_rss_mib": {"serve": 100, "anvil": None},
            "stored": {"sent": 8, "missing": 0, "damaged": 0, "without_row": 0},
        }
    )
    for part in (
        "1 client |",
        "4 clients |",
        "batch_items, uploads by 4",
        "Settled 5.0",
        "| anvil | - |",
        "0 are missing",
    ):
        assert part in text


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one good image, one rotten, one without a row."""
    with sqlite3.connect(tmp_path / "sebrus.db") as database:
        database.execute("CREATE TABLE image (sha256 TEXT)")
        for data in (b"good", b"rotten"):
            database.execute("INSERT INTO image VALUES (?)", [hashlib.sha256(data).hexdigest()])
    database.close()
    for data in (b"good", b"rotten", b"no row"):
        sha256 = hashlib.sha256(data).hexdigest()
        path = tmp_path / "images" / "sha256" / sha256[:2] / sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"something else" if data == b"rotten" else data)
    return tmp_path


def test_what_is_lost_is_counted(home: Path) -> None:
    sent = [hashlib.sha256(data).hexdigest() for data in (b"good", b"rotten", b"no row", b"never written")]
    assert count_stored(home, sent) == {"sent": 4, "missing": 1, "damaged": 1, "without_row": 2}
    assert count_stored(home, sent[:1]) == {"sent": 1, "missing": 0, "damaged": 0, "without_row": 0}


@pytest.mark.slow
@pytest.mark.chain
@pytest.mark.usefixtures("anvil")
def test_a_short_run_loses_nothing(tmp_path: Path) -> None:
    main(["--images", "16", "--batches", "1", "--items", "8", "--out", str(tmp_path)])
    found = json.loads((tmp_path / "service.json").read_text())
    assert found["stored"] == {"sent": 16, "missing": 0, "damaged": 0, "without_row": 0}
    assert set(found["uploads"]) == {"1", "4"}
    assert found["settlement"]["seconds"]["median"] > 0
    assert set(found["peak_rss_mib"]) == {"chain", "index", "work", "serve", "anvil"}
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []
