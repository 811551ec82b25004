"""`sebrus key`: look at the operator's key, encrypt it, bring it in and take it out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sebrus.cli.failures import fail, opening
from sebrus.cli.run import read_settings

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from sebrus.platform.settings import Settings

key = typer.Typer(help="Look at the operator's key, encrypt it, bring it in and take it out.", no_args_is_help=True)


@key.command()
def address() -> None:
    """Print the operator's address; makes the key when there is none."""
    from sebrus.platform.operator import load_operator

    settings = read_settings()
    with opening():
        typer.echo(load_operator(settings.operator_key_path, settings.passphrase_path).address)


@key.command()
def encrypt(
    new_passphrase_file: Annotated[
        Path | None,
        typer.Option("--new-passphrase-file", metavar="FILE", help="The passphrase from now on, if it changes."),
    ] = None,
) -> None:
    """Encrypt the operator's key under the passphrase of the settings, or under a new one."""
    from sebrus.platform.operator import write_key

    settings = read_settings()
    with opening():
        account = _existing(settings)
        write_key(settings.operator_key_path, account, _wanted(settings, new_passphrase_file), replace=True)
    where = new_passphrase_file or settings.passphrase_path
    hint = f"SEBRUS_OPERATOR_PASSPHRASE_FILE={where}" if where else "a file named by SEBRUS_OPERATOR_PASSPHRASE_FILE"
    typer.echo(f"The key of {account.address} is encrypted; every process needs its passphrase from {hint}.")


@key.command(name="import")
def import_(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A private key in hex, or a keystore of a wallet.")],
    passphrase_file: Annotated[
        Path | None,
        typer.Option("--passphrase-file", metavar="FILE", help="What opens FILE, if it is a keystore."),
    ] = None,
) -> None:
    """Take a private key as the operator's; it is encrypted when the settings name a passphrase."""
    from sebrus.platform.operator import passphrase_of, read_key, write_key

    settings = read_settings()
    with opening():
        account = read_key(source, passphrase_file)
        own = settings.passphrase_path
        write_key(settings.operator_key_path, account, passphrase_of(own) if own else None)
    typer.echo(f"The operator is {account.address} from now on.")


@key.command()
def export(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="Where the keystore goes; must not exist.")],
    passphrase_file: Annotated[
        Path | None,
        typer.Option("--passphrase-file", metavar="FILE", help="What shall open it; asked for without this."),
    ] = None,
) -> None:
    """Write the operator's key as a keystore that wallets read."""
    from sebrus.platform.operator import passphrase_of, write_key

    settings = read_settings()
    with opening():
        account = _existing(settings)
        write_key(target, account, passphrase_of(passphrase_file) if passphrase_file else _asked())
    typer.echo(f"The key of {account.address} is in {target}, encrypted.")


def _existing(settings: Settings) -> LocalAccount:
    from sebrus.platform.operator import read_key

    if not settings.operator_key_path.exists():
        fail(f"{settings.operator_key_path} does not exist; `sebrus key address` makes a key.")
    return read_key(settings.operator_key_path, settings.passphrase_path)


def _wanted(settings: Settings, new: Path | None) -> str:
    """The passphrase a key is to be encrypted under: the new one, else that of the settings, else what is typed."""
    from sebrus.platform.operator import is_encrypted, passphrase_of

    if new is not None:
        return passphrase_of(new)
    if settings.passphrase_path is not None and not is_encrypted(settings.operator_key_path):
        return passphrase_of(settings.passphrase_path)
    return _asked()


def _asked() -> str:
    if not sys.stdin.isatty():
        fail("A passphrase is needed and nobody is there to type it; name a file that holds it.")
    typed: str = typer.prompt("New passphrase", hide_input=True, confirmation_prompt=True)
    return typed
