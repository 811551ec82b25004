"""The benchmark of a worker's memory runs from end to end on a small pool and refuses bad arguments."""

import json

import pytest
from benchmarks.pools import main


def test_a_small_run_writes_its_table(tmp_path, capsys):
    main(["--items", "600", "--batches", "1", "--out", str(tmp_path)])
    (pool,) = json.loads((tmp_path / "pools.json").read_text())["pools"]
    assert pool["items"] == 600 and pool["peak_mib"] >= pool["mib"][0] > 0 and pool["state_mib"] > 0
    assert "| 600 |" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {"pools.json", "pools.md"}, "the dataset is removed"


def test_a_bad_argument_is_one_sentence(capsys):
    with pytest.raises(SystemExit):
        main(["--items", "3"])
    assert "is not a whole number from 600" in capsys.readouterr().err
