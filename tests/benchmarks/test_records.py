"""What benchmarks share: arguments, tables, intervals, files."""

import argparse
import io
import json
import math
from pathlib import Path

import pytest
from benchmarks.gas import main as gas
from benchmarks.records import Parser, about, folder, mean_interval, save, says, table, whole
from benchmarks.service import main as service
from benchmarks.voting import main as voting
from rich.console import Console


def test_a_table_has_a_row_per_row_and_thousands_in_groups() -> None:
    text = table(["step", "gas", "share"], [["draw", 149552, 0.5], ["commit", None, 1234.5]])
    assert text.splitlines() == [
        "| step | gas | share |",
        "|---|--:|--:|",
        "| draw | 149,552 | 0.5 |",
        "| commit | - | 1,234 |",
    ]


def test_a_row_that_does_not_fit_the_head_is_refused() -> None:
    with pytest.raises(ValueError, match="one cell per column"):
        table(["a", "b"], [["only one"]])


def test_the_interval_of_one_value_is_not_known() -> None:
    mean, width = mean_interval([3.0])
    assert mean == 3.0
    assert math.isnan(width)


def test_the_interval_is_students() -> None:
    mean, width = mean_interval([1.0, 2.0, 3.0])
    assert mean == 2.0
    assert width == pytest.approx(2.484, abs=1e-3)  # 4.303 / sqrt(3)


def test_about_says_who_measured() -> None:
    known = about(7)
    assert {"cores", "python", "commit", "seed", "date"} <= set(known)
    assert known["seed"] == 7
    assert "seed 7" in says(known)


def test_save_writes_json_and_table(tmp_path: Path) -> None:
    save("x", {"a": 1}, "| a |", Console(file=io.StringIO()), tmp_path / "bench")
    assert json.loads((tmp_path / "bench" / "x.json").read_text()) == {"a": 1}
    assert (tmp_path / "bench" / "x.md").read_text() == "| a |\n"


@pytest.mark.parametrize("text", ["0", "4", "two", "1.5", ""])
def test_a_number_outside_its_range_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="whole number from 1 to 3"):
        whole(1, 3)(text)


def test_a_folder_must_be_there(tmp_path: Path) -> None:
    assert folder(str(tmp_path)) == tmp_path
    with pytest.raises(argparse.ArgumentTypeError, match="not a folder"):
        folder(str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("main", "arguments"),
    [
        (gas, ["--lives", "0"]),
        (gas, ["--reviewers", "4"]),
        (voting, ["--seeds", "1"]),
        (voting, ["--data", "there/is/none"]),
        (service, ["--images", "100001"]),
        (service, ["--image", "5", "extra"]),
    ],
)
def test_a_bad_argument_is_refused_in_one_sentence(
    main: object, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)  # type: ignore[operator]
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.endswith("; see --help.\n")


def test_abbreviated_options_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    parser = Parser()
    parser.add_argument("--seeds")
    with pytest.raises(SystemExit):
        parser.parse_args(["--seed", "1"])
    assert "--seed" in capsys.readouterr().err
