"""Events that do not follow from each other are found: forged verdicts, rigged panels, altered payouts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def more(values: tuple[int, ...]) -> tuple[int, ...]:
    return (values[0] + 1, *values[1:])


def edit(name: str, at: int, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Any], None]:
    """Return a forgery of one event's values."""

    def forge(node: Any) -> None:
        values = node.find(name, at)
        values.update(change(values))

    return forge


def put(name: str, at: int = 0, **values: Any) -> Callable[[Any], None]:
    """Return a forgery that overwrites values of one event."""
    return lambda node: node.find(name, at).update(values)


def remove(name: str, at: int = 0) -> Callable[[Any], None]:
    def forge(node: Any) -> None:
        places = [i for i, event in enumerate(node.events) if event[1] == name]
        del node.events[places[at]]

    return forge


def repeat(name: str, at: int = 0) -> Callable[[Any], None]:
    def forge(node: Any) -> None:
        places = [i for i, event in enumerate(node.events) if event[1] == name]
        node.events.insert(places[at], list(node.events[places[at]]))

    return forge


def swap(first: str, second: str) -> Callable[[Any], None]:
    """Exchange the places of the first events of two kinds."""

    def forge(node: Any) -> None:
        a = next(event for event in node.events if event[1] == first)
        b = next(event for event in node.events if event[1] == second)
        a[1:], b[1:] = b[1:], a[1:]

    return forge


FORGERIES = {
    "unpublished": ("files", remove("Released")),
    "other manifest hash": ("files", put("Released", 0, manifestHash=bytes(32))),
    "never created": ("identity", remove("DatasetCreated")),
    "other policy hash": ("identity", put("DatasetCreated", 0, policyHash=bytes(32))),
    "other owner": ("identity", edit("DatasetCreated", 0, lambda v: {"params": ("0x" + "1" * 40, *v["params"][1:])})),
    "never submitted": ("batches", remove("Submitted")),
    "submitted otherwise": ("batches", put("Submitted", 0, itemCount=299)),
    "never settled": ("batches", remove("Settled", 1)),
    "settled twice": ("batches", repeat("Settled")),
    "forged verdict": (
        "ballots",
        edit("Revealed", 0, lambda v: {"verdicts": [v["verdicts"][0] ^ 1, v["verdicts"][1]]}),
    ),
    "verdicts beyond the items": ("ballots", put("Revealed", 0, verdicts=[0, 1 << 200])),
    "forged salt": ("ballots", put("Revealed", 1, salt=bytes(32))),
    "forged commitment": ("ballots", put("Committed", 0, commitment=bytes(32))),
    "another's seat": ("ballots", edit("Committed", 0, lambda v: {"seat": (v["seat"] + 1) % 3})),
    "no such seat": ("ballots", put("Revealed", 0, seat=200)),
    "committed twice": ("ballots", repeat("Committed")),
    "revealed twice": ("ballots", repeat("Revealed")),
    "revealed without commitment": ("ballots", remove("Committed")),
    "revealed before all committed": ("ballots", swap("Committed", "Revealed")),
    "settled without quorum": ("ballots", lambda node: [remove("Revealed")(node), remove("Revealed")(node)]),
    "failed against the quorum": ("ballots", lambda node: repeat("Revealed", 3)(node)),
    "round without an end": ("ballots", remove("RoundFailed")),
    "no draw": ("ballots", remove("Drawn")),
    "draw of another round": ("ballots", put("Drawn", 2, round=2)),
    "draw nobody asked for": ("ballots", remove("DrawRequested")),
    "forged entropy": ("panel", put("Drawn", 0, entropy=bytes(32))),
    "chosen entropy block": ("panel", edit("DrawRequested", 0, lambda v: {"entropyBlock": v["entropyBlock"] - 1})),
    "fewer seats": ("panel", put("DrawRequested", 1, seats=3)),
    "another epoch": ("panel", put("Drawn", 0, epoch=0)),
    "stake from nowhere": ("panel", edit("Staked", 3, lambda v: {"stake": v["stake"] + 10**9})),
    "more stake": ("panel", edit("Staked", 3, lambda v: {k: v[k] + 10**9 for k in ("amount", "stake")})),
    "a reviewer left out": ("panel", remove("Staked", 4)),
    "one place for two": ("panel", put("Staked", 3, index=2)),
    "forged flags": ("screening", put("ScreeningOpened", 0, flags=[0, 0])),
    "flags beyond the items": ("screening", put("ScreeningOpened", 0, flags=[0, 1 << 200])),
    "screened after the vote": ("screening", swap("Screened", "ScreeningOpened")),
    "never screened": ("screening", remove("ScreeningSkipped")),
    "hidden flags": ("tally", remove("ScreeningOpened")),
    "forged outcome": ("tally", edit("Settled", 0, lambda v: {"accepted": [v["accepted"][0] | 1, v["accepted"][1]]})),
    "forged panel outcome": ("tally", put("Settled", 1, panelAccepted=[0])),
    "forged count": ("tally", edit("Settled", 0, lambda v: {"acceptedCount": v["acceptedCount"] + 1})),
    "altered payout": ("payouts", edit("Settled", 0, lambda v: {"payouts": more(v["payouts"])})),
    "altered slash": ("payouts", edit("Settled", 1, lambda v: {"slashes": more(v["slashes"])})),
    "altered reward": ("payouts", edit("Settled", 0, lambda v: {"reward": v["reward"] + 1})),
    "altered stake returned": ("payouts", edit("Settled", 0, lambda v: {"stakeReturned": v["stakeReturned"] - 1})),
    "altered reserve": ("payouts", edit("Submitted", 0, lambda v: {"reserve": v["reserve"] + 1})),
    "silence unpunished": ("payouts", edit("RoundFailed", 0, lambda v: {"slashes": (0,) * len(v["slashes"])})),
    "wrong root": ("manifest", put("Released", 0, manifestRoot=bytes(32))),
    "wrong count": ("manifest", edit("Released", 0, lambda v: {"itemCount": v["itemCount"] + 1})),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_event_breaks_its_step(case: Any, name: str) -> None:
    step, forge = FORGERIES[name]
    forge(case.node)
    broken = case.verify().broken
    assert broken is not None
    assert broken.name == step, broken


def test_a_rigged_panel_is_found_although_its_votes_are_in_order(teller: Callable[..., Any], tmp_path: Path) -> None:
    case = teller(tmp_path / "release", rig_panel=True)
    step = case.verify().broken
    assert step.name == "panel"
    assert "another panel" in step.sentence


def test_a_screening_that_was_never_opened_is_mentioned(case: Any) -> None:
    """Nothing counts as flagged then; here the flags had changed the outcome, so the tally breaks."""
    remove("ScreeningOpened")(case.node)
    report = case.verify()
    assert report.broken.name == "tally"
    assert any("1 screenings were committed but never opened" in note for note in report.notes)
