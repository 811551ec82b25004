"""Where an item comes from: the rounds it went through, its flag, and the votes of the last that decided it."""

from sebrus.protocol import unpack_bits
from sebrus.verify.replay import Replay, Round


class Origins:
    """The origins of one batch's items, item by item."""

    def __init__(self, replay: Replay) -> None:
        """Sort the votes of all concluded rounds by item."""
        count = replay.item_count
        assert replay.decision is not None
        flags = replay.decision.flags
        self._flags = unpack_bits(flags, count) if flags else [False] * count
        self._rounds: list[tuple[int, ...]] = [()] * count
        self._votes = [(0, 0)] * count
        for round_ in replay.concluded:
            asked = unpack_bits(round_.question, count) if round_.question else [True] * count
            items = [item for item in range(count) if asked[item]]
            for item in items:
                self._rounds[item] = (*self._rounds[item], round_.number)
            if round_.conclusive:
                self._count(round_, items)

    def of(self, item: int) -> tuple[tuple[int, ...], bool, tuple[int, int]]:
        """Return the rounds an item was in question in, its flag, and the votes for and against it."""
        return self._rounds[item], self._flags[item], self._votes[item]

    def _count(self, round_: Round, items: list[int]) -> None:
        """Count the votes of the seats that count, one position after the other."""
        assert round_.concluded is not None
        counted, opening, positions = round_.concluded["counted"], round_.opening, round_.positions
        gold = unpack_bits(opening.gold, positions) if opening else [False] * positions
        places = [place for place in range(positions) if not gold[place]]
        said = [unpack_bits(words, positions) for seat, words in round_.verdicts.items() if counted >> seat & 1]
        for item, place in zip(items, places, strict=True):
            accepting = sum(verdicts[place] for verdicts in said)
            self._votes[item] = (accepting, len(said) - accepting)
