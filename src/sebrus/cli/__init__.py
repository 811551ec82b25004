"""The `sebrus` command: thin, each group of commands in a module of its own."""

import sys

import typer

from sebrus.cli.audit import audit
from sebrus.cli.backup import backup, restore
from sebrus.cli.demo import demo
from sebrus.cli.deploy import deploy
from sebrus.cli.doctor import doctor
from sebrus.cli.key import key
from sebrus.cli.release import release
from sebrus.cli.run import chain, index, reindex, serve, up, work
from sebrus.cli.scan import scan
from sebrus.cli.verify import verify

app = typer.Typer(
    name="sebrus",
    help="The gate of crowdsourced image datasets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for command in (
    demo,
    up,
    scan,
    audit,
    release,
    verify,
    serve,
    index,
    work,
    chain,
    deploy,
    reindex,
    doctor,
    backup,
    restore,
):
    app.command()(command)
app.add_typer(key, name="key")


def main() -> None:
    """Run the command line."""
    # A package below web3 raises the limit to 100,000 when imported; at that depth a hostile file of nested brackets
    # overruns the C stack instead of being refused.
    sys.setrecursionlimit(1000)
    app()


__all__ = ["app", "main"]
