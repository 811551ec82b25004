"""The `sebrus` command: thin, each command in a module of its own."""

import typer

from sebrus.cli.scan import scan

app = typer.Typer(
    name="sebrus",
    help="The gate of crowdsourced image datasets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(scan)


@app.callback()
def root() -> None:
    """Keep `sebrus` a group of commands however many there are."""


def main() -> None:
    """Run the command line."""
    app()


__all__ = ["app", "main"]
