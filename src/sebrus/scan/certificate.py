"""The certificate of an audit: the same audit gives the same bytes, so nothing of when and where is in it."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from sebrus import __version__
from sebrus.detect.code import AUDIT, code_hash
from sebrus.detect.deep import Audit
from sebrus.export.canonical import canonical_json
from sebrus.export.certificate import AUDIT_FORMAT, items_digest, sentence_of_power
from sebrus.scan.source import Source
from sebrus.scan.write import label_text


def certificate(source: Source, vouched: Source | None, done: Audit, plants: int) -> bytes:
    """What an audit of `source` says of itself, as canonical JSON; `vouched` are the trusted items."""
    found, power = done.findings, asdict(done.power) if done.power is not None else None
    content = {
        "format": AUDIT_FORMAT,
        "code": {"sebrus": __version__, "detector_sha256": code_hash(AUDIT), "torch": version("torch")},
        "settings": {"device": done.device, "seed": done.seed, "fdr": found.fdr, "plants": plants},
        "source": _origin(source),
        "trusted": _origin(vouched) if vouched is not None else None,
        "items": {"tested": len(found.items), "flagged": int(found.flagged.sum())},
        "contributors": {
            "tested": len(found.contributors),
            "flagged": sum(one.flagged for one in found.contributors),
        },
        "power": power,
        "tested": sentence_of_power(power),
        "limits": list(found.limits),
    }
    return canonical_json(content)


def _origin(source: Source) -> dict[str, Any]:
    """What was audited: the digest of its items, and which release it is, if it is one."""
    digest = items_digest(_items(source))
    if source.release is None:
        return {"kind": "files" if source.sha256 else "pixels", "items_sha256": digest}
    return {
        "kind": "release",
        "dataset": source.release.dataset_id,
        "version": source.release.version,
        "manifest_root": source.release.manifest_root,
        "items_sha256": digest,
    }


def _items(source: Source) -> Iterator[tuple[str, str, str | None]]:
    """Each item's sha256 (of its file, where the source holds files, else of its pixels), class and contributor."""
    for row in range(len(source.labels)):
        sha256 = source.sha256[row] if source.sha256 else _of_pixels(np.asarray(source.images[row]))
        sender = source.contributors[row] if source.contributors is not None else None
        yield sha256, label_text(source, int(source.labels[row])), sender


def _of_pixels(image: np.ndarray[Any, np.dtype[np.uint8]]) -> str:
    return hashlib.sha256(f"{image.shape}".encode() + np.ascontiguousarray(image).tobytes()).hexdigest()


__all__ = ["certificate"]
