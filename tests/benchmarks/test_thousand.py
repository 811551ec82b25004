"""The benchmark of many contributors: what counts as flat, its table, and a short run that loses nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.thousand import Watch, main, render


def test_memory_is_told_by_the_share_of_batches_on_chain() -> None:
    watch = Watch.__new__(Watch)
    watch.samples = [{"on_chain": count, "mib": {"work": 100 + count}} for count in (1, 4, 6, 8)]
    assert watch.memory(8) == {
        "10%": {"work": 101},
        "25%": {"work": 104},
        "50%": {"work": 104},
        "75%": {"work": 106},
        "100%": {"work": 108},
    }
    assert list(watch.memory(16)) == ["10%", "25%", "50%"], "what was not reached is not told"


def test_the_table_says_what_was_lost() -> None:
    known = {"date": "-", "cores": 1, "cpu": "-", "load_average": 0, "python": "-", "commit": "-", "seed": 0}
    found: dict[str, Any] = {
        "about": known | {"contributors": 1000, "images": 100_000},
        "handing_in_seconds": 200.0,
        "seconds": 900.0,
        "refused": 0,
        "reads": {"datasets": {"p50_ms": 5.0, "p95_ms": 50.0, "requests": 10}},
        "batches": 1000,
        "on_chain": 998,
        "not_told": 2,
        "stored": {"sent": 100_000, "missing": 1, "damaged": 0, "without_row": 0},
        "memory_mib": {"100%": {"serve": 200}},
        "peak_rss_mib": {"serve": 220},
    }
    text = render(found)
    for part in ("500 images/s", "998 of 1,000 batches", "1 are missing", "2 are lost or refused", "| 100% | 200 |"):
        assert part in text


@pytest.mark.slow
@pytest.mark.chain
@pytest.mark.usefixtures("anvil")
def test_a_short_run_brings_every_batch_to_the_chain(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--contributors", "4", "--images", "40", "--out", str(tmp_path)])
    assert ended.value.code == 0
    found = json.loads((tmp_path / "thousand.json").read_text())
    assert found["stored"] == {"sent": 40, "missing": 0, "damaged": 0, "without_row": 0}
    assert (found["batches"], found["on_chain"], found["not_told"]) == (4, 4, 0)
