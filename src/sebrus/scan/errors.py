"""What the scan refuses, in one sentence."""


class SourceError(ValueError):
    """A source cannot be read or a report cannot be written; the message says what was wrong and what to do."""


__all__ = ["SourceError"]
