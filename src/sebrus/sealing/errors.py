"""The one exception of this package."""


class SealingError(ValueError):
    """A sealed opening, a share, a key or a request cannot be used; the message is one sentence for people.

    `keepers` are the places (from 1) of the keepers whose share is not the one that was sealed for them.
    """

    def __init__(self, sentence: str, keepers: tuple[int, ...] = ()) -> None:
        super().__init__(sentence)
        self.keepers = keepers
