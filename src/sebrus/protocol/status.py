"""Where a batch stands, in one word: phase, round, seats, masks, deadlines and counts (docs/protocol.md)."""

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Self

STATUS_BITS = {
    "phase": 8,
    "round": 8,
    "seats": 8,
    "committed": 32,
    "revealed": 32,
    "entropy_block": 48,
    "deadline": 40,
    "reveal_deadline": 40,
    "positions": 16,
    "items": 16,
}
"""The width in bits of every field of a status word, from the least significant."""


class Phase(IntEnum):
    """Where a batch stands."""

    NONE = 0
    SCREENING = 1
    DRAWING = 2
    VOTING = 3
    DECIDED = 4
    SETTLED = 5
    VOIDED = 6


@dataclass(frozen=True)
class Status:
    """The status word of a record. Deadlines in seconds; the masks have bit `j` for seat `j`.

    `seats` is the number asked for while Drawing, drawn while Voting. `deadline` ends the screening, the commits
    (while Drawing and Voting) or the hold. `positions` is how many pictures a reviewer is shown, `items` how many items
    are in question.

    >>> Status.unpack(Status(Phase.SCREENING, items=3).pack()).items
    3
    """

    phase: Phase
    round: int = 0
    seats: int = 0
    committed: int = 0
    revealed: int = 0
    entropy_block: int = 0
    deadline: int = 0
    reveal_deadline: int = 0
    positions: int = 0
    items: int = 0

    def __post_init__(self) -> None:
        """Refuse what the word cannot hold."""
        for name, bits in STATUS_BITS.items():
            value = getattr(self, name)
            if not 0 <= value < 1 << bits:
                raise ValueError(f"The status's {name} is {value}; it needs a whole number of {bits} bits.")

    def pack(self) -> int:
        """Return the word."""
        word, shift = 0, 0
        for name, bits in STATUS_BITS.items():
            word |= int(getattr(self, name)) << shift
            shift += bits
        return word

    @classmethod
    def unpack(cls, word: int) -> Self:
        """Read a word; `ValueError` when its phase is unknown or bits beyond the last field are set."""
        values = []
        for bits in STATUS_BITS.values():
            values.append(word & (1 << bits) - 1)
            word >>= bits
        if word:
            raise ValueError("A status word has zeros beyond its last field.")
        return cls(Phase(values[0]), *values[1:])

    def commits_over(self, now: int) -> bool:
        """Tell whether nobody can commit any more: every seat has, or the commit deadline is past."""
        return now > self.deadline or self.committed == (1 << self.seats) - 1

    def reveals_over(self, now: int) -> bool:
        """Tell whether nobody can reveal any more: all who committed have, or the reveal deadline is past."""
        return now > self.reveal_deadline or (self.commits_over(now) and self.revealed == self.committed)


assert tuple(field.name for field in fields(Status)) == tuple(STATUS_BITS)
