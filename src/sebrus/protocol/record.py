"""The record of a batch, which every call brings and whose seal the contract keeps, and how each event changes it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from sebrus.protocol.bitmap import bitmap_hash, popcount
from sebrus.protocol.digest import (
    extend_appeals,
    extend_digest,
    extend_excluded,
    extend_history,
    question_hash,
    round_digest,
    running_digest,
    screening_word,
)
from sebrus.protocol.identity import panel_hash
from sebrus.protocol.keccak import ZERO32, bytes32_word, keccak, uint_word
from sebrus.protocol.status import Phase, Status


def _sealed(value: bytes, phase: Phase) -> bytes:
    return value[:-1] + bytes([phase])


def final_seal(accepted: Sequence[int] | None) -> bytes:
    """Return the seal of a finalized batch: of its accepted bitmap, or of a zero hash where it is void (None)."""
    if accepted is None:
        return _sealed(ZERO32, Phase.VOIDED)
    return _sealed(bitmap_hash(accepted), Phase.SETTLED)


@dataclass(frozen=True)
class BatchRecord:
    """Where a batch stands, with the digests of what happened; the methods named like events give the next record.

    They raise `ValueError` where the event cannot follow. All hashes are 32 bytes, zero where there is nothing.
    """

    status: Status
    screening: bytes = ZERO32
    panel: bytes = ZERO32
    ballots: bytes = ZERO32
    question: bytes = ZERO32
    decision: bytes = ZERO32
    excluded: bytes = ZERO32
    appeals: bytes = ZERO32
    history: bytes = ZERO32

    def as_abi(self) -> tuple[Any, ...]:
        """Return the fields in the contract's order, as a call takes them."""
        return (self.status.pack(), *self._hashes())

    @classmethod
    def from_abi(cls, values: Sequence[Any]) -> Self:
        """Build a record from the contract's tuple."""
        status, *hashes = values
        return cls(Status.unpack(status), *(bytes32_word(bytes(value)) for value in hashes))

    def seal(self) -> bytes:
        """Return what the contract keeps: the record's hash with its lowest byte replaced by the phase."""
        return _sealed(keccak(uint_word(self.status.pack()) + b"".join(self._hashes())), self.phase)

    @property
    def phase(self) -> Phase:
        """The phase of the status."""
        return self.status.phase

    @property
    def round(self) -> int:
        """The round of the status."""
        return self.status.round

    # ------------------------------------------------------------------ a round begins

    @classmethod
    def submitted(cls, item_count: int, screening_deadline: int) -> Self:
        """Begin: the whole batch is in question in round 0."""
        return cls(Status(Phase.SCREENING, deadline=screening_deadline, items=item_count))

    def screened(self, commitment: bytes, task_root: bytes, positions: int, links: Sequence[str]) -> Self:
        """Take the detector's screening; `draw_requested` follows in the same transaction."""
        self._need(Phase.SCREENING)
        if positions < self.status.items:
            raise ValueError(f"{positions} positions cannot show {self.status.items} items.")
        return replace(
            self,
            status=replace(self.status, positions=positions),
            screening=screening_word(commitment, task_root),
            excluded=extend_excluded(self.excluded, panel_hash(links)) if links else self.excluded,
        )

    def skipped(self, round_: int) -> Self:
        """Go on without a screening, in this round or from round 0 to 1; `draw_requested` follows at once."""
        self._need(Phase.SCREENING)
        if round_ != self.round and (self.round, round_) != (0, 1):
            raise ValueError(f"Round {self.round} cannot go on as round {round_}.")
        return replace(self, status=replace(self.status, round=round_, positions=self.status.items))

    def draw_requested(self, seats: int, entropy_block: int, commit_deadline: int, reveal_deadline: int) -> Self:
        """Wait for an entropy block, for the first time in this round or again; the windows run from here."""
        self._need(Phase.SCREENING, Phase.DRAWING)
        status = Status(
            Phase.DRAWING,
            round=self.round,
            seats=seats,
            entropy_block=entropy_block,
            deadline=commit_deadline,
            reveal_deadline=reveal_deadline,
            positions=self.status.positions,
            items=self.status.items,
        )
        return replace(self, status=status)

    def drawn(self, panel: Sequence[str]) -> Self:
        """Seat a panel."""
        self._need(Phase.DRAWING)
        status = replace(self.status, phase=Phase.VOTING, seats=len(panel))
        return replace(self, status=status, panel=panel_hash(panel))

    def unseated(self) -> Self:
        """Give up the round, for too few could be drawn: the decision so far is final at once."""
        self._need(Phase.DRAWING)
        return self._resting(deadline=0)

    # ------------------------------------------------------------------ a round votes

    def committed(self, ballots: Iterable[tuple[int, bytes]]) -> Self:
        """Take commitments, `(seat, commitment)` in their order."""
        self._need(Phase.VOTING)
        mask, digest = self.status.committed, self.ballots
        for seat, commitment in ballots:
            self._need_seat(seat)
            if mask >> seat & 1:
                raise ValueError(f"Seat {seat} has committed already.")
            mask |= 1 << seat
            digest = extend_digest(digest, seat, commitment)
        return replace(self, status=replace(self.status, committed=mask), ballots=digest)

    def revealed(self, seats: Iterable[int]) -> Self:
        """Take openings of these seats."""
        self._need(Phase.VOTING)
        mask = self.status.revealed
        for seat in seats:
            if not self.status.committed >> seat & 1:
                raise ValueError(f"Seat {seat} has not committed.")
            mask |= 1 << seat
        return replace(self, status=replace(self.status, revealed=mask))

    def concluded(
        self, votes: Sequence[tuple[int, bytes]], decision: bytes, gold: bytes = ZERO32, answers: bytes = ZERO32
    ) -> Self:
        """Close the round; `escalated` or `held` follows in the same transaction.

        `votes` are all openings, `(seat, hash of the verdicts)` in the order of their commitments, those that were
        revealed before among them. `decision` is the hash of the decision from now on (as before where the round is
        inconclusive), `gold` and `answers` are the hashes of the opened screening.
        """
        record = self.revealed(seat for seat, _ in votes)
        if record.status.revealed.bit_count() != len(votes):
            raise ValueError("Every revealed seat brings its vote, and brings it once.")
        digest = round_digest(record.status.pack(), self.panel, running_digest(votes), self.question, gold, answers)
        return replace(
            record,
            decision=decision,
            excluded=extend_excluded(self.excluded, self.panel),
            history=extend_history(self.history, digest),
        )

    # ------------------------------------------------------------------ after the round

    def escalated(self, items: int, question: Sequence[int], screening_deadline: int) -> Self:
        """Send what is in question to the next round; `question` is empty where it was and nothing was decided."""
        self._need(Phase.VOTING)
        if self.appeals != ZERO32:
            raise ValueError("A round on appeal is followed by another only on appeal.")
        return self._next_round(items, question_hash(question), screening_deadline)

    def held(self, deadline: int) -> Self:
        """Hold the decision for appeals until the deadline; zero: it is final at once."""
        self._need(Phase.VOTING)
        return self._resting(deadline)

    def appealed(self, appellant: str, items: Sequence[int], under_appeal: Sequence[int] = ()) -> Self:
        """Take an appeal; `under_appeal` are the items that earlier appeals named, empty for the first."""
        self._need(Phase.DECIDED)
        if question_hash(under_appeal) != self.question:
            raise ValueError("These are not the items under appeal so far.")
        before = under_appeal or [0] * len(items)
        if not popcount(items) or any(new & old for new, old in zip(items, before, strict=True)):
            raise ValueError("An appeal names at least one item, and none that is under appeal already.")
        union = [new | old for new, old in zip(items, before, strict=True)]
        return replace(
            self,
            status=replace(self.status, items=popcount(union)),
            question=bitmap_hash(union),
            appeals=extend_appeals(self.appeals, appellant, items),
        )

    def appeal_started(self, screening_deadline: int) -> Self:
        """Send all items under appeal to the next round."""
        self._need(Phase.DECIDED)
        if self.appeals == ZERO32:
            raise ValueError("Nothing is under appeal.")
        return self._next_round(self.status.items, self.question, screening_deadline)

    # ------------------------------------------------------------------ parts

    def _hashes(self) -> tuple[bytes, ...]:
        return (
            self.screening,
            self.panel,
            self.ballots,
            self.question,
            self.decision,
            self.excluded,
            self.appeals,
            self.history,
        )

    def _need(self, *phases: Phase) -> None:
        if self.phase not in phases:
            raise ValueError(f"The batch is {self.phase.name.capitalize()}: this cannot happen now.")

    def _need_seat(self, seat: int) -> None:
        if not 0 <= seat < self.status.seats:
            raise ValueError(f"There is no seat {seat}.")

    def _resting(self, deadline: int) -> Self:
        """Return the record while Decided: nothing of the round is left but its number."""
        return replace(
            self,
            status=Status(Phase.DECIDED, round=self.round, deadline=deadline),
            screening=ZERO32,
            panel=ZERO32,
            ballots=ZERO32,
            question=ZERO32,
            appeals=ZERO32,
        )

    def _next_round(self, items: int, question: bytes, screening_deadline: int) -> Self:
        return replace(
            self,
            status=Status(Phase.SCREENING, round=self.round + 1, deadline=screening_deadline, items=items),
            screening=ZERO32,
            panel=ZERO32,
            ballots=ZERO32,
            question=question,
        )
