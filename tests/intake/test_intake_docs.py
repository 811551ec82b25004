"""docs/intake.md lists every code with its sentence and every limit with its value."""

import dataclasses
from pathlib import Path

import pytest

from sebrus.platform.intake import FILE_SENTENCES, LABEL_SENTENCES, Limits
from sebrus.store.images import SENTENCES

DOCS = (Path(__file__).parents[2] / "docs" / "intake.md").read_text(encoding="utf-8")
ALL = {**SENTENCES, **FILE_SENTENCES, **LABEL_SENTENCES}


def _shown(sentence: str) -> str:
    return sentence.replace("!r", "")


@pytest.mark.parametrize("code", ALL)
def test_every_code_is_documented_with_its_sentence(code):
    assert f"| `{code}` | {_shown(ALL[code])} |" in DOCS


def test_no_code_is_documented_that_does_not_exist():
    documented = {
        line.split("`")[1] for line in DOCS.splitlines() if line.startswith("| `") and "{" not in line.split("`")[1]
    }
    assert documented <= set(ALL) | {field.name for field in dataclasses.fields(Limits)}


@pytest.mark.parametrize("field", dataclasses.fields(Limits), ids=lambda field: field.name)
def test_every_limit_is_documented_with_its_value(field):
    assert f"| `{field.name}` | {field.default:,} |".replace(",", " ") in DOCS


def test_codes_are_stable_words_and_used_once():
    assert len(ALL) == len(SENTENCES) + len(FILE_SENTENCES) + len(LABEL_SENTENCES)
    assert all(code.replace("_", "").isalpha() and code.islower() for code in ALL)
    assert all(sentence.endswith(".") for sentence in ALL.values())
