"""The audit's benchmark holds what was found against what is true, and refuses what it cannot do in one sentence."""

import json

import pytest

from benchmarks import audit


def test_it_says_what_was_found_of_each_attack(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(audit, "ATTACKS", ("badnets", "flip-targeted"))
    audit.main(["--collection", "digits", "--items", "900", "--poison", "20", "--plants", "0", "--out", str(tmp_path)])
    found = json.loads((tmp_path / "audit.json").read_text())
    assert set(found["attacks"]) == {"badnets", "flip-targeted"}
    assert found["attacks"]["badnets"]["poison"] == 20 and found["attacks"]["badnets"]["accused"]
    assert found["attacks"]["badnets"]["recall"] >= 0.9
    assert found["honest_flagged_of_others"] <= 0.01 * found["honest_items"]


def test_more_items_than_there_are_is_one_sentence(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        audit.main(["--collection", "digits", "--items", "5000", "--out", str(tmp_path)])
    assert ended.value.code == 2
    said = capsys.readouterr().err.strip()
    assert "digits has" in said and "\n" not in said
