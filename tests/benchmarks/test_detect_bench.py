"""The runner of the detection benchmark: measures, peers, resuming, tables. Figures themselves are not asserted."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.detect import __main__ as entry
from benchmarks.detect.bars import bars, behind
from benchmarks.detect.cells import ALL, PROGRAMMES, SYBILS, Cell, cells
from benchmarks.detect.collections import digits
from benchmarks.detect.judgement import Judgement, Seen
from benchmarks.detect.ledger import EARLIER, NAME, Ledger
from benchmarks.detect.make import make, make_odd
from benchmarks.detect.measures import (
    TooSlow,
    contributor_figures,
    found_at,
    item_figures,
    limited,
    measured,
)
from benchmarks.detect.ours import OURS, detectors
from benchmarks.detect.peers import cleanlab_on_features, none
from benchmarks.detect.pictures import draw, heat_map
from benchmarks.detect.pool import Pool
from benchmarks.detect.report import FAILED, render
from benchmarks.detect.runner import Clock, spoken
from benchmarks.detect.spectre import spectre
from benchmarks.detect.summary import summarise
from benchmarks.detect.trial import Task, run

KNOWN = {
    "plan": "quick",
    "seeds": 1,
    "trials": 1,
    "left": 0,
    "date": "today",
    "cores": 2,
    "cpu": "a processor",
    "load_average": 0.0,
    "python": "3",
    "commit": "none",
    "seed": 0,
}


@pytest.fixture
def pool() -> Pool:
    """Ten items of three contributors: rows 0 and 1 are poison, row 2 is the attacker's cover."""
    made = make_odd(digits(), "plain", 0, 60, 20)
    bad, cover = np.zeros(10, bool), np.zeros(10, bool)
    bad[:2], cover[2] = True, True
    return replace(
        made,
        images=made.images[:10],
        labels=made.labels[:10],
        true_labels=made.true_labels[:10],
        contributors=np.array(["evil"] * 4 + ["ann"] * 3 + ["bob"] * 3),
        bad=bad,
        cover=cover,
        hostile=frozenset({"evil"}),
        odd=frozenset({"bob"}),
        framed=frozenset({"ann"}),
    )


@pytest.fixture
def row() -> dict[str, Any]:
    """A row of one trial in which the attack worked and was stopped."""
    return {
        "collection": "mnist",
        "kind": "attack",
        "name": "badnets",
        "sender": "one",
        "rate": 0.01,
        "seed": 0,
        "detector": OURS,
        "retrained": True,
        "seconds": 1.0,
        "mib": 10.0,
        "tpr": 0.9,
        "fpr": 0.001,
        "tpr_at_1": 0.95,
        "auroc": 0.99,
        "hostile": 2,
        "hostile_found": 1,
        "honest": 50,
        "honest_accused": 0.0,
        "undefended_success": 0.99,
        "clean_success": 0.01,
        "kept_success": 0.02,
        "clean_accuracy": 0.98,
        "kept_accuracy": 0.97,
    }


def test_cover_counts_neither_as_poison_nor_as_honest(pool: Pool) -> None:
    flags = np.zeros(10, bool)
    flags[[0, 2, 3]] = True
    found = item_figures(Judgement(flags, flags.astype(float)), pool)
    assert found["tpr"] == 0.5
    assert found["fpr"] == pytest.approx(1 / 7)


def test_contributors_are_counted_by_their_role(pool: Pool) -> None:
    judged = Judgement(np.zeros(10, bool), np.zeros(10), frozenset({"evil", "bob"}))
    found = contributor_figures(judged, pool)
    assert (found["hostile_found"], found["honest_accused"]) == (1, 0.5)
    assert (found["odd_accused"], found["framed_accused"]) == (1.0, 0.0)


def test_who_judges_items_only_accuses_nobody(pool: Pool) -> None:
    found = contributor_figures(Judgement(np.zeros(10, bool), np.zeros(10)), pool)
    assert found["honest_accused"] is None


def test_without_poison_there_is_nothing_to_find(pool: Pool) -> None:
    harmless = replace(pool, bad=np.zeros(10, bool))
    found = item_figures(none(Seen.of(harmless, 10, 0)), harmless)
    assert found == {"fpr": 0.0, "tpr": None, "tpr_at_1": None, "auroc": None}


def test_equal_scores_stay_on_one_side_of_the_cut() -> None:
    bad = np.arange(201) < 1
    scores = np.ones(201)
    assert found_at(scores, bad, ~bad) == 0.0
    scores[0] = 2.0
    assert found_at(scores, bad, ~bad) == 1.0


def test_one_honest_item_of_a_hundred_may_pass_the_cut() -> None:
    bad = np.arange(101) < 1
    scores = np.concatenate([[5.0], np.arange(100) / 20])
    scores[100] = 9.0
    assert found_at(scores, bad, ~bad) == 1.0
    scores[99] = 8.0
    assert found_at(scores, bad, ~bad) == 0.0


def test_a_detector_past_its_time_is_stopped() -> None:
    def forever() -> Iterator[int]:
        while True:
            yield 0

    with pytest.raises(TooSlow, match="more than 1 s"), limited(1):
        sum(forever())


def test_memory_that_was_used_is_seen() -> None:
    kept, cost = measured(lambda: np.ones(200 * 2**17).sum())
    assert kept == 200 * 2**17
    assert cost.mib is None or 120 < cost.mib < 300, "a system in want of memory takes some of ours meanwhile"


def test_spectre_finds_an_obvious_cluster() -> None:
    rng = np.random.default_rng(0)
    described, labels = rng.normal(size=(2000, 20)), np.repeat(np.arange(4), 500)
    described[labels == 1] += 3.0
    described[500:515, 3:6] += 6.0
    flags, scores = spectre(described, labels, 0.01, 0)
    assert flags[500:515].all()
    assert flags.sum() == 30
    assert scores[500:515].min() > np.median(scores[labels == 1])


def test_spectre_leaves_classes_too_small_to_judge() -> None:
    flags, scores = spectre(np.eye(6), np.array([0, 0, 0, 1, 1, 1]), 0.01, 0)
    assert not flags.any()
    assert not scores.any()


def test_cleanlab_finds_flipped_digits() -> None:
    pytest.importorskip("cleanlab")
    flipped = make(digits(), "flip-symmetric", "one", 0.05, 0, 600, 60)
    judged = cleanlab_on_features(Seen.of(flipped, 10, 0))
    assert item_figures(judged, flipped)["auroc"] > 0.8  # type: ignore[operator]


def test_networks_are_the_same_for_the_same_seed() -> None:
    pytest.importorskip("torch")
    from benchmarks.detect.models import train

    real = digits()
    first, second = (train(real.images[:200], real.labels[:200], 10, 3, 0.1) for _ in range(2))
    assert np.array_equal(first.probabilities(real.test_images), second.probabilities(real.test_images))


@pytest.mark.parametrize("name", ["spectral-signatures", "activation-clustering"])
def test_the_art_peers_judge_every_item(name: str) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("art")
    task = Task(Cell("digits", "attack", "badnets", "one", 0.05), 0, (name,), False, None)
    (found,) = run(task)
    assert "note" not in found
    assert 0.0 <= found["fpr"] <= 0.5


def test_a_missing_package_is_said_and_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.detect.trial.absent", lambda needs: list(needs))
    (found,) = run(Task(Cell("digits", "odd", "dark"), 0, ("cleanlab",), False, None))
    assert found["note"] == "not installed: pip install cleanlab"


def test_an_impossible_cell_is_a_note() -> None:
    (found,) = run(Task(Cell("digits", "attack", "sig", "one", 0.3), 0, ("none",), False, None))
    assert found["note"].startswith("no pool: The attack fits")


def test_what_breaks_a_detector_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_seen: Seen) -> Judgement:
        raise RuntimeError("out of luck")

    monkeypatch.setattr("benchmarks.detect.trial.our_detectors", lambda _without: {OURS: broken})
    (found,) = run(Task(Cell("digits", "odd", "dark"), 0, (OURS,), False, None))
    assert found["note"] == "failed: RuntimeError: out of luck"


def test_the_seed_can_be_left_out() -> None:
    assert list(detectors(["seed"])) == [OURS, "ours without seed"]


def test_quick_is_digits_only_and_standard_has_every_kind() -> None:
    quick = cells(PROGRAMMES["quick"], PROGRAMMES["quick"].collections)
    assert {cell.collection for cell in quick} == {"digits"}
    standard = cells(PROGRAMMES["standard"], ALL)
    assert {cell.kind for cell in standard} == {"attack", "odd", "nothing"}
    assert set(SYBILS) < {cell.sender for cell in standard}
    assert len(standard) == len(set(standard))


def test_full_has_every_sender_at_every_rate_once() -> None:
    full = cells(PROGRAMMES["full"], ["cifar10"])
    assert len(full) == len(set(full))
    assert {cell.rate for cell in full if cell.kind == "attack"} == {0.001, 0.003, 0.01, 0.05}
    assert {"framing", "drip", "near-duplicates"} < {cell.sender for cell in full}


def test_collections_take_turns() -> None:
    first = cells(PROGRAMMES["standard"], ["mnist", "cifar10"])[:4]
    assert [cell.collection for cell in first] == ["mnist", "cifar10", "mnist", "cifar10"]


def test_a_resumed_ledger_knows_what_is_left(tmp_path: Path, row: dict[str, Any]) -> None:
    Ledger(tmp_path, resume=False).add([row])
    again = Ledger(tmp_path, resume=True)
    assert again.missing(row, (OURS, "cleanlab"), retrain=True) == ("cleanlab",)
    assert again.missing(row | {"seed": 1}, (OURS,), retrain=False) == (OURS,)


def test_what_was_not_retrained_or_not_installed_is_done_again(tmp_path: Path, row: dict[str, Any]) -> None:
    ledger = Ledger(tmp_path, resume=False)
    note = row | {"detector": "cleanlab", "note": "not installed: pip install cleanlab"}
    slow = row | {"detector": "spectre", "note": "not run: more than 600 s"}
    ledger.add([row | {"retrained": False}, note, slow])
    assert ledger.missing(row, (OURS, "cleanlab", "spectre"), retrain=False) == ("cleanlab",)
    assert ledger.missing(row, (OURS,), retrain=True) == (OURS,)


def test_a_line_cut_off_by_a_kill_is_dropped(tmp_path: Path, row: dict[str, Any]) -> None:
    Ledger(tmp_path, resume=False).add([row])
    with (tmp_path / NAME).open("a") as file:
        file.write('{"collection": "mn')
    again = Ledger(tmp_path, resume=True)
    again.add([row | {"seed": 1}])
    assert len(Ledger(tmp_path, resume=True).rows) == 2


def test_a_new_run_keeps_the_trials_of_the_one_before(tmp_path: Path, row: dict[str, Any]) -> None:
    Ledger(tmp_path, resume=False).add([row])
    assert Ledger(tmp_path, resume=False).rows == []
    assert json.loads((tmp_path / EARLIER).read_text()) == row


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("not a trial\n")
    with pytest.raises(ValueError, match=r"line 1 .* is not a trial"):
        Ledger(tmp_path, resume=True)


def test_time_left_goes_by_collection() -> None:
    tasks = [Task(Cell(name, "odd", "dark"), seed, (), False, None) for name in ("a", "b") for seed in (0, 1)]
    clock = Clock(tasks, workers=2)
    clock.ended(tasks[0], 10.0)
    assert clock.ended(tasks[2], 30.0) == pytest.approx(20.0)
    assert spoken(40) == "1 min"


def test_tables_render_with_means_and_bars(row: dict[str, Any]) -> None:
    text = render(summarise([row, row | {"seed": 1, "tpr": 1.0}]), KNOWN)
    assert "0.950 ± 0.635 (0.0010)" in text
    assert "| 0.3-1 %: attack success after training, mean | <= 0.03 | 0.020 | badnets 0.01: 0.020 | pass |" in text
    assert "| 0.3-1 %: clean accuracy lost, mean | <= 0.003 | 0.010 | badnets 0.01: 0.010 | **miss** |" in text
    assert FAILED not in text.partition("## mnist")[2]


def test_an_attack_that_failed_undefended_is_called_so(row: dict[str, Any]) -> None:
    text = render(summarise([row | {"undefended_success": 0.2}]), KNOWN)
    assert f"0.900 (0.0010), {FAILED}" in text
    assert "| 0.3-1 %: attack success after training, mean | <= 0.03 | - |  | not measured |" in text


def test_a_peer_that_finds_more_is_named(row: dict[str, Any]) -> None:
    found = summarise([row, row | {"detector": "spectre", "tpr_at_1": 1.0}])
    assert [(ours.name, peer.detector) for ours, peer in behind(found)] == [("badnets", "spectre")]
    assert bars(found, "mnist")[-1].holds is False
    assert "badnets, one, 1.0%: spectre 1.000, ours 0.950" in render(found, KNOWN)


def test_one_seed_has_no_interval(row: dict[str, Any]) -> None:
    (found,) = summarise([row])
    assert math.isnan(found.figures["tpr"].width)
    assert found.as_row()["figures"]["tpr"] == {"mean": 0.9, "plus_minus": None, "seeds": 1}


def test_pictures_are_whole_and_escaped(tmp_path: Path, row: dict[str, Any]) -> None:
    picture = heat_map("a < b", ["r"], ["c", "d"], {("r", "c"): 0.25})
    assert "a &lt; b" in picture
    assert picture.startswith("<svg") and picture.endswith("</svg>\n")
    found = summarise([row, row | {"detector": "spectre"}])
    assert [path.name for path in draw(found, tmp_path)] == ["detect-mnist-rates.svg", "detect-mnist-detectors.svg"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rates", "0.5"],
        ["--rates", "few"],
        ["--against", "cleanlabel"],
        ["--attacks", "badnets,unknown"],
        ["--senders", ","],
        ["--collections", "imagenet"],
        ["--plan", "all"],
        ["--seeds", "0"],
        ["--data", "there/is/none"],
        ["--plan", "quick", "--without", "label", "--seeds", "1", "--attacks", "sig", "more"],
    ],
)
def test_a_bad_argument_is_refused_in_one_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        entry.main(arguments)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.endswith("; see --help.\n")


def test_a_whole_run_resumed_has_nothing_left_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = ["--plan", "quick", "--attacks", "badnets", "--rates", "0.05", "--seeds", "1", "--workers", "1"]
    plan += ["--minutes", "0"]
    entry.main([*plan, "--out", str(tmp_path)])
    text = (tmp_path / "detect.md").read_text()
    assert "badnets, one, 5.0%" in text
    assert {cell["name"] for cell in json.loads((tmp_path / "detect.json").read_text())["cells"]} == {
        "plain",
        "badnets",
    }
    capsys.readouterr()
    entry.main([*plan, "--out", str(tmp_path), "--resume"])
    assert "0 trials" in capsys.readouterr().err
    assert (tmp_path / "detect.md").read_text().count("badnets, one, 5.0%") == text.count("badnets, one, 5.0%")


def test_peers_may_be_named(tmp_path: Path) -> None:
    plan = ["--plan", "quick", "--attacks", "badnets", "--rates", "0.05", "--seeds", "1", "--workers", "1"]
    entry.main([*plan, "--against", "none", "--out", str(tmp_path)])
    cells = json.loads((tmp_path / "detect.json").read_text())["cells"]
    assert {cell["detector"] for cell in cells} == {"ours", "none"}
