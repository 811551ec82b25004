"""What the application refuses, each with a stable code and a sentence for people."""

from __future__ import annotations


class Refused(Exception):
    """A request that cannot be done as asked.

    Attributes:
        code: a stable snake_case name, part of the API.
        status: the HTTP status it becomes.
    """

    def __init__(self, code: str, sentence: str, status: int = 422) -> None:
        self.code = code
        self.status = status
        super().__init__(sentence)


def not_found(what: str, name: str) -> Refused:
    """The refusal for something that does not exist."""
    return Refused("not_found", f"There is no {what} {name[:80]}.", 404)
