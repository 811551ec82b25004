"""The two ways a verification ends early."""

from collections.abc import Iterator
from contextlib import contextmanager


class BadInput(Exception):
    """What was given cannot be verified at all: no release, no node, another chain."""


class StepFailed(Exception):
    """Something the release or the chain says does not hold."""


def require(condition: bool, sentence: str) -> None:
    """Raise `StepFailed` with the sentence unless the condition holds."""
    if not condition:
        raise StepFailed(sentence)


@contextmanager
def arithmetic(where: str) -> Iterator[None]:
    """Turn what the protocol refuses to compute into a `StepFailed` that begins with `where`."""
    try:
        yield
    except ValueError as error:
        raise StepFailed(f"{where}: {str(error).rstrip('.')}") from error
