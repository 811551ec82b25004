"""How good verdicts were in the end: Youden's J on the positions whose answer is known (docs/protocol.md, "Money").

Youden, "Index for rating diagnostic tests", Cancer 3:32, 1950. Verdicts that do not depend on the pictures have an
expected J of zero, whatever share of them is good.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sebrus.protocol.bitmap import compress, expand, popcount, word_count
from sebrus.protocol.gold import contested_gold
from sebrus.protocol.round import ConcludedRound
from sebrus.protocol.tally import Decision


@dataclass(frozen=True, slots=True)
class Reference:
    """What is known of a round's positions in the end: `items` and `gold` that judge, and the `truth` of both."""

    items: tuple[int, ...]
    gold: tuple[int, ...]
    truth: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One reviewer's verdicts on the reference, counted.

    Of `to_accept` positions `accepted` were accepted, of `to_reject` `rejected` rejected; of `gold_seen` gold pictures
    `gold_right` were right; `items_coherent` of `items_seen` items were judged like the final decision.
    """

    to_accept: int
    accepted: int
    to_reject: int
    rejected: int
    gold_seen: int
    gold_right: int
    items_seen: int
    items_coherent: int

    @property
    def youden(self) -> tuple[int, int]:
        """J as numerator and positive denominator."""
        return youden(self.to_accept, self.accepted, self.to_reject, self.rejected)


def youden(to_accept: int, accepted: int, to_reject: int, rejected: int) -> tuple[int, int]:
    """Return `J = accepted / to_accept + rejected / to_reject - 1` as numerator and positive denominator.

    With one class missing it is the share of coherent verdicts; with no reference at all it is 1.

    >>> youden(8, 8, 2, 0)
    (0, 16)
    """
    if to_accept and to_reject:
        return accepted * to_reject + rejected * to_accept - to_accept * to_reject, to_accept * to_reject
    if to_accept or to_reject:
        return accepted + rejected, to_accept + to_reject
    return 1, 1


def reference_of(round_: ConcludedRound, item_count: int, decision: Decision | None) -> Reference:
    """Return what is known of a round's positions: items by the final decision (None: the batch is void), and gold.

    The items are left out where only an unopened screening knows their places, the gold where more than half of the
    revealed seats contradict it.
    """
    empty = [0] * word_count(round_.status.positions)
    gold, answers = round_.gold or empty, round_.answers or empty
    contested = contested_gold([said for _, said in round_.revealed], gold, answers)
    judging = tuple(place & ~doubt for place, doubt in zip(gold, contested, strict=True))
    truth = [answer & place for answer, place in zip(answers, judging, strict=True)]
    places = round_.item_places
    if decision is None or places is None:
        return Reference(tuple(empty), judging, tuple(truth))
    opinion = expand(compress(decision.panel_accepted, round_.question_mask(item_count)), places)
    return Reference(tuple(places), judging, tuple(a | b for a, b in zip(truth, opinion, strict=True)))


def judge(verdicts: Sequence[int], reference: Reference) -> Judgement:
    """Count one reviewer's verdicts against the reference."""
    rows = zip(verdicts, reference.items, reference.gold, reference.truth, strict=True)
    to_accept = accepted = to_reject = rejected = gold_right = items_coherent = 0
    for said, items, gold, truth in rows:
        known = items | gold
        right = known & ~(said ^ truth)
        to_accept += (known & truth).bit_count()
        to_reject += (known & ~truth).bit_count()
        accepted += (right & truth).bit_count()
        rejected += (right & ~truth).bit_count()
        gold_right += (right & gold).bit_count()
        items_coherent += (right & items).bit_count()
    seen = popcount(reference.gold), popcount(reference.items)
    return Judgement(to_accept, accepted, to_reject, rejected, seen[0], gold_right, seen[1], items_coherent)


def judge_round(round_: ConcludedRound, item_count: int, decision: Decision | None) -> dict[int, Judgement]:
    """Return the judgement of every revealed seat, by seat; `ValueError` when the round's bitmaps do not fit."""
    round_.check(item_count)
    reference = reference_of(round_, item_count, decision)
    return {seat: judge(said, reference) for seat, said in round_.revealed}
