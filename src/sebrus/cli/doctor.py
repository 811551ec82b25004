"""`sebrus doctor`: look at everything an installation needs and say what to do."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from sebrus.cli.run import read_settings

COLOURS = {"ok": "green", "warning": "yellow", "failed": "red"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the lines as JSON and nothing else.")] = False,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, help="Most seconds of each check.")] = 10.0,
) -> None:
    """Look at home, key, database, image store, ports, chain, contract and ether; changes nothing.

    Exit code 1 when something failed.
    """
    from sebrus.platform.doctor import diagnose

    lines = diagnose(read_settings(), timeout)
    well = all(line.state != "failed" for line in lines)
    if as_json:
        typer.echo(json.dumps({"ok": well, "checks": [asdict(line) for line in lines]}, indent=2))
    else:
        for line in lines:
            typer.secho(f"{line.state:<8}", fg=COLOURS[line.state], nl=False)
            typer.echo(f" {line.name:<13} {line.says}")
    if not well:
        raise typer.Exit(1)
