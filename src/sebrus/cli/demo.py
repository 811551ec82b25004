"""`sebrus demo`: the main job end to end on the embedded chain."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from sebrus.cli.failures import one_sentence, opening


def demo(
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="Deals digits and roles; another seed, another run.")
    ] = 0,
) -> None:
    """Turn contributions of honest and hostile wallets into a verified release, on the embedded chain.

    Leaves report.json and the release in SEBRUS_HOME (default build/demo).
    """
    from rich.console import Console

    from sebrus.chain.errors import ChainError, ContractRefused
    from sebrus.client import ServerRefused, ServerUnreachable
    from sebrus.demo.play import play
    from sebrus.demo.report import show
    from sebrus.export import ExportRefused

    home = Path(os.environ.get("SEBRUS_HOME", "build/demo"))
    console = Console()
    known = (ChainError, ContractRefused, ServerRefused, ServerUnreachable, ExportRefused, TimeoutError)
    with opening(), one_sentence(*known):
        report = play(home, seed, console)
    show(report, console)
    console.print(f"Report: {home / 'report.json'}   Release: {home / 'release'}", soft_wrap=True)
    program = _program()
    console.print(f"Check it yourself: {program} verify {quote(str(home / 'release'))}", soft_wrap=True)
    console.print(f"Look around: SEBRUS_HOME={quote(str(home))} {program} up", soft_wrap=True)
    console.print(f"then open {_address()} in a browser.", soft_wrap=True)
    if not report["release"]["verified"]:
        raise typer.Exit(1)


def _program() -> str:
    """How the user's shell finds this command: by its name, by the path it was started with, or as a module."""
    if shutil.which("sebrus"):
        return "sebrus"
    started = Path(sys.argv[0])
    return f"{quote(sys.executable)} -m sebrus" if started.name == "__main__.py" else quote(str(started))


def _address() -> str:
    """Where `sebrus up` will answer."""
    from sebrus.cli.run import read_settings

    settings = read_settings()
    return f"http://{settings.host}:{settings.port}"
