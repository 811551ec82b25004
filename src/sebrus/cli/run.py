"""Commands that run SeBRUS: everything at once, or one process each."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from sebrus.cli.failures import fail, one_sentence, opening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sebrus.platform.application import Application
    from sebrus.platform.settings import Settings


OPERATOR_WEI = 10**24


def _settings() -> Settings:
    from pydantic import ValidationError

    from sebrus.platform.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        fail(f"The setting SEBRUS_{str(first['loc'][0]).upper()} is not usable: {first['msg']}.")


def _log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("httpx", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


@contextmanager
def opened() -> Iterator[Application]:
    """The application for the length of a command; what goes wrong with it ends the command with one sentence."""
    from sebrus.chain.errors import ChainError
    from sebrus.platform.application import open_application
    from sebrus.store.blobs import BlobError

    _log()
    with opening():
        application = open_application(_settings())
    with one_sentence(ChainError, BlobError):
        try:
            yield application
        finally:
            application.close()


def up() -> None:
    """Run the embedded chain (unless SEBRUS_RPC_URL is set), server, indexer and worker together."""
    from sebrus.platform.processes import Supervisor, stop_on_signals

    _log()
    settings = _settings()
    names = [*(["chain"] if settings.embedded else []), "index", "work", "serve"]
    supervisor = Supervisor(names, {})
    with stop_on_signals() as stop:
        supervisor.start()
        typer.echo(f"SeBRUS is at http://{settings.host}:{settings.port} (stop with Ctrl-C)", err=True)
        supervisor.watch(stop)


def serve() -> None:
    """Run the API and the web page."""
    from sebrus.api.app import create_app
    from sebrus.api.serving import serve as run_server

    with opened() as application:
        settings = application.settings
        run_server(create_app(application), settings.host, settings.port)


def index() -> None:
    """Run the indexer: chain events into the database."""
    from sebrus.platform.indexer import Indexer
    from sebrus.platform.processes import stop_on_signals

    with opened() as application, stop_on_signals() as stop:
        Indexer(application).run(stop)


def work() -> None:
    """Run the worker: screening, relayer and keeper."""
    from sebrus.platform.processes import stop_on_signals
    from sebrus.platform.worker import run_worker

    with opened() as application, stop_on_signals() as stop:
        run_worker(application, stop)


def chain() -> None:
    """Run the embedded development chain and keep its state in SEBRUS_HOME."""
    from sebrus.chain.deployment import ensure_deployed
    from sebrus.chain.embedded import EmbeddedChain
    from sebrus.chain.supervise import supervise
    from sebrus.platform.operator import load_operator
    from sebrus.platform.processes import stop_on_signals

    _log()
    settings = _settings()
    with opening():
        operator = load_operator(settings.operator_key_path)
    embedded = EmbeddedChain(settings.home_path, settings.chain_port)

    def prepare() -> None:
        embedded.set_balance(operator.address, OPERATOR_WEI)
        ensure_deployed(embedded.url, settings.deployment_path, operator)
        embedded.save()

    with opening(), stop_on_signals() as stop:
        supervise(embedded, stop, prepare)


def deploy() -> None:
    """Deploy the contract to the chain at SEBRUS_RPC_URL, once per home; the operator's account pays."""
    from sebrus.chain.deployment import ensure_deployed
    from sebrus.chain.rpc import wait_for_chain
    from sebrus.platform.operator import load_operator

    settings = _settings()
    with opening():
        wait_for_chain(settings.effective_rpc_url, 10)
        operator = load_operator(settings.operator_key_path)
        deployment = ensure_deployed(settings.effective_rpc_url, settings.deployment_path, operator)
    typer.echo(f"Sebrus is at {deployment.address} on chain {deployment.chain_id}, from block {deployment.block}.")


def reindex() -> None:
    """Rebuild every table that follows from the chain and the image store."""
    from rich.progress import Progress

    from sebrus.platform.indexer import Indexer

    with opened() as application, Progress(transient=True) as bar:
        task = bar.add_task("Reading the chain", total=None)
        Indexer(application).reindex(lambda read, newest: bar.update(task, completed=read, total=newest))
    typer.echo("The tables were rebuilt from the chain and the image store.")
