"""Step audit: the certificate that a release may carry is about the items that it holds."""

import hashlib
import json
from pathlib import Path

from sebrus.verify.errors import require
from sebrus.verify.evidence import Evidence
from sebrus.verify.fields import Fields, parse_json
from sebrus.verify.items import accepted_entries

AUDIT = "audit.json"
AUDIT_FORMAT = "sebrus-audit-1"
MAX_AUDIT_BYTES = 2**20


def verify_audit(evidence: Evidence) -> str:
    """What audit.json was made over are the released items; what it says of them is the publisher's word."""
    if AUDIT not in evidence.manifest.files:
        evidence.notes.append("The release carries no audit: how much poison one would have found was not measured.")
        return "there is no audit to compare"
    top = _read(evidence.directory / AUDIT)
    source = top.object("source")
    require(source.text("items_sha256") == _items_digest(evidence), f"{AUDIT} is about other items than the released")
    count = evidence.manifest.item_count
    require(top.object("items").integer("tested", 53) == count, f"{AUDIT} counts other items than the {count} released")
    evidence.notes.append(f"{AUDIT}, which only another audit can check: {_told(top)}")
    return f"{AUDIT} is about exactly these {count} items"


def _read(path: Path) -> Fields:
    require(path.stat().st_size <= MAX_AUDIT_BYTES, f"{AUDIT} is larger than any certificate")
    top = Fields(parse_json(path.read_bytes(), AUDIT), AUDIT)
    found = top.text("format")
    require(found == AUDIT_FORMAT, f"{AUDIT}: the format is {found[:40]!r}, not {AUDIT_FORMAT!r}")
    return top


def _items_digest(evidence: Evidence) -> str:
    """The sha256 over the sorted lines of canonical JSON, one per item: sha256, class name, contributor."""
    names, lines = evidence.manifest.class_names, []
    for batch, entry in accepted_entries(evidence):
        item = [entry.sha256.hex(), names[entry.label], batch.key.contributor]
        # A name may hold half a character, escaped in the manifest: that is no name, but no reason to stop either.
        lines.append(json.dumps(item, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass"))
    digest = hashlib.sha256()
    for line in sorted(lines):
        digest.update(line + b"\n")
    return digest.hexdigest()


def _told(top: Fields) -> str:
    """What was flagged and what was found of what was planted, told from the numbers."""
    counted = [f"{_flagged(top.object(what))} {what} flagged" for what in ("items", "contributors")]
    if top.lacks("power"):
        return f"{' and '.join(counted)}; nothing was planted, so its power was not measured."
    planted = [
        _power(Fields(value, f"{AUDIT}: power: families")) for value in top.object("power").array("families")[:100]
    ]
    return f"{' and '.join(counted)}; {'; '.join(planted)}."


def _flagged(counts: Fields) -> str:
    tested, flagged = counts.integer("tested", 53), counts.integer("flagged", 53)
    require(flagged <= tested, f"{counts.where}: more are flagged than were tested")
    return f"{flagged} of {tested}"


def _power(family: Fields) -> str:
    planted, found = family.integer("planted", 53), family.integer("found", 53)
    require(found <= planted, f"{family.where}: more are found than were planted")
    low, high = family.share("low"), family.share("high")
    return f"found {found} of {planted} planted by {family.text('family')[:100]} ({low:.2f} to {high:.2f})"
