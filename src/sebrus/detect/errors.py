"""What the detector refuses, in one sentence."""


class DetectError(ValueError):
    """The arrays cannot be screened; the message says what was wrong and what to do."""


__all__ = ["DetectError"]
