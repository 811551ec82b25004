"""The `sebrus` command: thin, each group of commands in a module of its own."""

import typer

from sebrus.cli.demo import demo
from sebrus.cli.run import chain, deploy, index, reindex, serve, up, work
from sebrus.cli.scan import scan
from sebrus.cli.verify import verify

app = typer.Typer(
    name="sebrus",
    help="The gate of crowdsourced image datasets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for command in (demo, up, scan, verify, serve, index, work, chain, deploy, reindex):
    app.command()(command)


def main() -> None:
    """Run the command line."""
    app()


__all__ = ["app", "main"]
