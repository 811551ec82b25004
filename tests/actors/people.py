"""The people of the tests."""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sebrus.client import Contributor, Reviewer
from sebrus.store.projected import Account as AccountRow

from .stage import DEPOSIT, Stage


def png(image: Any) -> bytes:
    """One grey image as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(image, dtype=np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def owner(stage: Stage) -> Any:
    """Opens datasets, has ether."""
    return stage.owner


@pytest.fixture
def enrol() -> Iterator[Callable[..., Contributor]]:
    """A contributor on any stage, with a deposit and no ether; who staked leaves the draws when the test ends."""
    enrolled: list[tuple[Stage, Contributor]] = []

    def run(stage: Stage, deposit: int = DEPOSIT) -> Contributor:
        contributor = Contributor(stage.client, secrets.token_bytes(32))
        if deposit:
            stage.deposit(contributor.address, deposit)
        enrolled.append((stage, contributor))
        return contributor

    yield run
    for stage, contributor in enrolled:
        row = stage.row(AccountRow, contributor.address) if stage.chain.running else None
        if row is not None and row.stake:
            contributor.move("unstake", row.stake)
            stage.step()
            stage.mine(stage.application.deployment.epoch_length)


@pytest.fixture
def honest_contributor(stage: Stage, enrol: Any) -> Contributor:
    return enrol(stage)


@pytest.fixture
def hostile_contributor(stage: Stage, enrol: Any) -> Contributor:
    """Has a deposit too, and no good intentions."""
    return enrol(stage)


@pytest.fixture
def stranger(stage: Stage) -> Reviewer:
    """Signs whatever helps, with an account that has nothing."""
    return Reviewer(stage.client, secrets.token_bytes(32))


@pytest.fixture(scope="session")
def digits() -> Callable[..., list[tuple[str, bytes, int]]]:
    """digits(count, start) -> (name, PNG, label): real handwritten digits of 8x8 pixels, no two alike."""
    from sklearn.datasets import load_digits

    bundle = load_digits()
    images = (bundle.images * (255 / 16)).round().astype(np.uint8)

    def take(count: int, start: int = 0) -> list[tuple[str, bytes, int]]:
        return [(f"{i}.png", png(images[i]), int(bundle.target[i])) for i in range(start, start + count)]

    return take


@pytest.fixture
def honest_reviewer(stage: Stage, digits: Any) -> Callable[[dict[str, Any]], list[bool]]:
    """Accepts an item when its label is right."""
    truth = {hashlib.sha256(data).hexdigest(): label for _, data, label in digits(300)}

    def verdicts(seat: dict[str, Any]) -> list[bool]:
        task = stage.reviewer_of(seat).task(seat)
        if task.pictures is None:
            return [False] * task.positions
        return [truth.get(picture.sha256) == picture.label for picture in task.pictures]

    return verdicts


@pytest.fixture
def lazy_reviewer() -> Callable[[dict[str, Any]], list[bool]]:
    """Accepts everything without looking."""
    return lambda seat: [True] * seat["positions"]
