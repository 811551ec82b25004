"""A release tells what each round's reviewers were shown, and where each item comes from; it takes no other task."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus import protocol as p
from sebrus.export import ExportRefused, ReleaseInput, ReleaseRound, write_release
from sebrus.export.rounds import origins

Images = Callable[[bytes], bytes]
GOLD = {1: True, 4: False, 9: True, 122: False}


def voted(
    positions: int,
    items: int,
    verdicts: dict[int, list[int]],
    gold: dict[int, bool],
    question: tuple[int, ...] = (),
    number: int = 0,
) -> p.ConcludedRound:
    """Return a round in which each seat accepts the positions listed."""
    seats = sum(1 << seat for seat in verdicts)
    status = p.Status(p.Phase.VOTING, number, len(verdicts), seats, seats, positions=positions, items=items)
    said = tuple((seat, bits(accepts, positions)) for seat, accepts in verdicts.items())
    shown = (
        (bits(gold, positions), bits([at for at, answer in gold.items() if answer], positions)) if gold else ((), ())
    )
    return p.ConcludedRound(status, ("0x" + "11" * 20,) * len(verdicts), said, question, *shown)


def bits(places: Any, count: int) -> tuple[int, ...]:
    return tuple(p.pack_bits(place in places for place in range(count)))


def salted(items: tuple[tuple[bytes, int], ...], gold: dict[int, bool]) -> tuple[tuple[bytes, int], ...]:
    """Put gold among items, at its places."""
    rest = iter(items)
    return tuple((p.keccak(bytes([at])), 0) if at in gold else next(rest) for at in range(len(items) + len(gold)))


@pytest.fixture
def rounds(release: ReleaseInput) -> tuple[ReleaseRound, ...]:
    """Of the first batch: all items with gold, then two of them without, then a round nobody could sit in."""
    items = release.batches[0].items
    first = voted(124, 120, {2: list(range(124)), 0: [0, 1, 2], 1: [3]}, GOLD)
    asked = bits([5, 100], 120)
    second = voted(2, 2, {0: [0], 1: [0], 2: [0, 1]}, {}, asked, 1)
    return (
        ReleaseRound(0, salted(items, GOLD), first, 0b101, True),
        ReleaseRound(1, None, second, 0b111, True),
        ReleaseRound(2),
    )


def telling(release: ReleaseInput, *rounds: ReleaseRound) -> ReleaseInput:
    """Return the release with these rounds of its first batch, whose first ten items are flagged."""
    batch = release.batches[0]
    evidence = replace(batch.evidence, rounds=rounds, flags=bits(range(10), 120))
    return replace(release, batches=(replace(batch, evidence=evidence), *release.batches[1:]))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_tasks_and_gold_are_told(
    release: ReleaseInput, rounds: tuple[ReleaseRound, ...], images: Images, tmp_path: Path
) -> None:
    told = lines(write_release(telling(release, *rounds), images, tmp_path / "r").directory / "batches.jsonl")
    first, second, third = told[0]["rounds"]
    assert [bytes.fromhex(sha256) for sha256, _ in first["task"]] == [sha256 for sha256, _ in rounds[0].task or ()]
    assert first["gold"] == [[1, True], [4, False], [9, True], [122, False]]
    assert second == {"round": 1, "task": None, "gold": None}
    assert third == {"round": 2, "task": None, "gold": None}
    assert told[0]["outcome"]["flags"] == "0x" + f"{0b1111111111:064x}"
    assert told[1]["rounds"] == [] and told[1]["outcome"]["flags"] is None


def test_every_item_tells_its_rounds_flag_and_votes(
    release: ReleaseInput, rounds: tuple[ReleaseRound, ...], images: Images, tmp_path: Path
) -> None:
    proofs = lines(write_release(telling(release, *rounds), images, tmp_path / "r").directory / "proofs.jsonl")
    told = {line["index"]: line for line in proofs if line["batch_id"] == proofs[0]["batch_id"]}
    keys = ("rounds", "flagged", "votes_for", "votes_against")
    found = {index: [told[index][key] for key in keys] for index in (1, 2, 5, 50, 100)}
    assert found[1] == [[0], True, 2, 0]  # position 2: accepted by both seats that counted
    assert found[2] == [[0], True, 1, 1]  # position 3: the seat that accepts it besides was struck
    assert found[50] == [[0], False, 1, 1]
    assert found[5] == [[0, 1], True, 3, 0]
    assert found[100] == [[0, 1], False, 1, 2]


def dropped(task: list[Any]) -> None:
    task.pop(0)


def added(task: list[Any]) -> None:
    task.append(task[0])


def relabelled(task: list[Any]) -> None:
    task[7] = (task[7][0], task[7][1] + 1)


def exchanged(task: list[Any]) -> None:
    task[0], task[2] = task[2], task[0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (dropped, "What was shown in round 0 is not at hand"),
        (added, "What was shown in round 0 is not at hand"),
        (relabelled, "What was shown in round 0 is not the items in question with its gold"),
        (exchanged, "What was shown in round 0 is not the items in question with its gold"),
    ],
)
def test_another_task_is_refused(
    release: ReleaseInput,
    rounds: tuple[ReleaseRound, ...],
    images: Images,
    tmp_path: Path,
    change: Callable[[list[Any]], None],
    sentence: str,
) -> None:
    task = list(rounds[0].task or ())
    change(task)
    with pytest.raises(ExportRefused, match=sentence):
        write_release(telling(release, replace(rounds[0], task=tuple(task))), images, tmp_path / "r")
    assert list(tmp_path.iterdir()) == []


def test_a_task_may_be_lost_only_where_nobody_opened_the_screening(
    release: ReleaseInput, rounds: tuple[ReleaseRound, ...], images: Images, tmp_path: Path
) -> None:
    with pytest.raises(ExportRefused, match="is not at hand"):
        write_release(telling(release, replace(rounds[0], task=None)), images, tmp_path / "r")
    assert rounds[0].voted is not None
    unopened = replace(rounds[0].voted, gold=(), answers=())
    kept = (ReleaseRound(0, None, unopened), replace(rounds[1], number=1))
    proofs = lines(write_release(telling(release, *kept), images, tmp_path / "r").directory / "proofs.jsonl")
    assert (proofs[0]["rounds"], proofs[0]["votes_for"], proofs[0]["votes_against"]) == ([0], 0, 0)


@given(st.data())
def test_origins_are_the_votes_counted_one_by_one(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 300))
    asked = data.draw(st.lists(st.integers(0, count - 1), min_size=1, unique=True).map(sorted))
    salt = data.draw(st.integers(0, 10))
    positions = len(asked) + salt
    gold = data.draw(st.sets(st.integers(0, positions - 1), min_size=salt, max_size=salt))
    says = data.draw(st.lists(st.sets(st.integers(0, positions - 1)), min_size=1, max_size=5))
    counted = data.draw(st.integers(0, (1 << len(says)) - 1))
    verdicts = {seat: sorted(accepts) for seat, accepts in enumerate(says)}
    one = voted(positions, len(asked), verdicts, dict.fromkeys(gold, True), bits(asked, count))
    found = origins([ReleaseRound(0, None, one, counted, True)], (), count)
    places = [at for at in range(positions) if at not in gold]
    for item, origin in enumerate(found):
        if item not in asked:
            assert (origin.rounds, origin.votes_for, origin.votes_against) == ((), 0, 0)
            continue
        place = places[asked.index(item)]
        voters = [accepts for seat, accepts in enumerate(says) if counted >> seat & 1]
        accepting = sum(place in accepts for accepts in voters)
        assert (origin.rounds, origin.flagged) == ((0,), False)
        assert (origin.votes_for, origin.votes_against) == (accepting, len(voters) - accepting)
