"""A batch's life replayed from its events: its record after each of them, and its rounds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

from sebrus.protocol import (
    ZERO32,
    BatchRecord,
    ConcludedRound,
    Decision,
    OpenAppeal,
    Phase,
    Status,
    Words,
    word_count,
)
from sebrus.verify.errors import StepFailed, arithmetic, require
from sebrus.verify.events import Event


@dataclass(frozen=True)
class Opening:
    """What opened a screening; `flags` over the batch's items, `gold` and `answers` over positions."""

    task_root: bytes
    model_hash: bytes
    scores_root: bytes
    salt: bytes
    flags: Words
    gold: Words
    answers: Words

    @classmethod
    def of(cls, event: Event) -> Self:
        """Read the opening of a `ScreeningOpened`."""
        _, task_root, model_hash, scores_root, salt, flags, gold, answers = event["opening"]
        return cls(task_root, model_hash, scores_root, salt, tuple(flags), tuple(gold), tuple(answers))


@dataclass
class Round:
    """One round as the events tell it: begun by `Submitted` or `Escalated`, ended by `end`.

    `question` is over the batch's items, empty where all are in question. `excluded` are the lists of accounts that
    could not be drawn in it, `before` and `after` the decision so far at its two ends, `appeals` what it is on.
    """

    number: int
    items: int
    question: Words
    began: Event
    before: Decision | None
    appeals: tuple[OpenAppeal, ...] = ()
    screened: Event | None = None
    skipped: Event | None = None
    requests: list[Event] = field(default_factory=list)
    excluded: tuple[tuple[str, ...], ...] = ()
    drawn: Event | None = None
    commitments: dict[int, bytes] = field(default_factory=dict)
    revealed: list[Event] = field(default_factory=list)
    verdicts: dict[int, Words] = field(default_factory=dict)
    opened: Event | None = None
    concluded: Event | None = None
    after: Decision | None = None
    settled_appeals: list[Event] = field(default_factory=list)
    end: Event | None = None

    @property
    def panel(self) -> tuple[str, ...]:
        """The reviewers in seat order; nobody where none were drawn."""
        panel: tuple[str, ...] = self.drawn["panel"] if self.drawn else ()
        return panel

    @property
    def opening(self) -> Opening | None:
        """What opened the screening, where it was."""
        return Opening.of(self.opened) if self.opened else None

    @property
    def positions(self) -> int:
        """How many pictures its reviewers were shown."""
        return int(self.screened["positions"]) if self.screened else self.items

    @property
    def conclusive(self) -> bool:
        """Whether it decided something."""
        return self.concluded is not None and bool(self.concluded["conclusive"])

    def voted(self) -> ConcludedRound:
        """Return the round as it is tallied and paid; it must have concluded."""
        assert self.concluded is not None
        opening = self.opening
        said = tuple((seat, self.verdicts[seat]) for seat in self.commitments if seat in self.verdicts)
        return ConcludedRound(
            Status.unpack(self.concluded["status"]),
            self.panel,
            said,
            self.question,
            opening.gold if opening else (),
            opening.answers if opening else (),
        )


class Replay:
    """The life of one batch. `record` is None before its submission and after its settlement.

    `final` is the record just before the settlement, `decision` the last one.
    """

    def __init__(self, name: str, events: Iterable[Event]) -> None:
        """Play the events in the chain's order; `StepFailed` where one cannot follow the others."""
        self.name = name
        self.item_count = 0
        self.record: BatchRecord | None = None
        self.final: BatchRecord | None = None
        self.rounds: list[Round] = []
        self.decision: Decision | None = None
        self.submitted: Event | None = None
        self.settled: Event | None = None
        self.appealed: list[tuple[int, Event]] = []
        self._open: list[OpenAppeal] = []
        self._excluded: list[tuple[str, ...]] = []
        for event in events:
            self._play(event)

    @property
    def concluded(self) -> list[Round]:
        """The rounds that concluded, in their order."""
        return [one for one in self.rounds if one.concluded is not None]

    @property
    def present(self) -> BatchRecord:
        """The record of a batch that is neither unknown nor settled."""
        if self.record is None:
            raise StepFailed(f"{self.name}: the chain tells of it before its submission or after its settlement")
        return self.record

    @property
    def under_appeal(self) -> Words:
        """The bitmap of the items under appeal; empty where none is."""
        if not self._open:
            return ()
        union = [0] * word_count(self.item_count)
        for appeal in self._open:
            union = [old | new for old, new in zip(union, appeal.items, strict=True)]
        return tuple(union)

    def _play(self, event: Event) -> None:
        handle = {
            "Submitted": self._submitted,
            "Screened": self._screened,
            "ScreeningSkipped": self._skipped,
            "DrawRequested": self._draw_requested,
            "Drawn": self._drawn,
            "Unseated": self._unseated,
            "Committed": self._committed,
            "Revealed": self._revealed,
            "ScreeningOpened": self._opened,
            "Concluded": self._concluded,
            "Escalated": self._escalated,
            "Held": self._held,
            "Appealed": self._appealed,
            "AppealSettled": self._appeal_settled,
            "Settled": self._settled,
        }[event.name]
        with arithmetic(f"{self.name}, {event.name} in block {event.at.block}"):
            handle(event)

    # ------------------------------------------------------------------ a round begins

    def _submitted(self, event: Event) -> None:
        require(self.submitted is None, f"{self.name} was submitted twice")
        self.submitted, self.item_count = event, event["itemCount"]
        self.record = BatchRecord.submitted(self.item_count, event["screeningDeadline"])
        self.rounds.append(Round(0, self.item_count, (), event, None))

    def _screened(self, event: Event) -> None:
        round_ = self._round(event)
        self._unscreened(round_)
        links = event["links"]
        self.record = self.present.screened(event["commitment"], event["taskRoot"], event["positions"], links)
        round_.screened = event
        if links:
            self._excluded.append(links)

    def _skipped(self, event: Event) -> None:
        round_ = self.rounds[-1] if self.rounds else None
        self.record = self.present.skipped(event["round"])
        assert round_ is not None
        self._unscreened(round_)
        round_.skipped, round_.number = event, event["round"]

    def _unscreened(self, round_: Round) -> None:
        fresh = round_.screened is None and round_.skipped is None
        require(fresh, f"{self.name}: round {round_.number} was screened or skipped twice")

    def _draw_requested(self, event: Event) -> None:
        round_ = self._round(event)
        ready = round_.screened is not None or round_.skipped is not None
        require(ready, f"{self.name}: the draw of round {round_.number} was asked for before its screening")
        windows = (event["commitDeadline"], event["revealDeadline"])
        self.record = self.present.draw_requested(event["seats"], event["entropyBlock"], *windows)
        round_.requests.append(event)
        round_.excluded = tuple(self._excluded)

    def _drawn(self, event: Event) -> None:
        round_ = self._round(event)
        self.record = self.present.drawn(event["panel"])
        round_.drawn = event

    def _unseated(self, event: Event) -> None:
        round_ = self._round(event)
        self.record = self.present.unseated()
        round_.end, round_.after = event, round_.before

    # ------------------------------------------------------------------ a round votes

    def _committed(self, event: Event) -> None:
        round_ = self._round(event)
        self.record = self.present.committed(event["ballots"])
        round_.commitments.update(event["ballots"])

    def _revealed(self, event: Event) -> None:
        round_ = self._round(event)
        said = {seat: tuple(verdicts) for seat, _, verdicts in event["ballots"] if verdicts}
        self.record = self.present.revealed(said)
        round_.revealed.append(event)
        round_.verdicts.update(said)

    def _opened(self, event: Event) -> None:
        round_ = self._round(event)
        screened = round_.screened is not None and round_.opened is None and self.present.phase == Phase.VOTING
        require(screened, f"{self.name}: round {round_.number} opened a screening that nobody committed")
        round_.opened = event

    def _concluded(self, event: Event) -> None:
        round_ = self._round(event)
        round_.concluded = event
        self.decision = round_.after = self._decided(round_, event["accepted"], event["panelAccepted"])
        voted = round_.voted()
        decision = self.decision.hash if self.decision else ZERO32
        self.record = self.present.concluded(voted.votes, decision, voted.gold_hash, voted.answers_hash)
        same = self.record.status.pack() == event["status"]
        require(same, f"{self.name}: round {round_.number} concluded with another status than its events give")
        self._excluded.append(round_.panel)

    def _decided(self, round_: Round, accepted: Sequence[int], panel_accepted: Sequence[int]) -> Decision | None:
        """Return the decision that a conclusion tells of; its flags are those of the first round to decide."""
        if not accepted:
            return None
        opening = round_.opening
        flags = round_.before.flags if round_.before else opening.flags if opening else ()
        return Decision(tuple(accepted), tuple(panel_accepted), flags)

    # ------------------------------------------------------------------ after the round

    def _escalated(self, event: Event) -> None:
        question, record = tuple(event["question"]), self.present
        if record.phase == Phase.DECIDED:
            require(question == self.under_appeal, f"{self.name}: a round on appeal is on other items than appealed")
            self.record = record.appeal_started(event["screeningDeadline"])
        else:
            self._end_round(event)
            self.record = record.escalated(event["items"], question, event["screeningDeadline"])
        number, appeals = self.present.round, tuple(self._open)
        self._open = []
        same = (event["round"], event["items"]) == (number, self.present.status.items)
        require(same, f"{self.name}: the chain goes on with another round or other items than the record")
        self.rounds.append(Round(number, event["items"], question, event, self.decision, appeals))

    def _held(self, event: Event) -> None:
        self._end_round(event)
        self.record = self.present.held(event["deadline"])

    def _end_round(self, event: Event) -> None:
        over = bool(self.rounds) and self.rounds[-1].concluded is not None and self.rounds[-1].end is None
        require(over, f"{self.name}: a round ended without concluding")
        self.rounds[-1].end = event

    def _appealed(self, event: Event) -> None:
        appellant, items = event["appellant"], tuple(event["items"])
        self.record = self.present.appealed(appellant, items, self.under_appeal)
        self._open.append(OpenAppeal(appellant, items))
        self.appealed.append((self.present.round, event))

    def _appeal_settled(self, event: Event) -> None:
        require(bool(self.rounds), f"{self.name}: an appeal was settled before there was a round")
        self.rounds[-1].settled_appeals.append(event)

    def _settled(self, event: Event) -> None:
        record = self.present
        at_rest = record.phase == Phase.DECIDED and record.appeals == ZERO32
        require(at_rest, f"{self.name} was settled while it was not at rest")
        self.final, self.record, self.settled = record, None, event

    def _round(self, event: Event) -> Round:
        """Return the running round, which must be the event's."""
        running = bool(self.rounds) and self.present.round == event["round"] == self.rounds[-1].number
        require(running, f"{self.name}: {event.name} is of round {event['round']}, which does not run")
        return self.rounds[-1]
