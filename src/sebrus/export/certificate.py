"""The certificate of an audit: what was audited, by what code, what was flagged, and the power that was measured."""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sebrus.export.canonical import canonical_json, parse_json

AUDIT_FILE = "audit.json"
"""Where a release carries it."""
AUDIT_FORMAT = "sebrus-audit-1"
MOST_BYTES = 2**20
MOST_TEXT = 4000


class CertificateRefused(ValueError):
    """Bytes are no certificate; the message is the end of a sentence that begins with the certificate's name."""


@dataclass(frozen=True)
class FamilyFound:
    """Of `planted` contributors of a family `found` were accused; `low` and `high` bound the chance, in 95 of 100."""

    family: str
    planted: int
    found: int
    low: float
    high: float


@dataclass(frozen=True)
class Certificate:
    """What a certificate says that a release repeats. `dataset_id` is `0x` hex, None when no release was audited;
    `items` and `contributors` are pairs of tested and flagged; `families` is empty when nothing was planted."""

    dataset_id: str | None
    items_sha256: str
    items: tuple[int, int]
    contributors: tuple[int, int]
    families: tuple[FamilyFound, ...]
    tested: str


def items_digest(items: Iterable[tuple[str, str, str | None]]) -> str:
    """The sha256, 64 hex digits, over items `(sha256 as hex, class name, contributor)` in whatever order they come.

    Hashed are the sorted lines of canonical JSON, each item a list of the three.
    """
    digest = hashlib.sha256()
    for line in sorted(canonical_json(list(item)) for item in items):
        digest.update(line + b"\n")
    return digest.hexdigest()


def sentence_of_power(power: dict[str, Any] | None) -> str:
    """One sentence: what was planted and what was found of it; `power` as the certificate holds it."""
    if power is None:
        return "Tested: nothing was planted, so the power of this audit was not measured."
    told = "; ".join(
        f"found {one['found']} of {one['planted']} planted by {one['family']} "
        f"(95 % interval {one['low']:.2f} to {one['high']:.2f})"
        for one in power["families"]
    )
    return (
        f"Tested: contributors whose poison is {power['share']:.2%} of the pool; {told}; "
        f"accused {power['honest_accused']} of {power['honest_planted']} planted honest ones."
    )


def read_certificate(data: bytes) -> Certificate:
    """Read a certificate and check its form; its sentence must be the one that its numbers give.

    Raises:
        CertificateRefused: it is none.
    """
    if len(data) > MOST_BYTES:
        raise CertificateRefused("is larger than any certificate")
    try:
        content = parse_json(data)
        canonical = canonical_json(content)
    except ValueError:
        raise CertificateRefused("is not valid JSON") from None
    if not isinstance(content, dict) or content.get("format") != AUDIT_FORMAT:
        raise CertificateRefused(f"is not of the format {AUDIT_FORMAT}")
    if canonical != data:
        raise CertificateRefused("is not canonical JSON: it was changed after the audit")
    try:
        return _read(content)
    except (KeyError, TypeError, IndexError):
        raise CertificateRefused("lacks a field, or one is not of its kind") from None


def _read(content: dict[str, Any]) -> Certificate:
    source, power = content["source"], content["power"]
    families = tuple(_family(one) for one in power["families"]) if power is not None else ()
    if power is not None:
        _number(power["share"], 1)
        _whole(power["honest_accused"], _whole(power["honest_planted"]))
    tested = content["tested"]
    if len(tested) > MOST_TEXT or tested != sentence_of_power(power):
        raise CertificateRefused("says in its sentence something else than in its numbers")
    return Certificate(
        dataset_id=_text(source["dataset"]) if source["kind"] == "release" else None,
        items_sha256=_text(source["items_sha256"]),
        items=_counts(content["items"]),
        contributors=_counts(content["contributors"]),
        families=families,
        tested=tested,
    )


def _family(one: dict[str, Any]) -> FamilyFound:
    planted = _whole(one["planted"])
    low, high = _number(one["low"], 1), _number(one["high"], 1)
    name = _text(one["family"])
    if not name.isprintable() or "|" in name or len(name) > 100:
        raise TypeError
    return FamilyFound(name, planted, _whole(one["found"], planted), low, high)


def _counts(value: dict[str, Any]) -> tuple[int, int]:
    tested = _whole(value["tested"])
    return tested, _whole(value["flagged"], tested)


def _whole(value: Any, most: int = 2**53) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise TypeError
    return value


def _number(value: Any, most: float) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value) or value > most:
        raise TypeError
    if value < 0:
        raise TypeError
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
