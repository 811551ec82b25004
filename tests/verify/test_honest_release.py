"""An honest release verifies, step by step."""

import json
from pathlib import Path
from typing import Any

import pytest

from sebrus.verify import STEPS, verify_release
from sebrus.verify import __all__ as public

pytestmark = pytest.mark.chain


def test_every_step_holds(told: Any) -> None:
    """Asked of the real chain: a struck and a silent seat, an escalation, appeals, a round nobody could sit in."""
    report = verify_release(told.directory, told.url)
    assert report.holds, report.broken
    assert [step.name for step in report.steps] == list(STEPS)
    assert report.as_dict()["verified"] is True
    assert any("code with keccak-256" in note for note in report.notes)
    assert not any("no longer has" in note for note in report.notes)
    said = {step.name: step.sentence for step in report.steps}
    assert said["batches"].startswith("4 batches of 329 items")
    assert said["appeals"].startswith("2 appeals put up their bonds")


def test_every_step_holds_where_the_bounty_is_too_small_for_a_larger_panel(told: Any) -> None:
    report = verify_release(told.poor, told.url)
    assert report.holds, report.broken
    assert {step.name: step.sentence for step in report.steps}["appeals"].endswith("got 15000 gwei back")


def test_a_node_that_forgot_the_entropy_block_is_said_so(case: Any) -> None:
    case.node.forgotten = {entry.values["entropyBlock"] for entry in case.node.entries("DrawRequested")}
    report = case.verify()
    assert report.holds, report.broken
    assert any("entropy block of 8 of 8 draws" in note for note in report.notes)


def test_a_node_that_forgot_the_states_of_the_past_is_said_so(case: Any) -> None:
    case.node.remembers_states = False
    report = case.verify()
    assert report.holds, report.broken
    assert any("before the settlement of 4 of 4 batches" in note for note in report.notes)


@pytest.mark.parametrize("limit", [1, 7, 64])
def test_a_node_that_limits_log_ranges_is_asked_in_windows(case: Any, limit: int) -> None:
    case.node.log_limit = limit
    assert case.verify().holds


def test_left_out_batches_are_mentioned_and_void_ones_are_not(case: Any) -> None:
    """The publisher lists all batches but one; the void one could not be listed."""
    assert not any("not part of the release" in note for note in case.verify().notes)
    case.edit_lines("batches.jsonl", lambda rows: rows.pop())
    case.edit_manifest(lambda manifest: manifest["batches"].pop())
    assert "1 settled batches of this dataset are not part of the release." in case.verify().notes


def test_steps_are_reported_as_they_end(case: Any) -> None:
    seen: list[str] = []
    verify_release(
        case.directory, "http://node.test", transport=case.node.transport(), on_step=lambda s: seen.append(s.name)
    )
    assert seen == list(STEPS)


def test_the_url_comes_from_the_environment_or_a_provider(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import contextmanager

    asked: list[Path] = []

    @contextmanager
    def provider(release_dir: Path) -> Any:
        asked.append(release_dir)
        yield "http://node.test"

    monkeypatch.delenv("SEBRUS_RPC_URL", raising=False)
    assert verify_release(case.directory, rpc_provider=provider, transport=case.node.transport()).holds
    assert asked == [case.directory]
    monkeypatch.setenv("SEBRUS_RPC_URL", "http://node.test")
    assert verify_release(case.directory, rpc_provider=provider, transport=case.node.transport()).holds
    assert asked == [case.directory]


def test_the_public_names_are_there() -> None:
    import sebrus.verify

    assert all(hasattr(sebrus.verify, name) for name in public)


def test_every_step_and_file_is_documented(told: Any) -> None:
    text = (Path(__file__).parents[2] / "docs" / "release.md").read_text(encoding="utf-8")
    for step in STEPS:
        assert f"| `{step}` |" in text
    for path in told.directory.iterdir():
        assert path.name in text
    for key in json.loads((told.directory / "manifest.json").read_bytes()):
        assert f"`{key}`" in text
    for name in ("batches.jsonl", "proofs.jsonl"):
        for key in json.loads((told.directory / name).read_text().splitlines()[0]):
            assert f"`{key}`" in text
