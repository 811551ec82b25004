"""Four files, columns and order as promised, exit codes, JSON and nothing else."""

import json

import numpy as np


def test_the_tables_hold_one_row_per_item_and_contributor_in_order(command, archive, rows, tmp_path, digits):
    result = command(archive, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "contributors.csv",
        "items.csv",
        "report.html",
        "summary.json",
    ]
    items = rows(tmp_path / "out" / "items.csv")
    assert list(items[0]) == [
        "id",
        "label",
        "contributor",
        "score",
        "p_value",
        "flagged",
        "reason",
        "suggested_label",
    ]
    assert [row["id"] for row in items] == digits["id"].tolist()
    assert [int(row["label"]) for row in items] == digits["y"].tolist()
    assert [row["contributor"] for row in items] == digits["contributor"].tolist()
    assert {row["flagged"] for row in items} == {"0", "1"}
    assert all((float(row["score"]) >= 0.5) == (row["flagged"] == "1") for row in items)
    assert all(bool(row["reason"]) == (row["flagged"] == "1") for row in items)
    people = rows(tmp_path / "out" / "contributors.csv")
    assert list(people[0]) == ["contributor", "items", "p_value", "flagged", "reason", "min_bad_items"]
    assert [row["contributor"] for row in people if row["flagged"] == "1"] == ["mallory"]
    assert sum(int(row["items"]) for row in people) == 700
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["items"] == 700
    assert summary["flagged_items"] == sum(row["flagged"] == "1" for row in items)


def test_findings_fail_only_when_asked(command, archive, tmp_path):
    assert command(archive, "--out", tmp_path / "a").exit_code == 0
    assert command(archive, "--out", tmp_path / "b", "--fail-on-findings").exit_code == 1
    assert (tmp_path / "b" / "report.html").is_file()


def test_no_findings_do_not_fail(command, tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "calm.npz", x=rng.integers(0, 256, (30, 8, 8)).astype(np.uint8), y=np.arange(30) % 2)
    assert command(tmp_path / "calm.npz", "--out", tmp_path / "a", "--fail-on-findings").exit_code == 0


def test_json_prints_the_summary_and_nothing_else(command, archive, tmp_path):
    result = command(archive, "--out", tmp_path / "out", "--json")
    assert result.stderr == ""
    assert json.loads(result.stdout) == json.loads((tmp_path / "out" / "summary.json").read_text())


def test_ids_default_to_row_numbers_and_contributors_to_none(command, tmp_path, rows, digits):
    np.savez(tmp_path / "plain.npz", x=digits["x"], y=digits["y"])
    result = command(tmp_path / "plain.npz", "--out", tmp_path / "out")
    assert result.exit_code == 0
    items = rows(tmp_path / "out" / "items.csv")
    assert [row["id"] for row in items] == [str(i) for i in range(700)]
    assert {row["contributor"] for row in items} == {""}
    assert rows(tmp_path / "out" / "contributors.csv") == []
    assert "No contributors were given" in result.stdout


def test_a_trusted_seed_is_used_and_not_reported_on(command, archive, tmp_path, rows, digits):
    keep = digits["contributor"] != "mallory"
    np.savez(tmp_path / "seed.npz", x=digits["x"][keep][:100], y=digits["y"][keep][:100])
    result = command(archive, "--trusted", tmp_path / "seed.npz", "--out", tmp_path / "out", "--fdr", "0.1")
    assert result.exit_code == 0, result.output
    assert len(rows(tmp_path / "out" / "items.csv")) == 700
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["trusted_items"], summary["fdr"]) == (100, 0.1)


def test_a_second_scan_replaces_the_first(command, archive, tmp_path):
    command(archive, "--out", tmp_path / "out")
    (tmp_path / "out" / "items.csv").write_text("old")
    (tmp_path / "out" / "mine.txt").write_text("kept")
    command(archive, "--out", tmp_path / "out")
    assert (tmp_path / "out" / "items.csv").read_text().startswith("id,label,")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "contributors.csv",
        "items.csv",
        "mine.txt",
        "report.html",
        "summary.json",
    ]
