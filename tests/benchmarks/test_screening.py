"""The screening benchmark runs from end to end on a small pool and refuses bad arguments."""

import json

import pytest
from benchmarks.screening import main


def test_a_small_run_writes_its_table(tmp_path, capsys):
    main(["--items", "400", "--times", "1", "--out", str(tmp_path)])
    (pool,) = json.loads((tmp_path / "screening.json").read_text())["pools"]
    assert pool["items"] == 400 and pool["honest_seconds"] > 0 and pool["state_mib"] > 0
    assert "| digits | 400 |" in capsys.readouterr().out
    assert (tmp_path / "screening.md").exists()


def test_a_bad_argument_is_one_sentence(capsys):
    with pytest.raises(SystemExit):
        main(["--items", "3"])
    assert "is not a whole number from 400" in capsys.readouterr().err
