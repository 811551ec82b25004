"""A round that has voted: what its reviewers were shown, what they said, and the digest that history keeps of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from sebrus.protocol.bitmap import bitmap_hash, complement, popcount, require_bitmap, valid_mask
from sebrus.protocol.counters import MAX_SEATS
from sebrus.protocol.digest import question_hash, round_digest, running_digest
from sebrus.protocol.flat import Words as Words
from sebrus.protocol.flat import pack_seats, split_words, unpack_seats
from sebrus.protocol.identity import panel_hash
from sebrus.protocol.keccak import ZERO32, checksum_address
from sebrus.protocol.status import Status


@dataclass(frozen=True)
class ConcludedRound:
    """What `conclude` tallies and `finalize` pays.

    `status` is the record's when the round was concluded: phase Voting, revealed mask complete. `revealed` are
    `(seat, verdicts)` in the order of the commitments, the verdicts over positions. `question` is over the batch's
    items, empty where all are in question; `gold` and `answers` over positions, empty where no screening was opened.
    """

    status: Status
    panel: tuple[str, ...]
    revealed: tuple[tuple[int, Words], ...]
    question: Words = ()
    gold: Words = ()
    answers: Words = ()

    def as_abi(self) -> tuple[Any, ...]:
        """Return the fields in the contract's order, as a call takes them."""
        seats = pack_seats(seat for seat, _ in self.revealed)
        verdicts = [word for _, words in self.revealed for word in words]
        shown = (list(self.question), list(self.gold), list(self.answers))
        return (self.status.pack(), list(self.panel), seats, verdicts, *shown)

    @classmethod
    def from_abi(cls, values: Sequence[Any]) -> Self:
        """Build a round from the contract's tuple."""
        word, panel, seats, verdicts, question, gold, answers = values
        status = Status.unpack(word)
        said = split_words(verdicts, status.revealed.bit_count())
        return cls(
            status,
            tuple(checksum_address(account) for account in panel),
            tuple(zip(unpack_seats(seats, len(said)), said, strict=True)),
            tuple(question),
            tuple(gold),
            tuple(answers),
        )

    @property
    def votes(self) -> list[tuple[int, bytes]]:
        """`(seat, hash of the verdicts)` in the order of the commitments, as `BatchRecord.concluded` takes them."""
        return [(seat, bitmap_hash(verdicts)) for seat, verdicts in self.revealed]

    @property
    def gold_hash(self) -> bytes:
        """The hash of the gold's places; zero where no screening was opened."""
        return bitmap_hash(self.gold) if self.gold else ZERO32

    @property
    def answers_hash(self) -> bytes:
        """The hash of the gold's answers; zero where no screening was opened."""
        return bitmap_hash(self.answers) if self.gold else ZERO32

    @cached_property
    def digest(self) -> bytes:
        """What `history` keeps of the round."""
        votes, question = running_digest(self.votes), question_hash(self.question)
        panel = panel_hash(self.panel)
        return round_digest(self.status.pack(), panel, votes, question, self.gold_hash, self.answers_hash)

    @property
    def item_places(self) -> list[int] | None:
        """The positions that hold items, in their order; None where only an unopened screening knows them."""
        if self.gold:
            return complement(self.gold, self.status.positions)
        return valid_mask(self.status.positions) if self.status.positions == self.status.items else None

    def question_mask(self, item_count: int) -> list[int]:
        """Return the bitmap of the items in question, over the batch's items."""
        return list(self.question) if self.question else valid_mask(item_count)

    def check(self, item_count: int) -> None:
        """Raise `ValueError` unless the bitmaps fit the batch's items, the round's positions and each other."""
        positions, items = self.status.positions, self.status.items
        if len(self.revealed) > MAX_SEATS:
            raise ValueError(f"A round counts at most {MAX_SEATS} seats, not {len(self.revealed)}.")
        seats = [seat for seat, _ in self.revealed]
        if len(set(seats)) != len(seats) or sum(1 << seat for seat in seats) != self.status.revealed:
            raise ValueError("The seats of the verdicts are not those that the status says have revealed.")
        if self.status.revealed & ~self.status.committed or self.status.committed >> self.status.seats:
            raise ValueError("Only seats commit, and only who committed reveals.")
        for _, verdicts in self.revealed:
            require_bitmap(verdicts, positions)
        question = self.question_mask(item_count)
        require_bitmap(question, item_count)
        if popcount(question) != items:
            raise ValueError(f"{popcount(question)} items are in question, but the status says {items}.")
        if self.gold or self.answers:
            require_bitmap(self.gold, positions)
            require_bitmap(self.answers, positions)
            if any(answer & ~place for answer, place in zip(self.answers, self.gold, strict=True)):
                raise ValueError("Only gold has answers.")
            gold = popcount(self.gold)
            if gold != positions - items:
                raise ValueError(f"{gold} gold pictures do not fit {items} items in {positions} positions.")
