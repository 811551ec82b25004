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
