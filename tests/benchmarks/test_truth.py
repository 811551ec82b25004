"""The benchmark of truth inference: what it reads, what it writes, what it says without its peers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.crowd import DataRefused
from benchmarks.truth_crowds import read, with_gold, without_gold
from benchmarks.truth_stage import attacked, with_classifier

from benchmarks import truth, truth_peers
from sebrus.truth import AGGREGATORS


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with one crowd of seven workers, one of whom lies."""
    folder = tmp_path / "crowd" / "birds"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    answers = rng.integers(0, 2, 120)
    lines = ["item,worker,vote"]
    for item, answer in enumerate(answers):
        for worker in "abcdefg":
            right = rng.random() < (0.1 if worker == "a" else 0.8)
            lines.append(f"{item},{worker},{answer if right else 1 - answer}")
    (folder / "votes.csv").write_text("\n".join(lines) + "\n")
    (folder / "gold.csv").write_text("item,gold\n" + "".join(f"{i},{g}\n" for i, g in enumerate(answers)))
    return tmp_path


def test_a_crowd_is_read_in_the_order_of_its_numbers(data: Path) -> None:
    folder = data / "crowd" / "birds"
    (folder / "votes.csv").write_text("item,worker,vote\n10,x,2\n9,y,10\n")
    (folder / "gold.csv").write_text("item,gold\n9,10\n")
    crowd = read(folder)
    assert crowd.votes.items.tolist() == [1, 0]
    assert crowd.votes.labels.tolist() == [0, 1]
    assert crowd.answers.tolist() == [1, -1]


@pytest.mark.parametrize(
    ("votes", "gold", "said"),
    [
        ("item,worker\n", "item,gold\n1,1\n", "needs the columns"),
        ("item,worker,vote\n", "item,gold\n1,1\n", "no votes or no gold"),
        ("item,worker,vote\n1,a,1\n1,a,0\n", "item,gold\n1,1\n", "votes twice"),
    ],
)
def test_a_damaged_crowd_is_refused_by_name(data: Path, votes: str, gold: str, said: str) -> None:
    folder = data / "crowd" / "birds"
    (folder / "votes.csv").write_text(votes)
    (folder / "gold.csv").write_text(gold)
    with pytest.raises(DataRefused, match=f"birds.*{said}"):
        read(folder)


def test_a_liar_costs_the_majority_more(data: Path) -> None:
    found = without_gold(read(data / "crowd" / "birds"), peers=False)
    assert set(found["ours"]) == set(AGGREGATORS)
    assert found["ours"]["dawid_skene"]["accuracy"] > found["ours"]["majority"]["accuracy"]
    assert found["bar_met"] is None


def test_what_is_known_is_not_asked(data: Path) -> None:
    steps: list[int] = []
    found = with_gold(read(data / "crowd" / "birds"), range(3), False, lambda: steps.append(1))
    assert len(steps) == 3
    assert sum(found["chosen"].values()) == 3
    assert found["accuracy"]["chosen"].keys() == {"mean", "plus_minus"}


def test_sleepers_accept_only_what_is_theirs() -> None:
    votes, true, theirs = attacked("sleepers", 0.5, 5, np.random.default_rng(0))
    bad = votes.reviewers < 60
    assert (votes.labels[bad & theirs[votes.items]] == 1).all()
    other = bad & ~theirs[votes.items]
    assert (votes.labels[other] == true[votes.items][other]).mean() > 0.8


def test_the_detectors_scores_are_worth_a_voter() -> None:
    found = with_classifier((2,), range(1))["2"]
    assert found["dawid_skene with classifier"]["mean"] > found["dawid_skene"]["mean"] + 0.05


def test_an_absent_peer_says_how_to_get_it(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(truth_peers, "version", lambda: None)
    assert truth_peers.answer("DawidSkene", read(data / "crowd" / "birds").votes) == truth_peers.ABSENT


def test_the_run_writes_json_and_tables(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = {"votes": 9, "items": 3, "reviewers": 3, "classes": 2, "median_ms": 1.0, "most_ms": 1.0}
    apart = {"mean_apart": 0.0, "most_apart": 0.0, "labels_apart": 0.0}
    monkeypatch.setattr(truth, "one_more_vote", lambda _seed: [one | apart])
    figure = {"mean": 0.9, "plus_minus": 0.1}
    names = [name + more for name in AGGREGATORS for more in ("", " with classifier")]
    digits = {"1": dict.fromkeys(["classifier alone", *names], figure)}
    monkeypatch.setattr(truth, "with_classifier", lambda _votes, _seeds: digits)
    monkeypatch.setattr(
        truth, "under_attack", lambda _votes, _seeds: {"none": {"majority": {"accuracy": 1.0, "rejected": 1.0}}}
    )
    out = tmp_path / "bench"
    truth.main(["--seeds", "2", "--no-peers", "--data", str(data), "--out", str(out)])
    found = json.loads((out / "truth.json").read_text())
    assert set(found) == {"about", "crowds", "attacks", "classifier", "one_more_vote"}
    text = (out / "truth.md").read_text()
    assert "birds" in text
    assert text.strip() in capsys.readouterr().out


def test_without_data_it_says_what_to_give(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("SEBRUS_DATA", raising=False)
    with pytest.raises(SystemExit) as ended:
        truth.main([])
    assert ended.value.code == 2
    assert "SEBRUS_DATA" in capsys.readouterr().err
