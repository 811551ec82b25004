"""`sebrus release`: write the next release of a dataset from what the home holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from sebrus.cli.failures import fail, one_sentence
from sebrus.cli.run import opened


def release(
    dataset_id: Annotated[str, typer.Argument(help="The dataset's id, 0x and 64 hex digits.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the release goes.", show_default=False)],
    audit: Annotated[
        Path | None,
        typer.Option("--audit", metavar="DIR", help="What sebrus audit wrote of these items, to be carried."),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an older release that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what to publish as JSON and nothing else.")] = False,
) -> None:
    """Write the next release of a dataset and say what its owner publishes on the chain. Needs the extra `export`."""
    from sebrus.export import ExportRefused
    from sebrus.platform.refusals import Refused
    from sebrus.platform.release import accepted_items, build_release

    certificate = _certificate(audit) if audit is not None else None
    with opened("release") as application, one_sentence(Refused, ExportRefused):
        try:
            written = build_release(application, dataset_id.lower(), out, replace=replace, certificate=certificate)
        except OSError as error:
            fail(f"{error.filename or out} cannot be used ({error.strerror}); choose another place with --out.")
        with application.database.read() as session:
            left = accepted_items(session, dataset_id.lower()) - written.item_count
    publish = {
        "dataset_id": dataset_id.lower(),
        "manifest_root": "0x" + written.manifest_root.hex(),
        "item_count": written.item_count,
        "manifest_hash": "0x" + written.manifest_hash.hex(),
    }
    if as_json:
        typer.echo(json.dumps({**publish, "audited": certificate is not None}, indent=2))
        return
    typer.echo(f"The release of {written.item_count} items is in {out}; its owner publishes it with publishRelease:")
    for name, value in publish.items():
        typer.echo(f"  {name:<13} {value}")
    if certificate is not None and left:
        typer.echo(f"{left} items were accepted since the audit; they are left to the release after this one.")


def _certificate(folder: Path) -> bytes:
    """The certificate that an audit left in a folder."""
    from sebrus.export.certificate import MOST_BYTES

    path = folder / "certificate.json"
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)  # more is refused as no certificate
    except OSError as error:
        fail(f"{path} cannot be read ({error.strerror}): give the folder that sebrus audit wrote to.")
