"""The two ways a verification ends early."""


class BadInput(Exception):
    """What was given cannot be verified at all: no release, no node, another chain."""


class StepFailed(Exception):
    """Something the release or the chain says does not hold."""


def require(condition: bool, sentence: str) -> None:
    """Raise `StepFailed` with the sentence unless the condition holds."""
    if not condition:
        raise StepFailed(sentence)
