"""The voting benchmark: the people, the protocol they go through, crowds with answers, the table."""

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.crowd import DataRefused, find_sets, majority, measure_crowd
from benchmarks.draws import discarding, fairness, splitting, timing
from benchmarks.people import POPULATIONS, Kind, Population, gather, plain_majority
from benchmarks.rounds import Detector, Run, Setting, gold_count, pack, play
from benchmarks.voting import SETTINGS, main, pays, run_once, summarise

from sebrus.demo.stage import POLICY
from sebrus.protocol import pack_bits

WHOLE = Setting("whole", POLICY, Detector("some", 0.8, 0.01), 0.08)
BLIND = Setting("blind", POLICY, Detector("silent"), 0.0)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def played(population: Population, setting: Setting, rng: np.random.Generator, skill: float = 0.85) -> Run:
    return play(gather(population, 60, 10, 64, skill, rng), setting, b"seed", rng)


@pytest.mark.parametrize("items", [1, 8, 255, 256, 257, 1000])
def test_packing_is_the_protocols(items: int, rng: np.random.Generator) -> None:
    bits = rng.random(items) < 0.5
    assert list(pack(bits)) == pack_bits(bool(bit) for bit in bits)


@pytest.mark.parametrize(("items", "gold"), [(1, 6), (64, 6), (100, 8), (1000, 80)])
def test_gold_is_an_even_number(items: int, gold: int) -> None:
    assert gold_count(0.08, items) == gold
    assert gold_count(0.0, items) == 0


def test_reviewers_without_error_reject_all_poison_and_lose_nothing(rng: np.random.Generator) -> None:
    crowd = gather(Population("perfect"), 60, 10, 64, 1.1, rng)
    run = play(crowd, Setting("quiet", POLICY, Detector("right", 0.8, 0.0), 0.08), b"seed", rng)
    assert run.poison_rejected == run.poison == 128
    assert run.honest_rejected == 0
    assert run.asked == 5 * 640  # one panel each: nothing was in question
    assert plain_majority(crowd, 5, rng) == (128, 0)
    assert run.incomes["honest"].net == 5 * 640 * POLICY.review_fee


def test_colluders_among_themselves_accept_their_poison(rng: np.random.Generator) -> None:
    assert played(Population("all", "sleeper", 1.0), BLIND, rng, 1.1).poison_rejected == 0


def test_the_flags_stop_what_colluders_let_through(rng: np.random.Generator) -> None:
    half = Population("half", "sleeper", 0.5)
    sure = Setting("sure", POLICY, Detector("right", 1.0, 0.0), 0.08)
    assert played(half, sure, rng).poison_rejected > 1.2 * played(half, BLIND, rng).poison_rejected


def test_a_sleepers_own_batch_is_not_theirs_to_judge(rng: np.random.Generator) -> None:
    crowd = gather(Population("some", "sleeper", 0.1), 40, 10, 64, 0.85, rng)
    senders = [batch.sender for batch in crowd.batches if batch.poison.any()]
    assert len(senders) == 4
    assert all(sender is not None and crowd.kinds[sender] == "sleeper" for sender in senders)


def test_copiers_alone_void_every_batch_and_lose_their_stake(rng: np.random.Generator) -> None:
    run = played(Population("all", "copier", 1.0), WHOLE, rng)
    assert run.voided == 10
    assert run.asked == sum(POLICY.panel_sizes) * 640
    assert run.incomes["copier"].net < 0


@pytest.mark.parametrize("kind", ["lazy", "rejecter"])
def test_who_does_not_look_earns_nothing(kind: Kind, rng: np.random.Generator) -> None:
    run = played(Population("few", kind, 0.1), WHOLE, rng)
    assert run.incomes[kind].verdicts > 0
    assert run.incomes[kind].net <= 0 < run.incomes["honest"].net


def test_flippers_lose_their_weight(rng: np.random.Generator) -> None:
    crowd = gather(Population("many", "flipper", 0.45), 60, 40, 64, 0.85, rng)
    run = play(crowd, WHOLE, b"seed", rng)
    assert np.mean(run.incomes["flipper"].tiers) < 0.5 < np.mean(run.incomes["honest"].tiers)


def test_whoever_times_the_calls_gains_nothing() -> None:
    assert abs(timing(3000, 1)["bias"]) < 0.05
    assert fairness(3000, 1)["chi_square_p"] > 0.001


def test_dropping_blocks_gains_what_the_slots_allow() -> None:
    assert -0.01 < discarding(3000, 1, 0.01)["gain"] < 0.02 < discarding(3000, 1, 0.3)["gain"]


def test_attack_sybil_split_gains_nothing() -> None:
    assert abs(splitting(3000, 1, 100)["more"]) < 0.1
    assert splitting(3000, 1, 1)["more"] < 0


def test_the_same_seed_gives_the_same_figures() -> None:
    assert run_once(POPULATIONS[5], 3, 40, 10) == run_once(POPULATIONS[5], 3, 40, 10)
    assert run_once(POPULATIONS[5], 3, 40, 10) != run_once(POPULATIONS[5], 4, 40, 10)


def test_the_interval_of_a_figure_that_one_seed_has_is_unknown() -> None:
    assert summarise([{"a": 1.0, "b": 2.0}, {"a": 1.0}]) == {
        "a": {"mean": 1.0, "plus_minus": 0.0},
        "b": {"mean": 2.0, "plus_minus": None},
    }


@pytest.mark.parametrize(
    ("mean", "width", "said"),
    [(5.0, 1.0, "yes"), (-5.0, 1.0, "**no**"), (0.5, 1.0, "open"), (-0.5, None, "open")],
)
def test_honesty_pays_only_beyond_the_interval(mean: float, width: float | None, said: str) -> None:
    assert pays({"mean": mean, "plus_minus": width}) == said


def test_ties_count_for_the_chance_of_guessing_well() -> None:
    assert majority({"a": ["1", "1", "0"], "b": ["0", "1"], "c": []}, {"a": "1", "b": "1", "c": "0"}) == 0.5


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with one crowd of three workers."""
    folder = tmp_path / "crowd" / "birds"
    folder.mkdir(parents=True)
    (folder / "votes.csv").write_text("item,worker,vote\n0,a,1\n0,b,1\n0,c,0\n1,a,0\n1,b,1\n1,c,1\n")
    (folder / "gold.csv").write_text("item,gold\n0,1\n1,0\n")
    return tmp_path


def test_a_crowd_is_measured(data: Path) -> None:
    found = {name: measure_crowd(path) for name, path in find_sets(data).items()}
    assert found == {"birds": {"items": 2, "workers": 3, "votes_per_item": 3.0, "majority_accuracy": 0.5}}


def test_crowds_are_found_by_the_environment(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEBRUS_DATA", str(data))
    assert list(find_sets(None)) == ["birds"]
    monkeypatch.delenv("SEBRUS_DATA")
    assert find_sets(None) == {}


@pytest.mark.parametrize("damage", ["missing", "columns", "rows"])
def test_a_damaged_crowd_is_refused_by_name(data: Path, damage: str) -> None:
    gold = data / "crowd" / "birds" / "gold.csv"
    if damage == "missing":
        gold.unlink()
    else:
        gold.write_text({"columns": "a,b\n1,2\n", "rows": "item,gold\n"}[damage])
    with pytest.raises(DataRefused, match=r"birds/gold\.csv"):
        measure_crowd(data / "crowd" / "birds")


def test_the_whole_run_writes_json_and_table(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "bench"
    main(
        [
            "--seeds",
            "2",
            "--reviewers",
            "60",
            "--batches",
            "10",
            "--draws",
            "500",
            "--data",
            str(data),
            "--out",
            str(out),
        ]
    )
    found = json.loads((out / "voting.json").read_text())
    assert set(found) == {"about", "populations", "draws", "crowd"}
    assert set(found["populations"]) == {population.name for population in POPULATIONS}
    figures = found["populations"]["sleepers 30 %"]["figures"]
    assert figures["poison_rejected|majority of 5"].keys() == {"mean", "plus_minus"}
    assert {f"honest_lost|{setting.name}" for setting in SETTINGS} <= set(figures)
    text = (out / "voting.md").read_text()
    assert "birds" in text
    assert text.strip() in capsys.readouterr().out


def test_absent_crowds_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEBRUS_DATA", raising=False)
    main(["--seeds", "2", "--reviewers", "60", "--batches", "10", "--draws", "500", "--out", str(tmp_path)])
    assert json.loads((tmp_path / "voting.json").read_text())["crowd"] is None
    assert "Real crowds: no data" in (tmp_path / "voting.md").read_text()
