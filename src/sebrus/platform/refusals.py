"""What the application refuses, each with a stable code and a sentence for people; and how it takes what the contract
refuses."""

from __future__ import annotations

# The chain is ahead of the tables; they will show it in a moment.
BEHIND = frozenset(
    {
        "AlreadyCommitted",
        "BatchExists",
        "EntropyMissed",
        "EntropyNotReady",
        "WrongHint",
        "WrongPanel",
        "WrongPhase",
        "WrongRecord",
    }
)
# Time or money can mend these.
WAITING = frozenset(
    {
        "InsufficientBalance",
        "InsufficientBounty",
        "InsufficientStake",
        "SubmissionsPaused",
        "StakeLocked",
        "TooEarly",
        "UnknownDataset",  # it was there when the batch was taken in: the chain took it back
    }
)


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
