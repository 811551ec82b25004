"""`sebrus verify`: check a release against the chain."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from sebrus.verify import BadInput, Report, Step, verify_release

VERIFIED, BROKEN, BAD_INPUT = 0, 1, 2


def verify(
    release_dir: Annotated[Path, typer.Argument(help="The directory of a release.", show_default=False)],
    rpc: Annotated[
        str | None,
        typer.Option(
            "--rpc",
            metavar="URL",
            help="A node of the release's chain; default SEBRUS_RPC_URL, else the embedded chain.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Recompute every hash, proof, draw, tally and payout of a release from its files and the chain.

    Exit 0 when everything holds, 1 with the first broken step named, 2 when this is no release or the chain is out of
    reach.
    """
    out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)

    def show(step: Step) -> None:
        mark = "[green]✓[/green]" if step.holds else "[red]✗[/red]"
        out.print(f"{mark} {step.name:<10} {escape(_printable(step.sentence))}")

    try:
        report = verify_release(release_dir, rpc, rpc_provider=_embedded_rpc, on_step=None if as_json else show)
    except BadInput as refusal:
        if as_json:
            typer.echo(_json({"verified": False, "error": str(refusal)}))
        else:
            err.print(escape(_printable(str(refusal))))
        raise typer.Exit(BAD_INPUT) from None
    if as_json:
        typer.echo(_json(report.as_dict()))
    else:
        _conclude(report, out, err)
    raise typer.Exit(VERIFIED if report.holds else BROKEN)


@contextmanager
def _embedded_rpc(release_dir: Path) -> Iterator[str]:
    """The embedded chain of the home that the release lies in, for when the user names no node."""
    from sebrus.chain.embedded import rpc_for
    from sebrus.chain.errors import ChainError

    try:
        with rpc_for(release_dir) as url:
            yield url
    except ChainError as error:
        raise BadInput(str(error)) from error


def _conclude(report: Report, out: Console, err: Console) -> None:
    for note in report.notes:
        out.print(f"[dim]· {escape(_printable(note))}[/dim]")
    broken = report.broken
    if broken is None:
        out.print(f"[green]Verified[/green]: {escape(_printable(report.release))}")
    else:
        err.print(f"[red]Not verified[/red]: step {broken.name}: {escape(_printable(broken.sentence))}.")


def _printable(text: str) -> str:
    """Replace what a hostile file could use to move a terminal's cursor."""
    return "".join(character if character.isprintable() else "�" for character in text)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=True)
