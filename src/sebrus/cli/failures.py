"""End a command with one sentence instead of a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer


def fail(sentence: str, code: int = 2) -> NoReturn:
    """Print a sentence to stderr and exit."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


@contextmanager
def one_sentence(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors of these kinds into one sentence and exit code 2."""
    try:
        yield
    except kinds as error:
        fail(str(error))


@contextmanager
def opening() -> Iterator[None]:
    """Turn what may go wrong while chain, keys, database and image store are opened into one sentence."""
    from alembic.util import CommandError
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    from sebrus.chain.errors import ChainError
    from sebrus.platform.operator import OperatorKeyInvalid
    from sebrus.store.blobs import BlobError
    from sebrus.store.postgresql import DatabaseUnsuitable

    try:
        yield
    except (ChainError, OperatorKeyInvalid, BlobError, DatabaseUnsuitable) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or 'A file'} cannot be used ({error.strerror}); check SEBRUS_HOME and its permissions.")
    except ModuleNotFoundError as error:
        fail(f"SEBRUS_DATABASE_URL or SEBRUS_BLOB_URL needs the package {error.name}; install it.")
    except CommandError:
        fail("The database was made by a newer version; update, or use another SEBRUS_DATABASE_URL.")
    except DBAPIError as error:
        fail(f"The database cannot be used ({_first_line(error.orig)}); check SEBRUS_DATABASE_URL.")
    except SQLAlchemyError:
        # Its words may hold the whole URL, password and all.
        fail("SEBRUS_DATABASE_URL is no address of a database; write it as sqlite:////path or postgresql://...")


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0]
