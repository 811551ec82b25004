"""Commands that run SeBRUS: everything at once, or one process each."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from sebrus.cli.failures import fail, one_sentence, opening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sebrus.platform.application import Application
    from sebrus.platform.settings import Settings


OPERATOR_WEI = 10**24
# A request to the API holds one of few threads while it waits for a chain that hangs.
SERVER_CHAIN_SECONDS = 5.0


def read_settings() -> Settings:
    """The settings of the environment; one that is not usable ends the command with a sentence."""
    from pydantic import ValidationError

    from sebrus.platform.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        fail(f"The setting SEBRUS_{str(first['loc'][0]).upper()} is not usable: {first['msg']}.")


def _logging_settings(process: str) -> Settings:
    """The settings, with the log set up as they say; its lines are named after the command."""
    from sebrus.platform.logs import configure_logs

    settings = read_settings()
    configure_logs(settings.log, process)
    return settings


@contextmanager
def opened(process: str, **options: float) -> Iterator[Application]:
    """The application for the length of a command; what goes wrong with it ends the command with one sentence."""
    from sebrus.chain.errors import ChainError
    from sebrus.platform.application import open_application
    from sebrus.store.blobs import BlobError

    settings = _logging_settings(process)
    with opening():
        application = open_application(settings, **options)
    with one_sentence(ChainError, BlobError):
        try:
            yield application
        finally:
            application.close()


@contextmanager
def _metrics(application: Application, process: str, render: Callable[[], str] | None = None) -> Iterator[None]:
    """Give the metrics of this process, where the settings ask for them, while the block lasts."""
    from sebrus.platform.exposing import MetricsUnavailable, exposed
    from sebrus.platform.metrics import COUNTED, exposition

    with (
        one_sentence(MetricsUnavailable),
        exposed(application.settings, process, render or (lambda: exposition(COUNTED))),
    ):
        logging.getLogger("sebrus").info("%s runs", process)
        yield


def up() -> None:
    """Run the embedded chain (unless SEBRUS_RPC_URL is set), server, indexer and worker together."""
    from sebrus.platform.processes import Supervisor, stop_on_signals

    settings = _logging_settings("up")
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
    from sebrus.platform.gauges import looked_up
    from sebrus.platform.metrics import COUNTED, exposition
    from sebrus.platform.processes import stop_on_signals

    # The server gives the signal that stopped it back to whoever had it before; here it finds somebody.
    with opened("serve", chain_patience=SERVER_CHAIN_SECONDS) as application, stop_on_signals() as stop:
        server, settings = create_app(application), application.settings
        gauges = looked_up(application, server.state.wallet)
        with _metrics(application, "serve", lambda: exposition(COUNTED, gauges)):
            run_server(server, settings.host, settings.port, stop)


def index() -> None:
    """Run the indexer: chain events into the database."""
    from sebrus.platform.indexer import Indexer
    from sebrus.platform.processes import stop_on_signals

    with opened("index") as application, stop_on_signals() as stop, _metrics(application, "index"):
        Indexer(application).run(stop)


def work() -> None:
    """Run the worker: screening, relayer and keeper."""
    from sebrus.platform.processes import stop_on_signals
    from sebrus.platform.wallet import watched_wallet
    from sebrus.platform.worker import run_worker

    with (
        opened("work") as application,
        stop_on_signals() as stop,
        _metrics(application, "work"),
        watched_wallet(application, stop),
    ):
        run_worker(application, stop)


def chain() -> None:
    """Run the embedded development chain and keep its state in SEBRUS_HOME."""
    from sebrus.chain.deployment import EMBEDDED_EPOCH_BLOCKS, ensure_deployed
    from sebrus.chain.embedded import EmbeddedChain
    from sebrus.chain.supervise import supervise
    from sebrus.platform.operator import load_operator
    from sebrus.platform.processes import stop_on_signals

    settings = _logging_settings("chain")
    with opening():
        operator = load_operator(settings.operator_key_path, settings.passphrase_path)
    embedded = EmbeddedChain(settings.home_path, settings.chain_port)

    def prepare() -> None:
        embedded.set_balance(operator.address, OPERATOR_WEI)
        ensure_deployed(embedded.url, settings.deployment_path, operator, epoch_blocks=EMBEDDED_EPOCH_BLOCKS)

    with opening(), stop_on_signals() as stop:
        supervise(embedded, stop, prepare)


def reindex() -> None:
    """Rebuild every table that follows from the chain and the image store."""
    from rich.progress import Progress

    from sebrus.platform.indexer import Indexer

    with opened("reindex") as application, Progress(transient=True) as bar:
        task = bar.add_task("Reading the chain", total=None)
        Indexer(application).reindex(lambda read, newest: bar.update(task, completed=read, total=newest))
    typer.echo("The tables were rebuilt from the chain and the image store.")
