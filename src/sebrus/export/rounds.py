"""What a release tells of a batch's rounds: what was shown in each, its gold, and the votes on every item."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sebrus.protocol import ConcludedRound, compress, expand, unpack_bits

Pictures = tuple[tuple[bytes, int], ...]
"""`(sha256, label)` in order."""


@dataclass(frozen=True)
class ReleaseRound:
    """A round of a settled batch.

    `task` is what its reviewers were shown, by position: None where nothing was screened, or nobody opened the
    screening and the list is not at hand. `voted` is None where nobody could be seated. `counted` has bit `j` where
    seat `j` counted, `conclusive` says whether they decided.
    """

    number: int
    task: Pictures | None = None
    voted: ConcludedRound | None = None
    counted: int = 0
    conclusive: bool = False

    @property
    def answers(self) -> list[tuple[int, bool]] | None:
        """The gold as `(position, whether it is to be accepted)`; None where no screening was opened."""
        if self.voted is None or not self.voted.gold:
            return None
        positions = self.voted.status.positions
        gold, answers = unpack_bits(self.voted.gold, positions), unpack_bits(self.voted.answers, positions)
        return [(place, answers[place]) for place in range(positions) if gold[place]]

    def check(self, items: Pictures) -> None:
        """Raise `ValueError` unless the task without its gold is exactly the items in question, in their order."""
        answers, voted = self.answers, self.voted
        if voted is None or answers is None:
            return
        voted.check(len(items))
        if self.task is None or len(self.task) != voted.status.positions:
            raise ValueError(f"What was shown in round {self.number} is not at hand.")
        gold = {place for place, _ in answers}
        left = [picture for place, picture in enumerate(self.task) if place not in gold]
        asked = unpack_bits(voted.question_mask(len(items)), len(items))
        if left != [item for item, is_asked in zip(items, asked, strict=True) if is_asked]:
            raise ValueError(f"What was shown in round {self.number} is not the items in question with its gold.")

    def as_json(self) -> dict[str, Any]:
        """Return the round as batches.jsonl tells it."""
        task, answers = self.task, self.answers
        return {
            "round": self.number,
            "task": None if task is None else [[sha256.hex(), label] for sha256, label in task],
            "gold": None if answers is None else [[place, answer] for place, answer in answers],
        }


@dataclass(frozen=True)
class Origin:
    """Where an item comes from: the rounds it was in question in, its flag, and the votes of the last that decided."""

    rounds: tuple[int, ...] = ()
    flagged: bool = False
    votes_for: int = 0
    votes_against: int = 0


def origins(rounds: Sequence[ReleaseRound], flags: Sequence[int], item_count: int) -> list[Origin]:
    """Return the origin of each of a batch's items; `flags` is empty where it was decided without."""
    flagged = unpack_bits(flags, item_count) if flags else [False] * item_count
    numbers: list[tuple[int, ...]] = [()] * item_count
    votes = [(0, 0)] * item_count
    for one in rounds:
        if one.voted is None:
            continue
        question = one.voted.question_mask(item_count)
        said = _on_items(one, question, item_count)
        for item, asked in enumerate(unpack_bits(question, item_count)):
            if asked:
                numbers[item] = (*numbers[item], one.number)
                if one.conclusive:
                    accepting = sum(verdicts[item] for verdicts in said)
                    votes[item] = (accepting, len(said) - accepting)
    return [Origin(numbers[item], flagged[item], *votes[item]) for item in range(item_count)]


def _on_items(one: ReleaseRound, question: Sequence[int], item_count: int) -> list[list[bool]]:
    """Return the verdicts of the seats that counted, over the batch's items."""
    places = one.voted.item_places if one.voted else None
    if one.voted is None or places is None:
        return []
    return [
        unpack_bits(expand(compress(verdicts, places), question), item_count)
        for seat, verdicts in one.voted.revealed
        if one.counted >> seat & 1
    ]
