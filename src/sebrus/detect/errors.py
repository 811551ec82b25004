"""What the detector refuses, in one sentence."""


class DetectError(ValueError):
    """The arrays cannot be screened; the message says what was wrong and what to do."""


class RowsUnreadable(DetectError):
    """Rows of a state cannot be read any more where they lie; the state has to be built again."""


__all__ = ["DetectError", "RowsUnreadable"]
