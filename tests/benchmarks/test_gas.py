"""The gas benchmark: its figures, its tables, the baseline's pictures, and a short run on the chain."""

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.gas import main, render, summarise
from benchmarks.gas_stage import STEPS
from benchmarks.prototype import ORIGINAL, ORIGINAL_APPROVE, SIZES, picture


@pytest.fixture
def life() -> dict[str, int]:
    return {step: 1000 * number for number, step in enumerate(STEPS, 1)}


def test_per_item_is_the_total_over_the_items(life: dict[str, int]) -> None:
    found = summarise([life], 10)
    assert found["total"] == 21_000
    assert found["per_item"] == 2100.0
    assert found["per_verdict"] == 420.0
    assert [found[step] for step in STEPS] == list(life.values())


def test_the_life_of_median_total_is_shown(life: dict[str, int]) -> None:
    cheap, dear = life | {"draw": 0}, life | {"draw": 10_000}
    found = summarise([dear, life, cheap], 10)
    assert (found["total_lowest"], found["total"], found["total_highest"]) == (18_000, 21_000, 28_000)


def test_the_table_has_every_step_and_the_ratio_to_the_baseline(life: dict[str, int]) -> None:
    image = {"png_bytes": 332, "create": 400_000, "approve": 20_000, "per_item": 420_000}
    found = {
        "64": summarise([life], 10) | {"steps": summarise([life], 10)},
        "prototype_2023": {"28x28 grey": image | {"original_create": 1, "original_approve": 1}},
        "about": {"reviewers_staked": 5, "hardfork": "prague", "date": "-", "cores": 1, "cpu": "-", "load_average": 0}
        | {"python": "-", "commit": "-", "seed": 0},
    }
    text = render(found)
    for row in (
        "submit (signed) and",
        "draw and commit",
        "commitScreening",
        "draw |",
        "commit (",
        "conclude",
        "**per item**",
    ):
        assert f"| {row}" in text
    assert "200x" in text


@pytest.mark.parametrize(("name", "size"), [("28x28 grey", (28, 28)), ("32x32 colour", (32, 32, 3))])
def test_the_pictures_have_the_size_of_the_originals(name: str, size: tuple[int, ...]) -> None:
    data = picture(np.random.default_rng(0), size, SIZES[name])
    assert data.startswith(b"\x89PNG")
    assert abs(len(data) - SIZES[name]) <= 4


@pytest.mark.chain
@pytest.mark.usefixtures("anvil")
def test_a_short_run_writes_what_is_pinned(tmp_path: Path) -> None:
    main(["--lives", "1", "--reviewers", "8", "--out", str(tmp_path)])
    found = json.loads((tmp_path / "gas.json").read_text())
    for size in ("64", "256", "1024"):
        assert set(STEPS) | {"per_item", "total"} <= set(found[size])
        assert found[size]["total"] == sum(found[size][step] for step in STEPS)
        assert found[size]["per_item"] == round(found[size]["total"] / int(size), 1)
        assert (found[size]["draw"], found[size]["commit_screening"]) == (0, 0)  # in the transactions beside them
        assert found[size]["steps"]["draw"] > 0 and found[size]["steps"]["total"] > found[size]["total"]
    assert found["64"]["per_item"] > found["256"]["per_item"] > found["1024"]["per_item"]
    for name, original in ORIGINAL.items():
        kept = found["prototype_2023"][name]
        # Written anew, it must not make the original look dearer than it was.
        assert kept["create"] < original
        assert kept["approve"] < ORIGINAL_APPROVE
    assert {"cores", "python", "commit", "seed"} <= set(found["about"])
