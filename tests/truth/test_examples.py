"""The examples of the docstrings and of docs/truth.md are right."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import sebrus.truth
from sebrus.truth import AGGREGATORS

from .conftest import gather

PAGE = (Path(__file__).parents[2] / "docs" / "truth.md").read_text()


@pytest.mark.parametrize("name", [found.name for found in pkgutil.iter_modules(sebrus.truth.__path__)])
def test_examples(name):
    assert doctest.testmod(importlib.import_module(f"sebrus.truth.{name}")).failed == 0


def test_the_page_names_what_there_is():
    for name in AGGREGATORS:
        assert f"| `{name}` |" in PAGE
    for name in ("TruthError", "Running", "choose", "colluding", "reviewer_quality"):
        assert name in PAGE


def test_the_pages_example_runs():
    people = gather(["honest"] * 8 + ["lazy"] * 2, 60, 5, seed=1)
    kept = ~((people.votes.items == 7) & (people.votes.reviewers == 3))
    names = {
        "items": people.votes.items[kept],
        "reviewers": people.votes.reviewers[kept],
        "labels": people.votes.labels[kept],
        "gold_items": [0, 1, 2],
        "gold_answers": people.truth[:3],
    }
    exec(re.search(r"```python\n(.*?)```", PAGE, flags=re.DOTALL).group(1), names)
    assert names["state"].probabilities.shape == (60, 2)
