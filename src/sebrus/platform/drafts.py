"""Releases that are built and not published yet: the server builds one when its owner asks, one at a time."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.export import ExportRefused
from sebrus.export.certificate import AUDIT_FILE
from sebrus.platform.application import Application
from sebrus.platform.leases import leases_of, release_lease
from sebrus.platform.published import DRAFT, MANIFEST, draft_folder
from sebrus.platform.refusals import Refused, not_found
from sebrus.platform.release import accepted_items, build_release, next_version
from sebrus.store.blobs import BlobMissing, BlobUnreachable
from sebrus.store.projected import Dataset, Release

log = logging.getLogger(__name__)

BUILDING = "building"
KEPT = 2
"""Drafts that are kept beside the newest: one of them may be on its way to the chain."""


@dataclass(frozen=True)
class Draft:
    """The next release of a dataset, as far as it is built; root, count and hash are what `publishRelease` takes.

    `audited` tells whether it carries the certificate of an audit.
    """

    state: Literal["none", "building", "built", "failed"]
    version: int
    done: int = 0
    total: int = 0
    reason: str | None = None
    manifest_root: str | None = None
    manifest_hash: str | None = None
    item_count: int | None = None
    audited: bool = False


def require_owner(session: Session, dataset_id: str, account: str) -> None:
    """Let the owner of a dataset through.

    Raises:
        Refused: there is no such dataset, or it is somebody else's.
    """
    dataset = session.get(Dataset, dataset_id)
    if dataset is None:
        raise not_found("dataset", dataset_id)
    if dataset.owner != account:
        raise Refused("not_owner", "Only the owner of this dataset can have its releases built.", 403)


class Drafts:
    """The builds of one server process: at most one runs."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._building: str | None = None
        self._states: dict[str, Draft] = {}

    def ask(self, dataset_id: str, certificate: bytes | None = None) -> Draft:
        """Begin to build the next release; where that runs already, say how far it is.

        `certificate` is the `certificate.json` of an audit of these items, to be carried by the release.

        Raises:
            Refused: nothing was accepted yet, or a release is built now: another dataset's, or this one as it was
                asked for before the certificate came.
        """
        with self._application.database.read() as session:
            total = accepted_items(session, dataset_id)
            version = next_version(session, dataset_id)
        with self._lock:
            if self._building not in (None, dataset_id):
                raise Refused("builder_busy", "This server builds another release now; ask again in a minute.", 429)
            if self._building is not None and certificate is not None:
                sentence = "This server builds this release already; give it the audit once that is done."
                raise Refused("builder_busy", sentence, 429)
            if self._building is None:
                self._building = dataset_id
                self._states[dataset_id] = Draft("building", version, total=total)
                threading.Thread(
                    target=self._build, args=(dataset_id, certificate), name="release", daemon=True
                ).start()
            return self._states[dataset_id]

    def state(self, dataset_id: str) -> Draft:
        """How far the next release is: being built, failed, built, or not asked for."""
        with self._lock:
            known = self._states.get(dataset_id)
        if known is not None and known.state != "built":
            return known
        with self._application.database.read() as session:
            version = next_version(session, dataset_id)
        found = (_read_draft(path / MANIFEST, path.stat().st_mtime_ns) for path in self._drafts(dataset_id))
        return next(
            (draft for draft in found if draft is not None and draft.version == version), Draft("none", version)
        )

    def _drafts(self, dataset_id: str) -> Iterator[Path]:
        """The drafts of a dataset, the newest first."""
        folder = self._application.settings.releases_path / dataset_id
        found = [path for path in folder.glob(f"{DRAFT}*") if path.is_dir()]
        yield from sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)

    def _build(self, dataset_id: str, certificate: bytes | None) -> None:
        """Build in a thread of its own; whatever goes wrong is told to the owner as a sentence."""
        draft = self._states[dataset_id]
        try:
            with leases_of(self._application).held(release_lease(dataset_id)) as lease:
                if lease is None:
                    raise Refused("builder_busy", "Another server builds this release now; ask again in a minute.", 429)
                self._write(dataset_id, certificate)
            draft = replace(draft, state="built")
        except (Refused, ExportRefused) as error:
            draft = replace(draft, state="failed", reason=str(error))
        except (BlobMissing, BlobUnreachable) as error:
            log.warning("the release of %s could not be built: %s", dataset_id, error)
            sentence = "An image of the release is not in the image store, or the store does not answer; try again."
            draft = replace(draft, state="failed", reason=sentence)
        except Exception:
            log.exception("the release of %s could not be built", dataset_id, extra={"dataset_id": dataset_id})
            draft = replace(draft, state="failed", reason="Something went wrong here; it was logged. Try again.")
        finally:
            with self._lock:
                self._states[dataset_id] = draft
                self._building = None

    def _write(self, dataset_id: str, certificate: bytes | None) -> None:
        """Write the release beside the others, and move it to where its hash says."""
        folder = self._application.settings.releases_path / dataset_id
        for left in folder.glob(f".{BUILDING}-*"):  # of a server that ended while it wrote
            shutil.rmtree(left, ignore_errors=True)
        written = build_release(
            self._application,
            dataset_id,
            folder / BUILDING,
            replace=True,
            certificate=certificate,
            progress=lambda done, total: self._note(dataset_id, done, total),
        )
        place = draft_folder(self._application, dataset_id, written.manifest_hash.hex())
        if place.exists():
            shutil.rmtree(written.directory)  # the same bytes were built before
            place.touch()
        else:
            written.directory.rename(place)
            place.touch()
        self._prune(dataset_id, place)

    def _note(self, dataset_id: str, done: int, total: int) -> None:
        with self._lock:
            self._states[dataset_id] = replace(self._states[dataset_id], done=done, total=total)

    def _prune(self, dataset_id: str, newest: Path) -> None:
        """Remove old drafts, and none that was published."""
        with self._application.database.read() as session:
            query = select(Release.manifest_hash).where(Release.dataset_id == dataset_id)
            published = {draft_folder(self._application, dataset_id, known) for known in session.scalars(query)}
        others = [path for path in self._drafts(dataset_id) if path not in published | {newest}]
        for path in others[KEPT:]:
            shutil.rmtree(path, ignore_errors=True)


@lru_cache(maxsize=64)
def _read_draft(manifest: Path, _changed: int) -> Draft | None:
    """The draft that a folder holds; None where it is none."""
    try:
        data = manifest.read_bytes()
        told = json.loads(data)
        return Draft(
            state="built",
            version=told["version"],
            done=told["item_count"],
            total=told["item_count"],
            manifest_root=told["manifest_root"],
            manifest_hash="0x" + hashlib.sha256(data).hexdigest(),
            item_count=told["item_count"],
            audited=AUDIT_FILE in told["files"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
