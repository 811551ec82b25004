"""The tally: where an item is accepted, and what stays in question.

With `S` counted seats and `v` accept verdicts on an item, the panel accepts iff `2 v > S`; the item is accepted iff
`2 v > S + flagged * detector_votes`. It stays in question where `|2 v - S| <= 1`, unless panel and flag both reject
it, or where the panel accepts it and the flag does not let it through. `tally_verdicts` and `tally_round` count 256
items at a time, their naive twins one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sebrus.protocol.bitmap import (
    compress,
    expand,
    pack_bits,
    popcount,
    require_bitmap,
    unpack_bits,
    valid_mask,
    word_count,
)
from sebrus.protocol.counters import MAX_SEATS, count_words, more_than
from sebrus.protocol.digest import decision_hash
from sebrus.protocol.gold import BPS, MIN_GOLD, is_struck
from sebrus.protocol.identity import Policy
from sebrus.protocol.round import ConcludedRound, Words


@dataclass(frozen=True, slots=True)
class ItemTally:
    """What counted verdicts say of each item, once the detector's flags are weighed."""

    panel_accepted: Words
    accepted: Words
    in_question: Words


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision on a batch so far, over its items; `flags` are empty where the first round to decide had none."""

    accepted: Words
    panel_accepted: Words
    flags: Words

    @property
    def hash(self) -> bytes:
        """The hash that the record keeps."""
        return decision_hash(self.accepted, self.panel_accepted, self.flags)

    @property
    def accepted_count(self) -> int:
        """The number of accepted items."""
        return popcount(self.accepted)

    @property
    def panel_accepted_count(self) -> int:
        """The number of items that the panel accepts."""
        return popcount(self.panel_accepted)


@dataclass(frozen=True, slots=True)
class RoundTally:
    """What a round leads to.

    `counted` has bit `j` where seat `j` counts. `decision` is the one from now on, None where there is none yet.
    `items` of the batch are in question now; `question` is their bitmap, empty where it was and nothing was decided.
    """

    counted: int
    conclusive: bool
    decision: Decision | None
    question: Words
    items: int


def tally_verdicts(
    verdicts: Sequence[Sequence[int]], item_count: int, flags: Sequence[int], detector_votes: int
) -> ItemTally:
    """Count verdicts over items (one bitmap per counted seat); `flags` is empty where there is no screening.

    `ValueError` when a bitmap is not one for `item_count` items, or there are more than 31 seats.
    """
    flags = _require(verdicts, item_count, flags)
    seats = len(verdicts)
    panel, accepted, question = [], [], []
    for at, mask in enumerate(valid_mask(item_count)):
        planes = count_words(bitmap[at] for bitmap in verdicts)
        plain = more_than(planes, seats // 2) & mask
        flagged = more_than(planes, (seats + detector_votes) // 2) & mask
        close = more_than(planes, seats // 2 - 1) & ~more_than(planes, (seats + 1) // 2) & mask
        panel.append(plain)
        accepted.append(plain & ~flags[at] | flagged & flags[at])
        question.append(close & (plain | ~flags[at]) | plain & ~flagged & flags[at])
    return ItemTally(tuple(panel), tuple(accepted), tuple(question))


def tally_naive(
    verdicts: Sequence[Sequence[int]], item_count: int, flags: Sequence[int], detector_votes: int
) -> ItemTally:
    """Do what `tally_verdicts` does, one item after the other."""
    flag = unpack_bits(_require(verdicts, item_count, flags), item_count)
    seats = len(verdicts)
    ballots = [unpack_bits(bitmap, item_count) for bitmap in verdicts]
    votes = [sum(ballot[i] for ballot in ballots) for i in range(item_count)]
    panel = [2 * votes[i] > seats for i in range(item_count)]
    accepted = [2 * votes[i] > seats + flag[i] * detector_votes for i in range(item_count)]
    close = [abs(2 * votes[i] - seats) <= 1 and (panel[i] or not flag[i]) for i in range(item_count)]
    question = [close[i] or panel[i] != accepted[i] for i in range(item_count)]
    return ItemTally(tuple(pack_bits(panel)), tuple(pack_bits(accepted)), tuple(pack_bits(question)))


def tally_round(
    policy: Policy,
    item_count: int,
    round_: ConcludedRound,
    previous: Decision | None = None,
    *,
    screened: bool,
    flags: Sequence[int] = (),
) -> RoundTally:
    """Tally a round of a batch of `item_count` items.

    `previous` is the decision so far. `screened` says whether the detector committed a screening, opened or not.
    `flags` (over the batch's items) are those of the opened screening; they count only where nothing is decided yet.
    `ValueError` when the bitmaps do not fit.
    """
    round_.check(item_count)
    counted = [seat for seat, said in round_.revealed if not _struck(policy, round_, said)]
    mask = sum(1 << seat for seat in counted)
    places = round_.item_places
    if places is None or not _conclusive(policy, round_, len(counted), screened):
        return RoundTally(mask, False, previous, round_.question, round_.status.items)
    before = previous or _nothing(round_, flags, item_count)
    question = round_.question_mask(item_count)
    verdicts = [compress(said, places) for seat, said in round_.revealed if mask >> seat & 1]
    asked = compress(before.flags, question) if before.flags else ()
    outcome = tally_verdicts(verdicts, round_.status.items, asked, policy.detector_votes)
    decision = Decision(
        _merged(before.accepted, outcome.accepted, question),
        _merged(before.panel_accepted, outcome.panel_accepted, question),
        before.flags,
    )
    left = expand(outcome.in_question, question)
    return RoundTally(mask, True, decision, tuple(left), popcount(left))


def tally_round_naive(
    policy: Policy,
    item_count: int,
    round_: ConcludedRound,
    previous: Decision | None = None,
    *,
    screened: bool,
    flags: Sequence[int] = (),
) -> RoundTally:
    """Do what `tally_round` does, one position after the other."""
    round_.check(item_count)
    counted = _counted_naive(policy, round_)
    mask, status = sum(1 << seat for seat in counted), round_.status
    unopened = screened and not round_.gold
    if unopened or len(counted) < policy.quorum or 2 * len(counted) <= status.seats:
        return RoundTally(mask, False, previous, round_.question, status.items)
    before = previous or _nothing(round_, flags, item_count)
    flagged = _bools(before.flags, item_count)
    accepted = unpack_bits(before.accepted, item_count)
    panel = unpack_bits(before.panel_accepted, item_count)
    left = [False] * item_count
    asked = [i for i, bit in enumerate(unpack_bits(round_.question_mask(item_count), item_count)) if bit]
    places = [i for i, gold in enumerate(_bools(round_.gold, status.positions)) if not gold]
    for item, place in zip(asked, places, strict=True):
        lead = 2 * sum(said[place] for said in counted.values()) - len(counted)
        panel[item] = lead > 0
        accepted[item] = lead > flagged[item] * policy.detector_votes
        close = abs(lead) <= 1 and (panel[item] or not flagged[item])
        left[item] = close or panel[item] != accepted[item]
    decision = Decision(tuple(pack_bits(accepted)), tuple(pack_bits(panel)), before.flags)
    return RoundTally(mask, True, decision, tuple(pack_bits(left)), sum(left))


def _counted_naive(policy: Policy, round_: ConcludedRound) -> dict[int, list[bool]]:
    """Return the verdicts of the seats that count, by seat."""
    positions = round_.status.positions
    gold, answers = _bools(round_.gold, positions), _bools(round_.answers, positions)
    places = [i for i in range(positions) if gold[i]]
    counted = {}
    for seat, words in round_.revealed:
        said = unpack_bits(words, positions)
        right = sum(said[i] == answers[i] for i in places)
        if len(places) < MIN_GOLD or right * BPS >= len(places) * policy.gold_pass_bps:
            counted[seat] = said
    return counted


def _nothing(round_: ConcludedRound, flags: Sequence[int], item_count: int) -> Decision:
    """Return what a first decision starts from: nothing accepted, and the flags of the screening opened with it."""
    zeros = (0,) * word_count(item_count)
    if not round_.gold:
        return Decision(zeros, zeros, ())
    require_bitmap(flags, item_count)
    return Decision(zeros, zeros, tuple(flags))


def _struck(policy: Policy, round_: ConcludedRound, verdicts: Words) -> bool:
    return bool(round_.gold) and is_struck(verdicts, round_.gold, round_.answers, policy.gold_pass_bps)


def _conclusive(policy: Policy, round_: ConcludedRound, counted: int, screened: bool) -> bool:
    opened = not screened or bool(round_.gold)
    return opened and counted >= policy.quorum and 2 * counted > round_.status.seats


def _merged(before: Words, packed: Words, question: Sequence[int]) -> Words:
    """Return `before` with the items in question replaced by the packed ones."""
    spread = expand(packed, question)
    return tuple(old & ~asked | new for old, new, asked in zip(before, spread, question, strict=True))


def _bools(words: Sequence[int], count: int) -> list[bool]:
    return unpack_bits(words, count) if words else [False] * count


def _require(verdicts: Sequence[Sequence[int]], item_count: int, flags: Sequence[int]) -> Sequence[int]:
    """Refuse what cannot be counted; return the flags, zeros where there are none."""
    if len(verdicts) > MAX_SEATS:
        raise ValueError(f"A tally counts at most {MAX_SEATS} seats, not {len(verdicts)}.")
    flags = flags or [0] * word_count(item_count)
    for bitmap in (*verdicts, flags):
        require_bitmap(bitmap, item_count)
    return flags
