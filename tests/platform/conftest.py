"""A dataset of digits with a trusted seed that batches are screened for, step by step."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

import sebrus.platform.screening
from sebrus.client import Contributor
from sebrus.detect import load
from sebrus.platform.reference import Reference, reference_of
from sebrus.platform.screening import screen_batch
from sebrus.platform.sent_items import key_of
from sebrus.platform.submissions import submit_call
from sebrus.store.models import AccusationTest, SecretScreening, Submission
from sebrus.store.projected import Batch

SEED = 80
ITEMS = 24

Files = list[tuple[str, bytes, int]]


@dataclass
class ScreenedDataset:
    """A dataset, what arrives in it, and what the detector keeps of it."""

    stage: Any
    digits: Callable[..., Files]
    open: Any
    items: int = ITEMS
    seed: int = SEED

    def send(
        self, number: int, change: Callable[[Files], Files] | None = None, sender: Contributor | None = None
    ) -> str:
        """The number-th batch of digits arrives on chain, unscreened, from a stranger unless told; returns its id."""
        files = self.digits(ITEMS, SEED + ITEMS * number)
        sender = sender or self.contributor()
        batch_id = sender.submit(self.open.id, change(files) if change else files).batch_id
        submission = self.stage.row(Submission, batch_id)
        self.stage.application.contract.perform(self.stage.application.operator, submit_call(submission))
        self.stage.index()
        return batch_id

    def screened(self, *arguments: Any) -> str:
        """As `send`, and screened."""
        batch_id = self.send(*arguments)
        self.screen(batch_id)
        return batch_id

    def screen(self, batch_id: str) -> None:
        """Screen a batch and store the result, as the worker does with one after the other."""
        found = screen_batch(self.stage.application, batch_id)
        with self.stage.application.database.write() as session:
            found.keep(session)

    def contributor(self) -> Contributor:
        """Somebody with a deposit."""
        found = Contributor(self.stage.client, secrets.token_bytes(32))
        self.stage.deposit(found.address)
        return found

    def reference(self, batch_id: str) -> Reference:
        """What a batch is screened against."""
        with self.stage.application.database.read() as session:
            return reference_of(session, session.get_one(Batch, batch_id))

    def vouching(self, batch_id: str) -> set[int]:
        """The keys of the items that a batch is screened against."""
        return set(self.reference(batch_id).items.keys.tolist())

    def flags(self, batch_id: str) -> list[bool]:
        """Which items of a batch were flagged."""
        word = int(self.stage.row(SecretScreening, batch_id).flags[0], 16)
        return [bool(word >> position & 1) for position in range(ITEMS)]

    def keys(self, *batches: str) -> set[int]:
        """The keys of all items of some batches."""
        return {key_of(batch_id, position) for batch_id in batches for position in range(ITEMS)}

    @property
    def folder(self) -> Path:
        """Where the state is kept."""
        return self.stage.application.settings.detector_path / self.open.id

    def held(self, *batches: str) -> set[int]:
        """Which items of some batches the state on disk holds."""
        asked = np.array(sorted(self.keys(*batches)), dtype=np.uint64)
        return set(asked[load(self.folder).holds(asked)].tolist())

    @property
    def tests(self) -> list[tuple[str, float, bool]]:
        """The tests made: batch, p-value, whether it accused."""
        query = select(AccusationTest).where(AccusationTest.dataset_id == self.open.id).order_by(AccusationTest.id)
        return [(test.batch_id, test.p_value, test.accused) for test in self.stage.rows(query)]


@pytest.fixture(scope="session")
def as_png() -> Callable[[Any], bytes]:
    """An image's PNG."""

    def encode(image: Any) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(np.asarray(image, dtype=np.uint8)).save(buffer, "PNG")
        return buffer.getvalue()

    return encode


@pytest.fixture(scope="session")
def patched(as_png: Any) -> Callable[[Files], Files]:
    """Gives every digit a bright patch and calls it a three."""

    def change(files: Files) -> Files:
        found = []
        for name, data, _ in files:
            image = np.array(Image.open(io.BytesIO(data)))
            image[-2:, -2:] = 255
            found.append((name, as_png(image), 3))
        return found

    return change


@pytest.fixture(scope="session")
def resized(as_png: Any) -> Callable[[int, int], Callable[[Files], Files]]:
    """resized(width, height) brings every digit to another size."""

    def to(width: int, height: int) -> Callable[[Files], Files]:
        def change(files: Files) -> Files:
            return [(name, as_png(Image.open(io.BytesIO(data)).resize((width, height))), y) for name, data, y in files]

        return change

    return to


@pytest.fixture(scope="session")
def open_screened(shared_stage: Any, digits: Any) -> Callable[..., ScreenedDataset]:
    """Open a dataset; the detector has one vote, so that a panel can overrule it. Batches of others stay open."""

    def run(seed: int = SEED) -> ScreenedDataset:
        trusted = [(data, label) for _, data, label in digits(seed)]
        return ScreenedDataset(
            shared_stage,
            digits,
            shared_stage.open_dataset(seed=trusted, detector_votes=1, escalated_size=0, final_size=0),
        )

    return run


@pytest.fixture(scope="module")
def by_state() -> Any:
    """A state from the second batch on, as large datasets have."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sebrus.platform.screening, "FEWEST_FOR_STATE", 1)
        yield
