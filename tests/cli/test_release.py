"""`sebrus release` writes what an owner publishes, with an audit of these items when there is one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sebrus.cli import app
from sebrus.export.canonical import canonical_json
from sebrus.verify import verify_release

from ..actors.audits import certificate_of


@pytest.fixture
def released(stage: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run `sebrus release` on the stage's home; returns click's result."""
    monkeypatch.setenv("SEBRUS_HOME", str(stage.application.settings.home_path))
    monkeypatch.setenv("SEBRUS_CHAIN_PORT", str(stage.chain.port))
    return lambda *arguments: CliRunner().invoke(app, ["release", *map(str, arguments)])


@pytest.fixture
def settled(stage: Any, honest_contributor: Any, digits: Any, honest_reviewer: Any) -> str:
    """A dataset with one settled batch of eight items; returns its id."""
    dataset = stage.open_dataset()
    stage.decide(honest_contributor.submit(dataset.id, digits(8)).batch_id, honest_reviewer)
    return str(dataset.id)


def audited(release: Path, out: Path) -> Path:
    """What an audit of a release leaves that matters here."""
    out.mkdir()
    (out / "certificate.json").write_bytes(canonical_json(certificate_of(release, flagged=2)))
    return out


@pytest.mark.chain
def test_a_draft_is_audited_and_published_with_its_certificate(stage, released, settled, tmp_path):
    draft = released(settled, "--out", tmp_path / "draft")
    assert draft.exit_code == 0, draft.output
    assert f"The release of 8 items is in {tmp_path / 'draft'}" in draft.stdout
    audit = audited(tmp_path / "draft", tmp_path / "audit")
    final = released(settled, "--out", tmp_path / "final", "--audit", audit, "--json")
    assert final.exit_code == 0, final.output
    said = json.loads(final.stdout)
    assert set(said) == {"dataset_id", "manifest_root", "item_count", "manifest_hash", "audited"}
    assert (said["dataset_id"], said["item_count"], said["audited"]) == (settled, 8, True)
    assert said["manifest_root"] in draft.stdout and said["manifest_hash"] not in draft.stdout
    hashes = [bytes.fromhex(said[name][2:]) for name in ("dataset_id", "manifest_root", "manifest_hash")]
    stage.send(stage.owner, "publishRelease", *hashes[:2], said["item_count"], hashes[2])
    report = verify_release(tmp_path / "final", stage.chain.url)
    assert report.holds, report.broken
    assert any("2 of 8 items" in note for note in report.notes)
    # The release after this one has another number and the same items: the audit still holds for it.
    again = released(settled.upper().replace("0X", "0x"), "--out", tmp_path / "final", "--audit", audit, "--replace")
    assert again.exit_code == 0, again.output


@pytest.mark.chain
def test_what_was_accepted_while_the_audit_ran_is_left_and_said(stage, released, settled, tmp_path, digits):
    released(settled, "--out", tmp_path / "draft")
    audit = audited(tmp_path / "draft", tmp_path / "audit")
    stage.have_accepted(settled, digits(3, 50))
    final = released(settled, "--out", tmp_path / "final", "--audit", audit)
    assert final.exit_code == 0, final.output
    assert "The release of 8 items is in" in final.stdout
    assert final.stdout.endswith(
        "3 items were accepted since the audit; they are left to the release after this one.\n"
    )
    whole = released(settled, "--out", tmp_path / "whole")
    assert "The release of 11 items is in" in whole.stdout and "since the audit" not in whole.stdout


@pytest.mark.chain
def test_what_cannot_be_released_is_said_in_a_sentence(stage, released, settled, tmp_path, digits):
    released(settled, "--out", tmp_path / "taken")
    other = audited(tmp_path / "taken", tmp_path / "audit")
    altered = json.loads((other / "certificate.json").read_bytes())
    altered["source"]["items_sha256"] = "00" * 32
    (other / "certificate.json").write_bytes(canonical_json(altered))
    (tmp_path / "nonsense").mkdir()
    (tmp_path / "nonsense" / "certificate.json").write_text("nonsense")
    (tmp_path / "file").write_text("")
    empty = stage.open_dataset().id
    new = tmp_path / "new"
    for arguments, words in [
        (("0x" + "00" * 32, "--out", new), "There is no dataset 0x00"),
        (("nonsense", "--out", new), "There is no dataset nonsense"),
        ((empty, "--out", new), "No item of this dataset was accepted yet"),
        ((settled, "--out", tmp_path / "taken"), "exists already"),
        ((settled, "--out", tmp_path / "file" / "below"), "cannot be used"),
        ((settled, "--out", new, "--audit", other), "about other items"),
        ((settled, "--out", new, "--audit", tmp_path / "nonsense"), "The audit's certificate is not valid JSON."),
        ((settled, "--out", new, "--audit", tmp_path), "certificate.json cannot be read"),
    ]:
        result = released(*arguments)
        assert result.exit_code == 2, (arguments, result.output)
        sentence = [line for line in result.stderr.splitlines() if line.strip()][-1]
        assert words in sentence and sentence.endswith("."), sentence
        assert "Traceback" not in result.output
        assert result.stdout == ""
        assert not new.exists()
