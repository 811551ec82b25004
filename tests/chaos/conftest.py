"""A link between the platform and its chain on which a test can act at any request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from benchmarks.chaos_link import Link

from sebrus.chain.contract import Contract
from sebrus.platform.application import Application


class Wire:
    """The stage's application behind a link; `at(number, act)` acts once, before the number-th request passes."""

    def __init__(self, link: Link, application: Application) -> None:
        self._link = link
        self.contract = Contract(link.url, application.contract.address)
        self.application = replace(application, contract=self.contract)
        self.requests = 0
        link.listener = self._hear
        self._due: tuple[int, Callable[[], Any]] | None = None

    def at(self, number: int, act: Callable[[], Any]) -> None:
        self.requests = 0
        self._due = (number, act)

    @property
    def acted(self) -> bool:
        return self._due is None

    def _hear(self, data: bytes) -> None:
        if b'"method"' not in data:
            return
        self.requests += 1
        if self._due is not None and self.requests >= self._due[0]:
            act, self._due = self._due[1], None
            act()


@pytest.fixture
def link(own_stage: Any) -> Iterator[Link]:
    """A link to the stage's chain."""
    with Link(own_stage.chain.port) as found:
        yield found


@pytest.fixture
def wire(own_stage: Any, link: Link) -> Iterator[Wire]:
    """The stage's application behind that link."""
    found = Wire(link, own_stage.application)
    yield found
    found.contract.close()
