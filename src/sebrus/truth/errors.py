"""What inference refuses, in one sentence."""


class TruthError(ValueError):
    """The votes, answers or probabilities cannot be used; the message says what was wrong and what to do."""


__all__ = ["TruthError"]
