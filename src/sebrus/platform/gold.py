"""Gold: pictures of the trusted seed with labels that are right or wrong, to be hidden among the items of a round."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from sebrus.platform.documents import LabelledDigest

SHARE = 0.08
"""Gold pictures for each item in question."""
FEWEST = 6
"""Even, half of it to be rejected: whoever always says the same has half of it right and is struck. With six an honest
reviewer who errs on one picture in seven is struck one time in twenty-five."""


@dataclass(frozen=True)
class GoldPicture:
    """A picture as it is shown, and whether it is to be accepted."""

    shown: LabelledDigest
    accept: bool


def gold_count(items: int, seed: int, max_gold: int) -> int:
    """How many gold pictures to show among so many items, of a seed of so many."""
    even = (max(FEWEST, round(items * SHARE)) + 1) // 2 * 2
    return min(even, seed, max_gold)


def choose_gold(
    draw: Random, seed: Sequence[LabelledDigest], labels: Iterable[int], uses: Mapping[str, int], count: int
) -> list[GoldPicture]:
    """Choose `count` pictures of the seed, the least used first, half of them with a wrong label.

    `labels` are those of the items in question: where it can, gold takes its labels among them, so that a class which
    only gold has does not give it away. Wrong labels are drawn as honest noise would be, uniformly among the others.
    None is wrong where seed and items know one class only. Fewer are returned where the seed does not have enough.
    """
    present = set(labels)
    shuffled = draw.sample(seed, len(seed))
    right = sorted(shuffled, key=lambda item: (item.label not in present, uses.get(item.sha256, 0)))
    right = right[: count - count // 2]
    left = [item for item in shuffled if item not in right]
    wrong = sorted(left, key=lambda item: (present == {item.label}, uses.get(item.sha256, 0)))[: count // 2]
    gold = [GoldPicture(item, accept=True) for item in right]
    for item in wrong:
        others = sorted(present - {item.label}) or sorted({one.label for one in seed} - {item.label})
        shown = LabelledDigest(item.sha256, draw.choice(others)) if others else item
        gold.append(GoldPicture(shown, accept=not others))
    return draw.sample(gold, len(gold))
