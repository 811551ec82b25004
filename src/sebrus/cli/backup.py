"""`sebrus backup` and `sebrus restore`: a consistent copy while everything runs, and its return."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from sebrus.cli.failures import fail, one_sentence, opening
from sebrus.cli.run import read_settings

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The backup's folder, outside the home.")]


def backup(
    folder: Folder,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON and nothing else.")] = False,
) -> None:
    """Copy database, images, keys and embedded chain into a new snapshot in DIR, while everything runs."""
    from sebrus.platform.backup import BackupRefused, make_backup

    settings = read_settings()
    with opening(), one_sentence(BackupRefused):
        made = make_backup(settings, folder.absolute())
    if as_json:
        counts = {"files": made.files, "images": made.images, "copied": made.copied, "bytes": made.copied_bytes}
        typer.echo(json.dumps({"snapshot": str(made.path), **counts, "damaged": made.damaged}, indent=2))
    else:
        typer.echo(
            f"The snapshot is in {made.path}: {made.files} files, {made.images} images, {made.copied} of them new."
        )
    if made.damaged:
        fail(f"{len(made.damaged)} files of the image store are damaged and were left out: {made.damaged[0]} first.", 1)


def restore(
    folder: Folder,
    snapshot: Annotated[str | None, typer.Option("--snapshot", metavar="NAME", help="Which; else the newest.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Set aside what is in the home now.")] = False,
) -> None:
    """Check a snapshot and put it into SEBRUS_HOME; stop every process first."""
    from sebrus.platform.backup import BackupRefused, restore_backup

    settings = read_settings()
    with opening(), one_sentence(BackupRefused):
        done = restore_backup(settings, folder.absolute(), snapshot, replace=replace)
    typer.echo(
        f"{done.snapshot} is in {settings.home_path}: {done.files} files, {done.images} images, all as backed up."
    )
    for path in done.set_aside:
        typer.echo(f"What was there before is in {path}.")
    if done.dump is not None:
        typer.echo(f"Now: pg_restore --clean --if-exists --no-owner --dbname=DATABASE {done.dump}")
