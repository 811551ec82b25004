"""What a finding says, in a sentence that a reviewer understands."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sebrus.detect.examine import Examination
from sebrus.detect.findings import Test
from sebrus.detect.marking import Marks
from sebrus.detect.prepare import Prepared

Ints = NDArray[np.intp]

SHARED: dict[Test, str] = {
    "pattern": "share a pattern that nobody else's items of that class show",
    "texture": "are sharper, smoother or warped as nobody else's items of that class are",
    "label": "look like other classes more than anybody else's items of that class do",
}
CARRIED: dict[Test, str] = {
    "pattern": "it carries a pattern that only this contributor's items of class {} share",
    "texture": "it is sharper, smoother or warped as only this contributor's items of class {} are",
    "label": "it looks like another class, as many of this contributor's items of class {} do",
}


class Words:
    """Class names and sentences."""

    def __init__(self, ready: Prepared, seen: Examination, names: Mapping[int, str] | None) -> None:
        self.classes = ready.pool.classes
        self.names = names or {}
        self.seen = seen
        self.owner = ready.groups.owner
        self.label = ready.groups.label

    def of(self, code: int) -> str:
        """A class as a person knows it."""
        value = int(self.classes[code])
        return str(self.names.get(value, value))

    def item(self, row: int, label: int, marks: Marks) -> str:
        """Why an item is flagged."""
        best = int(self.seen.labels.best[row])
        if marks.label[row]:
            return (
                f"Label test: items of others say {self.of(best)}, not {self.of(label)}; "
                f"honest labels this unlikely have p = {self.seen.labels.p_value[row]:.2g}."
            )
        test = marks.test[row]
        carried = CARRIED[test].format(self.of(label))
        return f"{test.capitalize()} test: {carried} (p = {marks.group_p[row]:.2g})."

    def contributor(self, number: int, marked: int, total: int, shared: int) -> str:
        """Why a contributor is flagged; `shared` is the class its items stand out in, -1 for none."""
        accusation = self.seen.accusation[number]
        begin = f"{accusation.test.capitalize()} test: {marked} of its {total} items are flagged; its "
        end = f" (p = {accusation.p_value:.2g})"
        if accusation.group >= 0:
            label = int(self.label[accusation.group])
            return f"{begin}items of class {self.of(label)} {SHARED[accusation.test]}{end}{self._accomplices(number)}."
        also = f"; its items of class {self.of(shared)} stand out too" if shared >= 0 else ""
        return f"{begin}labels contradict its images more often than other contributors' labels do{end}{also}."

    def _accomplices(self, number: int) -> str:
        count = len(accomplices(self.seen, self.owner, number))
        return "" if count == 0 else f"; {count} other contributor{'s share' if count > 1 else ' shares'} it"


def accomplices(seen: Examination, owner: Ints, number: int) -> tuple[int, ...]:
    """The contributors linked with one, in order."""
    joined = {int(owner[group]) for link in seen.links if number in owner[link.groups] for group in link.groups}
    return tuple(sorted(joined - {number}))


__all__ = ["Words", "accomplices"]
