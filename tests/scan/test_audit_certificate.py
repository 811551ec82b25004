"""An audit's certificate says what was audited, by what and with what power, and nothing of when and where."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from sebrus import __version__
from sebrus.cli.audit import audit
from sebrus.detect import ContributorFinding, Findings, ItemFinding
from sebrus.detect.code import AUDIT, SCREEN, code_hash
from sebrus.detect.deep import Audit, Power
from sebrus.detect.deep.plants import FamilyPower
from sebrus.export import ExportRefused
from sebrus.export.certificate import read_certificate
from sebrus.scan.certificate import certificate
from sebrus.scan.source import Source, read

POWER = Power((FamilyPower("warp", 4, 3, 0.19, 0.99, 80, 60),), 0.005, 2, 0, 0.84)


@pytest.fixture(autouse=True)
def torch_there(monkeypatch):
    monkeypatch.setattr("sebrus.scan.certificate.version", {"torch": "2.9"}.__getitem__)


def done(source: Source, power: Power | None = POWER) -> Audit:
    """An audit that flagged the first item and its contributor."""
    n = len(source.labels)
    items = tuple(ItemFinding(int(source.labels[row]), "a", float(row == 0), 0.5, row == 0) for row in range(n))
    people = (ContributorFinding("a", n, 0.001, True), ContributorFinding("b", 0, 0.5, False))
    return Audit(Findings(items, people, 0.05, ("A limit.",)), (), power, 7, "cpu")


def pool(n: int = 4, **changed: Any) -> Source:
    images = np.arange(n * 64, dtype=np.uint8).reshape(n, 8, 8)
    plain = Source(images, np.arange(n) % 2, tuple(map(str, range(n))), ("a", "b") * (n // 2), {0: "cat", 1: "dog"})
    return replace(plain, **changed)


def source_of(source: Source) -> dict[str, Any]:
    return json.loads(certificate(source, None, done(source), 2))["source"]


def test_it_says_what_was_audited_and_how():
    source = pool()
    said = json.loads(certificate(source, pool(2), done(source), 4))
    assert said["format"] == "sebrus-audit-1"
    assert said["code"] == {"sebrus": __version__, "detector_sha256": code_hash(AUDIT), "torch": "2.9"}
    assert said["settings"] == {"device": "cpu", "seed": 7, "fdr": 0.05, "plants": 4}
    assert said["source"]["kind"] == said["trusted"]["kind"] == "pixels"
    assert said["items"] == {"tested": 4, "flagged": 1}
    assert said["contributors"] == {"tested": 2, "flagged": 1}
    families = [{"family": "warp", "planted": 4, "found": 3, "low": 0.19, "high": 0.99, "items": 80, "flagged": 60}]
    assert said["power"]["families"] == families
    assert said["tested"].startswith("Tested: contributors whose poison is 0.50% of the pool; found 3 of 4")
    assert said["limits"] == ["A limit."]
    assert set(said) == {
        *("format", "code", "settings", "source", "trusted", "items", "contributors", "power", "tested", "limits"),
    }


@pytest.mark.parametrize("power", [POWER, None])
def test_what_it_says_can_be_read_again(power):
    source = pool()
    found = read_certificate(certificate(source, None, done(source, power), 4))
    assert (found.items, found.contributors, found.dataset_id) == ((4, 1), (2, 1), None)
    assert [one.found for one in found.families] == ([3] if power else [])
    assert "not measured" in found.tested or power


def test_the_items_count_and_not_their_order():
    said = source_of(pool())
    turned = pool()
    rows = np.array([2, 0, 3, 1])
    turned = replace(
        turned,
        images=turned.images[rows],
        labels=turned.labels[rows],
        contributors=tuple(turned.contributors[row] for row in rows),
    )
    assert source_of(turned) == said
    images = pool().images.copy()
    images[0, 0, 0] += 1
    for other in (
        pool(images=images),
        pool(labels=np.array([1, 0, 0, 1])),
        pool(contributors=("a", "a", "b", "b")),
        pool(contributors=None),
        pool(class_names={}),
        pool(images=pool().images.reshape(4, 4, 16)),
        pool(sha256=("00" * 32,) * 4),
    ):
        assert source_of(other)["items_sha256"] != said["items_sha256"]


def test_a_release_takes_the_certificate_of_its_draft_and_of_none_else(released):
    draft = read(released(name="draft"))
    said = source_of(draft)
    assert said["dataset"] == draft.release.dataset_id
    assert (said["version"], said["manifest_root"]) == (1, draft.release.manifest_root)
    carried = released(certificate=certificate(draft, None, done(draft), 2))
    assert "found 3 of 4 planted by warp" in (carried / "README.md").read_text(encoding="utf-8")
    # The next release with the same items takes it too, and an audit of the release says the same as of its draft.
    released(name="next", version=2, certificate=(carried / "audit.json").read_bytes())
    assert source_of(read(carried)) == said
    fewer = read(released(items=50, name="other"))
    with pytest.raises(ExportRefused, match="about other items than this release holds"):
        released(name="refused", certificate=certificate(fewer, None, done(fewer), 2))


def test_the_hash_of_the_code_covers_what_it_names():
    assert code_hash(SCREEN) != code_hash(AUDIT) != code_hash(("sebrus.detect.deep",))
    assert code_hash(SCREEN, ("sebrus.detect.deep.audit",)) != code_hash(SCREEN, ("sebrus.detect.deep.task",))
    assert len(bytes.fromhex(code_hash(AUDIT))) == 32


def test_the_same_audit_gives_the_same_bytes(released, tmp_path):
    pytest.importorskip("torch").set_num_threads(1)
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(audit)
    folder = released()
    for name in ("one", "two"):
        result = CliRunner().invoke(app, [str(folder), "--out", str(tmp_path / name), "--seed", "3"])
        assert result.exit_code == 0, result.output
    first = (tmp_path / "one" / "certificate.json").read_bytes()
    assert first == (tmp_path / "two" / "certificate.json").read_bytes()
    assert read_certificate(first).items[0] == 60
    assert str(tmp_path).encode() not in first
    assert released(name="carrying", certificate=first).joinpath("audit.json").read_bytes() == first
