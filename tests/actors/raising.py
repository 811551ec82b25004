"""Raise the stage: anvil, the contract, the database, the server and reviewers who staked."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from eth_account import Account

import sebrus.client._role
import sebrus.platform.signatures
from sebrus.api.app import create_app
from sebrus.api.serving import Server
from sebrus.chain.deployment import EMBEDDED_EPOCH_BLOCKS, ensure_deployed
from sebrus.chain.embedded import EmbeddedChain, find_anvil
from sebrus.chain.errors import ChainError
from sebrus.client import Client, Reviewer
from sebrus.platform.application import Application, open_application
from sebrus.platform.operator import load_operator
from sebrus.platform.settings import Settings

from .ports import ports_in_a_row
from .stage import GWEI, Stage

REVIEWERS = 16
REVIEWER_STAKE = 1 * GWEI
UNLIMITED: Any = {"reads_per_minute": 0, "acts_per_minute": 0, "uploaded_bytes_per_minute": 0}


@contextlib.contextmanager
def served(application: Application) -> Iterator[str]:
    """The API over real HTTP on a free port, in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    # asyncio does so for sockets that it makes itself; else each answer waits 40 ms for the client's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    settings = application.settings.model_copy(update={"port": listener.getsockname()[1]})
    application = replace(application, settings=settings)
    app = create_app(application)
    server = Server(app, log_level="critical", ws="none", lifespan="off")
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def stake_reviewers(stage: Stage) -> None:
    for number in range(REVIEWERS):
        reviewer = Reviewer(stage.client, secrets.token_bytes(32))
        stage.reviewers[reviewer.address] = reviewer
        stage.deposit(reviewer.address, REVIEWER_STAKE + number)
        reviewer.move("stake", REVIEWER_STAKE)
    stage.step()
    stage.mine(stage.application.deployment.epoch_length)


@contextlib.contextmanager
def raised(home: Path, database_url: str, blob_url: str | None = None) -> Iterator[Stage]:
    """Start everything in `home`, on an empty database; reviewers have staked and can be drawn."""
    chain = EmbeddedChain(home, ports_in_a_row(1))
    chain.start()
    try:
        chain.rpc("evm_setIntervalMining", 0)
        chain.rpc("evm_setAutomine", True)
        operator = load_operator(home / "keys" / "operator.key")
        chain.set_balance(operator.address, 10**24)
        ensure_deployed(chain.url, home / "deployment.json", operator, epoch_blocks=EMBEDDED_EPOCH_BLOCKS)
        places: Any = {"home": home, "database_url": database_url, "blob_url": blob_url, "chain_port": chain.port}
        settings = Settings(poll_seconds=0.02, **places, **UNLIMITED)
        application = open_application(settings)
        owner = Account.from_key(secrets.token_bytes(32))
        chain.set_balance(owner.address, 10**24)
        clock = SimpleNamespace(time=lambda: float(application.contract.head().time))
        with served(application) as url, Client(url) as client, pytest.MonkeyPatch.context() as patch:
            for module in (sebrus.platform.signatures, sebrus.client._role):
                patch.setattr(module, "time", clock)
            stage = Stage(chain, application, url, client, owner)
            stage.index()
            stake_reviewers(stage)
            chain.rpc("anvil_setBlockTimestampInterval", 1)
            stage.remember()
            yield stage
        application.close()
    finally:
        chain.kill()


def _need_anvil() -> None:
    try:
        find_anvil()
    except ChainError:
        pytest.skip("anvil is not installed: run make setup")


@pytest.fixture(scope="session")
def shared_stage(tmp_path_factory: pytest.TempPathFactory, new_database: Callable[[Path], str]) -> Iterator[Stage]:
    _need_anvil()
    home = tmp_path_factory.mktemp("stage")
    with raised(home, new_database(home)) as stage:
        yield stage


@pytest.fixture
def stage(shared_stage: Stage) -> Stage:
    """The stage that tests share, as it was raised: what others did is taken back, and all reviewers can be drawn.

    Tests of a module that go on from what one fixture made take `shared_stage`, and stand before those that take this.
    """
    shared_stage.begin_anew()
    return shared_stage


@pytest.fixture
def own_stage(tmp_path: Path, new_database: Callable[[Path], str]) -> Iterator[Stage]:
    """A stage of the test's own, for those who take blocks back or stop the chain."""
    _need_anvil()
    with raised(tmp_path, new_database(tmp_path)) as stage:
        yield stage


@pytest.fixture
def any_stage(tmp_path: Path, any_database_url: str) -> Iterator[Stage]:
    """A stage of the test's own on each kind of database in turn."""
    _need_anvil()
    with raised(tmp_path, any_database_url) as stage:
        yield stage


@pytest.fixture
def anvil() -> None:
    """Skip where anvil is not installed."""
    _need_anvil()


@pytest.fixture
def serving() -> Callable[[Application], contextlib.AbstractContextManager[str]]:
    return served
