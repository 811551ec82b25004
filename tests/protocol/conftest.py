"""Policies, bitmaps and voted rounds for the protocol's properties."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from sebrus import protocol as p

SIZES = (5, 11, 23)
POLICY = p.Policy(
    item_stake=20_000,
    item_reward=50_000,
    review_fee=3_001,
    seat_stake=5_000_000,
    panel_size=SIZES[0],
    escalated_size=SIZES[1],
    final_size=SIZES[2],
    quorum=3,
    detector_votes=2,
    draw_delay=4,
    max_items=4096,
    max_gold=512,
    screening_window=3600,
    commit_window=86_400,
    reveal_window=43_200,
    hold_window=172_800,
    rejected_slash_bps=2_500,
    silent_slash_bps=5_000,
    incoherent_slash_bps=12_345,
    gold_pass_bps=7_000,
)


def account(number: int) -> str:
    return p.checksum_address(p.keccak(f"account {number}".encode())[12:])


def words(*bits: bool | int) -> p.Words:
    return tuple(p.pack_bits(bool(bit) for bit in bits))


def bitmaps(count: int) -> st.SearchStrategy[p.Words]:
    return st.tuples(*(st.integers(0, word) for word in p.valid_mask(count)))


def decisions(count: int) -> st.SearchStrategy[p.Decision]:
    return st.builds(p.Decision, bitmaps(count), bitmaps(count), bitmaps(count))


def unflagged(*bits: bool | int) -> p.Decision:
    """Return a decision by the panel alone."""
    return p.Decision(words(*bits), words(*bits), words(*[0] * len(bits)))


def policies() -> st.SearchStrategy[p.Policy]:
    amounts = st.integers(0, 10**12)
    shares = st.integers(0, 10_000)
    return st.builds(
        lambda values: replace(POLICY, **values),
        st.fixed_dictionaries(
            {name: amounts for name, bits in p.POLICY_BITS.items() if bits == 64}
            | {"rejected_slash_bps": shares, "silent_slash_bps": shares, "gold_pass_bps": shares}
            | {"incoherent_slash_bps": st.integers(0, 65_535), "detector_votes": st.integers(0, 31)}
            | {"quorum": st.integers(1, 5)}
        ),
    )


def concluded(
    said: Sequence[tuple[int, p.Words]],
    items: int,
    *,
    number: int = 0,
    seats: int | None = None,
    silent: Sequence[int] = (),
    question: p.Words = (),
    gold: p.Words = (),
    answers: p.Words = (),
    hidden_gold: int = 0,
) -> p.ConcludedRound:
    """Return a round in which these seats said this; `hidden_gold` pictures belong to a screening nobody opened."""
    seats = SIZES[number] if seats is None else seats
    revealed = sum(1 << seat for seat, _ in said)
    status = p.Status(
        p.Phase.VOTING,
        round=number,
        seats=seats,
        committed=revealed | sum(1 << seat for seat in silent),
        revealed=revealed,
        positions=items + p.popcount(gold) + hidden_gold,
        items=items,
    )
    panel = tuple(account(100 * number + seat) for seat in range(seats))
    return p.ConcludedRound(status, panel, tuple(said), question, gold, answers)


@dataclass(frozen=True)
class Case:
    """A round of a batch, with what the contract knows besides."""

    item_count: int
    round: p.ConcludedRound
    screened: bool
    flags: p.Words
    previous: p.Decision | None

    def tally(self, policy: p.Policy) -> p.RoundTally:
        flags = self.flags
        return p.tally_round(policy, self.item_count, self.round, self.previous, screened=self.screened, flags=flags)

    def tally_naive(self, policy: p.Policy) -> p.RoundTally:
        return p.tally_round_naive(
            policy, self.item_count, self.round, self.previous, screened=self.screened, flags=self.flags
        )


@st.composite
def cases(draw: st.DrawFn, item_count: int | None = None, number: int | None = None) -> Case:
    count = item_count or draw(st.integers(1, 300))
    number = draw(st.integers(0, 2)) if number is None else number
    full = tuple(p.valid_mask(count))
    question: p.Words = draw(st.just(()) | bitmaps(count).filter(any) | st.just(full))
    items = p.popcount(question) if question else count
    screened = draw(st.booleans())
    opened = screened and draw(st.integers(0, 3)) > 0
    places = draw(st.sets(st.integers(0, items + 11), max_size=12)) if screened else set()
    positions = items + len(places)
    shown = sorted(place for place in places if place < positions)
    spare = (i for i in range(positions) if i not in places)
    shown += [next(spare) for _ in range(len(places) - len(shown))]
    gold = tuple(p.pack_bits(i in shown for i in range(positions))) if opened else ()
    answers = tuple(a & g for a, g in zip(draw(bitmaps(positions)), gold, strict=True)) if opened else ()
    seats = draw(st.integers(1, SIZES[number]))
    order = draw(st.permutations(range(seats)))
    committed = order[: draw(st.integers(0, seats))]
    speaking = committed[: draw(st.integers(0, len(committed)))]
    said = [(seat, draw(bitmaps(positions))) for seat in speaking]
    flags = draw(bitmaps(count)) if opened else ()
    previous = draw(st.none() | decisions(count))
    hidden = 0 if opened else len(places)
    round_ = concluded(
        said,
        items,
        number=number,
        seats=seats,
        silent=committed[len(speaking) :],
        question=question,
        gold=gold,
        answers=answers,
        hidden_gold=hidden,
    )
    return Case(count, round_, screened, flags, previous)
