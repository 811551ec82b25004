"""A release carries the certificate of an audit of its items, says what it found, and takes no other."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sebrus.export import ExportRefused, ReleaseInput, write_release
from sebrus.export.canonical import canonical_json
from sebrus.export.certificate import CertificateRefused, items_digest, read_certificate, sentence_of_power

Images = Callable[[bytes], bytes]
WARP = {"family": "warp", "planted": 4, "found": 3, "low": 0.194, "high": 0.994, "items": 80, "flagged": 60}
POWER = {"families": [WARP], "share": 0.005, "honest_planted": 2, "honest_accused": 0, "honest_high": 0.84}


def content(release: ReleaseInput, **changed: Any) -> dict[str, Any]:
    names = release.metadata.class_names
    items = [(e.sha256.hex(), names[e.label], batch.key.contributor) for batch, e in release.entries()]
    said: dict[str, Any] = {
        "format": "sebrus-audit-1",
        "source": {"kind": "files", "items_sha256": items_digest(items)},
        "items": {"tested": len(items), "flagged": 3},
        "contributors": {"tested": 2, "flagged": 1},
        "power": POWER,
        "limits": [],
    } | changed
    return {"tested": _sentence(said["power"]), **said}


def _sentence(power: Any) -> str:
    try:
        return sentence_of_power(power)
    except (KeyError, TypeError):
        return "Tested."


def carrying(release: ReleaseInput, **changed: Any) -> ReleaseInput:
    return replace(release, certificate=canonical_json(content(release, **changed)))


def test_it_is_a_listed_file_and_the_card_says_what_it_found(
    release: ReleaseInput, images: Images, tmp_path: Path
) -> None:
    audited = carrying(release)
    directory = write_release(audited, images, tmp_path / "r").directory
    assert (directory / "audit.json").read_bytes() == audited.certificate
    assert "audit.json" in json.loads((directory / "manifest.json").read_bytes())["files"]
    card = " ".join((directory / "README.md").read_text(encoding="utf-8").split())
    assert "flagged 3 of 147 items and 1 of 2 contributors" in card
    assert "What was flagged is in this release all the same" in card
    assert sentence_of_power(POWER) in card
    assert "| warp | 4 | 3 | 0.19 to 0.99 |" in card
    assert "It says nothing about attacks that were not planted." in card
    assert "poison-free" not in card


def test_without_one_the_card_says_so(release: ReleaseInput, images: Images, tmp_path: Path) -> None:
    directory = write_release(release, images, tmp_path / "r").directory
    assert "This release carries no audit" in (directory / "README.md").read_text(encoding="utf-8")
    assert not (directory / "audit.json").exists()


def test_an_audit_that_flagged_nothing_keeps_nothing(release: ReleaseInput, images: Images, tmp_path: Path) -> None:
    clean = carrying(release, items={"tested": 147, "flagged": 0}, contributors={"tested": 2, "flagged": 0})
    card = (write_release(clean, images, tmp_path / "r").directory / "README.md").read_text(encoding="utf-8")
    assert "flagged 0 of 147 items" in card
    assert "all the same" not in card


def test_an_audit_without_plants_has_no_table(release: ReleaseInput, images: Images, tmp_path: Path) -> None:
    card = write_release(carrying(release, power=None), images, tmp_path / "r").directory / "README.md"
    text = card.read_text(encoding="utf-8")
    assert "power of this audit was not measured" in text
    assert "| planted |" not in text


def test_an_audit_of_other_items_is_refused(release: ReleaseInput, images: Images, tmp_path: Path) -> None:
    dataset_id = "0x" + release.dataset.dataset_id.hex()
    digest = content(release)["source"]["items_sha256"]
    named = {"kind": "release", "dataset": dataset_id, "version": 9, "manifest_root": "0x", "items_sha256": digest}
    write_release(carrying(release, source=named), images, tmp_path / "r")
    less = replace(release, batches=release.batches[:1])
    relabelled = replace(release, metadata=replace(release.metadata, class_names=("a", "b", "c")))
    for other in (
        replace(release, certificate=carrying(less).certificate),
        replace(release, certificate=carrying(relabelled).certificate),
        carrying(release, source=named | {"dataset": "0x" + "00" * 32}),
        carrying(release, items={"tested": 146, "flagged": 3}),
    ):
        with pytest.raises(ExportRefused, match="about other items than this release holds"):
            write_release(other, images, tmp_path / "other")
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"format": "sebrus-audit-9"}, "not of the format"),
    ({"tested": "Tested: this dataset is poison-free."}, "something else than in its numbers"),
    ({"tested": 7}, "lacks a field"),
    ({"items": {"tested": 3, "flagged": 4}}, "lacks a field"),
    ({"items": {"tested": 147, "flagged": -1}}, "lacks a field"),
    ({"items": {"tested": 147, "flagged": True}}, "lacks a field"),
    ({"contributors": []}, "lacks a field"),
    ({"source": None}, "lacks a field"),
    ({"source": {"kind": "files", "items_sha256": 5}}, "lacks a field"),
    ({"power": POWER | {"share": 2}}, "lacks a field"),
    ({"power": POWER | {"honest_accused": 3}}, "lacks a field"),
    ({"power": POWER | {"families": [WARP | {"found": 5}]}}, "lacks a field"),
    ({"power": POWER | {"families": [WARP | {"low": -0.1}]}}, "lacks a field"),
    ({"power": POWER | {"families": [WARP | {"family": "a|b"}]}}, "lacks a field"),
    ({"power": POWER | {"families": [WARP | {"family": "a\nb"}]}}, "lacks a field"),
    ({"power": POWER | {"families": [WARP] * 100}}, "something else"),
]


@pytest.mark.parametrize(("changed", "words"), BAD)
def test_what_is_not_of_the_form_is_refused(release: ReleaseInput, changed: dict[str, Any], words: str) -> None:
    said = content(release, **changed)
    with pytest.raises(CertificateRefused, match=words):
        read_certificate(canonical_json(said))
    with pytest.raises(ExportRefused, match=rf"^The audit's certificate .*{words}.*\.$"):
        replace(release, certificate=canonical_json(said)).check()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not valid JSON"),
        (b"\xff", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"a":NaN}', "not valid JSON"),
        (b'{"a":1,"a":2}', "not valid JSON"),
        (b'{"a":"\\ud800"}', "not valid JSON"),
        (b"[]", "not of the format"),
        (b'{"format": "sebrus-audit-1"}', "not canonical"),
        (b'{"format":"sebrus-audit-1"}', "lacks a field"),
        (b" " * (2**20 + 1), "larger than any certificate"),
    ],
)
def test_bytes_that_are_no_certificate_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(CertificateRefused, match=words):
        read_certificate(data)
