"""The verifier's table of events is the contract's."""

import json
from pathlib import Path
from typing import Any

from sebrus import protocol as p
from sebrus.verify.events import LAYOUTS

ARTIFACT = Path(__file__).parents[2] / "src" / "sebrus" / "chain" / "artifacts" / "Sebrus.json"
UNREAD = {"PayoutSet", "SubmissionsPausedSet", "EIP712DomainChanged"}
"""Events that say nothing of what a release rests on."""


def spelled(inputs: list[dict[str, Any]]) -> str:
    parts = []
    for entry in inputs:
        kind = entry["type"]
        parts.append(spelled(entry["components"]) + kind[5:] if kind.startswith("tuple") else kind)
    return f"({','.join(parts)})"


def test_the_event_table_is_the_contracts() -> None:
    """Names, types, order and what is indexed, against the compiled interface."""
    abi = json.loads(ARTIFACT.read_text())["abi"]
    events = {entry["name"]: entry for entry in abi if entry["type"] == "event"}
    for topic, layout in LAYOUTS.items():
        inputs = events[layout.name]["inputs"]
        assert topic == p.keccak((layout.name + spelled(inputs)).encode())
        assert [name for _, name in (*layout.indexed, *layout.plain)] == [entry["name"] for entry in inputs]
        assert len(layout.indexed) == sum(entry["indexed"] for entry in inputs)


def test_no_event_of_the_contract_is_left_unread() -> None:
    abi = json.loads(ARTIFACT.read_text())["abi"]
    assert {entry["name"] for entry in abi if entry["type"] == "event"} - UNREAD == {
        layout.name for layout in LAYOUTS.values()
    }
