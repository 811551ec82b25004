"""Whole lives of batches for the golden vectors: rounds and their tallies, records and their seals, settlements."""

from collections.abc import Sequence
from dataclasses import dataclass

from material import ADDRESSES, Json, Stream, decimals, hexes, numbered, policy, words

from sebrus import protocol as p

SILENT, ABSENT = -1, -2
"""In place of a skill: who commits and does not reveal, and who does not commit."""


@dataclass(frozen=True)
class Plan:
    """A round to play: for every seat the percentage of positions it has right, and the detector's part.

    `gold` is None where the detector screens nothing; `false_gold` turns all answers round.
    """

    skills: Sequence[int]
    gold: int | None = 0
    opened: bool = True
    false_gold: bool = False


@dataclass(frozen=True)
class Played:
    round: p.ConcludedRound
    screened: bool
    flags: p.Words
    before: p.Decision | None
    tally: p.RoundTally


def vote(stream: Stream, number: int, plan: Plan, count: int, question: p.Words) -> p.ConcludedRound:
    """Let a panel vote as planned."""
    items = p.popcount(question) if question else count
    gold_count = plan.gold or 0
    positions = items + gold_count
    places: set[int] = set()
    while len(places) < gold_count:
        places.add(stream.below(positions))
    truth = stream.bits(positions, 70)
    gold = p.pack_bits(i in places for i in range(positions))
    known = p.complement(truth, positions) if plan.false_gold else truth
    answers = [word & place for word, place in zip(known, gold, strict=True)]
    committed = [seat for seat, skill in enumerate(plan.skills) if skill != ABSENT]
    said = []
    for seat in sorted(committed, key=lambda _: stream.word()):
        if plan.skills[seat] != SILENT:
            wrong = stream.bits(positions, 100 - plan.skills[seat])
            said.append((seat, tuple(a ^ b for a, b in zip(truth, wrong, strict=True))))
    status = p.Status(
        p.Phase.VOTING,
        round=number,
        seats=len(plan.skills),
        committed=sum(1 << seat for seat in committed),
        revealed=sum(1 << seat for seat, _ in said),
        entropy_block=1000 + stream.below(1000),
        deadline=1_800_000_000,
        reveal_deadline=1_800_043_200,
        positions=positions,
        items=items,
    )
    opened = plan.gold is not None and plan.opened
    shown = (tuple(gold), tuple(answers)) if opened else ((), ())
    panel = tuple(ADDRESSES[: len(plan.skills)])
    return p.ConcludedRound(status, panel, tuple(said), question, *shown)


def play(name: str, rules: p.Policy, count: int, plans: Sequence[Plan], first: int = 0) -> list[Played]:
    """Play rounds one after the other, each on what the one before left in question."""
    stream = Stream(f"play {name}")
    decision: p.Decision | None = None
    question: p.Words = ()
    played = []
    for number, plan in enumerate(plans, first):
        round_ = vote(stream, number, plan, count, question)
        flags = tuple(stream.bits(count, 15)) if round_.gold and decision is None else ()
        screened = plan.gold is not None
        tally = p.tally_round_naive(rules, count, round_, decision, screened=screened, flags=flags)
        played.append(Played(round_, screened, flags, decision, tally))
        decision, question = tally.decision, tally.question
        if not tally.items:
            break
    return played


def plays() -> list[tuple[str, p.Policy, int, list[Played]]]:
    """The games that both the rounds and the settlements show."""
    good, gold = [95] * 5, Plan([95, 90, 90, 95, 90], 8)
    larger = Plan([90] * 9 + [SILENT, ABSENT], 10)
    dear = policy(review_fee=900_000, incoherent_slash_bps=30_000, seat_stake=4_000_000)
    exact = policy(rejected_slash_bps=10_000, gold_pass_bps=10_000)
    odd = policy(item_stake=7, review_fee=7, rejected_slash_bps=3333, incoherent_slash_bps=65_535)
    shapes: list[tuple[str, p.Policy, int, list[Plan], int]] = [
        ("all coherent", policy(), 64, [Plan([100] * 5)], 0),
        ("gold", policy(), 64, [gold], 0),
        ("one struck", policy(), 300, [Plan([95, 20, 90, 95, 90], 16)], 0),
        ("nobody screened", policy(), 100, [Plan([90] * 11, None)], 1),
        ("three rounds", policy(), 300, [gold, larger, Plan([85] * 21 + [SILENT] * 2, 12)], 0),
        ("not opened", policy(), 256, [Plan(good, 6, opened=False), larger], 0),
        ("not opened and no gold", policy(), 40, [Plan(good, 0, opened=False)], 0),
        ("quorum missed", policy(), 64, [Plan([90, SILENT, 90, ABSENT, SILENT], 4)], 0),
        ("false gold", policy(), 64, [Plan(good, 6, false_gold=True)], 0),
        ("a die", dear, 257, [Plan([95, 95, 50, 50, 95], 20), Plan([50] * 4 + [90] * 7, 3)], 0),
        ("dear mistakes", dear, 100, [Plan([95, 90, 5, 90, SILENT])], 0),
        ("one item", exact, 1, [Plan([100, 0, 100])], 0),
        ("whole words", exact, 512, [Plan([100, 100, 97, 100, 100], 256)], 0),
        ("rounding", odd, 257, [Plan([80] * 5, 4), Plan([75] * 11, 5)], 0),
        ("nobody revealed", policy(), 10, [Plan([SILENT] * 3 + [ABSENT] * 2, 3)], 0),
    ]
    return [(name, rules, count, play(name, rules, count, plans, first)) for name, rules, count, plans, first in shapes]


# ------------------------------------------------------------------------------------------------ rounds


def round_case(rules: p.Policy, count: int, played: Played) -> Json:
    round_, tally, before = played.round, played.tally, played.before
    decision = tally.decision
    return {
        "policy": decimals(rules.as_abi()),
        "item_count": str(count),
        "status": f"0x{round_.status.pack():064x}",
        "panel": list(round_.panel),
        "screened": played.screened,
        "opened": bool(round_.gold),
        "revealed_seats": decimals(seat for seat, _ in round_.revealed),
        "verdicts": words(word for _, said in round_.revealed for word in said),
        "question": words(round_.question),
        "gold": words(round_.gold),
        "answers": words(round_.answers),
        "flags": words(played.flags),
        "decided_before": before is not None,
        "accepted_before": words(before.accepted if before else ()),
        "panel_accepted_before": words(before.panel_accepted if before else ()),
        "flags_before": words(before.flags if before else ()),
        "counted": str(tally.counted),
        "conclusive": tally.conclusive,
        "decided": decision is not None,
        "accepted": words(decision.accepted if decision else ()),
        "panel_accepted": words(decision.panel_accepted if decision else ()),
        "decision_hash": "0x" + (decision.hash if decision else p.ZERO32).hex(),
        "question_after": words(tally.question),
        "items_after": str(tally.items),
        "votes_digest": "0x" + p.running_digest(round_.votes).hex(),
        "round_digest": "0x" + round_.digest.hex(),
    }


def rounds() -> Json:
    return numbered([round_case(rules, count, one) for _, rules, count, game in plays() for one in game])


# ---------------------------------------------------------------------------------------------- settlement


def settlement_case(rules: p.Policy, count: int, game: list[Played], decision: p.Decision | None) -> Json:
    played = [one.round for one in game]
    money = p.settle_batch(rules, count, played, decision)
    judged = [one for round_ in played for one in p.judge_round(round_, count, decision).values()]
    history = p.ZERO32
    for round_ in played:
        history = p.extend_history(history, round_.digest)
    return {
        "policy": decimals(rules.as_abi()),
        "item_count": str(count),
        "decided": decision is not None,
        "accepted": words(decision.accepted if decision else ()),
        "panel_accepted": words(decision.panel_accepted if decision else ()),
        "statuses": [f"0x{round_.status.pack():064x}" for round_ in played],
        "panels": [account for round_ in played for account in round_.panel],
        "revealed_seats": decimals(seat for round_ in played for seat, _ in round_.revealed),
        "verdicts": words(word for round_ in played for _, said in round_.revealed for word in said),
        "question_words": decimals(len(round_.question) for round_ in played),
        "questions": words(word for round_ in played for word in round_.question),
        "opened": [bool(round_.gold) for round_ in played],
        "gold": words(word for round_ in played for word in round_.gold),
        "answers": words(word for round_ in played for word in round_.answers),
        "history": "0x" + history.hex(),
        "youden_numerators": decimals(one.youden[0] for one in judged),
        "youden_denominators": decimals(one.youden[1] for one in judged),
        "gold_seen": decimals(one.gold_seen for one in judged),
        "gold_right": decimals(one.gold_right for one in judged),
        "items_seen": decimals(one.items_seen for one in judged),
        "items_coherent": decimals(one.items_coherent for one in judged),
        "batch_stake": str(p.batch_stake(rules, count)),
        "batch_pot": str(p.batch_pot(rules, count, played)),
        "payouts": decimals(money.payouts),
        "slashes": decimals(money.slashes),
        "stake_returned": str(money.stake_returned),
        "reward": str(money.reward),
        "bounty_returned": str(money.bounty_returned),
    }


def settlement() -> Json:
    return numbered([settlement_case(rules, count, game, game[-1].tally.decision) for _, rules, count, game in plays()])


# -------------------------------------------------------------------------------------------------- record


def life(name: str, rules: p.Policy, count: int) -> Json:
    """The records of a batch that is screened, escalated, held, appealed and at last final."""
    stream = Stream(f"life {name}")
    first, second = play(name, rules, count, [Plan([80] * 5, 4), Plan([90] * 11)])
    commitment, task_root, links = stream.word(), stream.word(), ADDRESSES[29:31]
    panel = first.round.panel
    status = first.round.status
    ballots = [(seat, stream.word()) for seat in range(status.seats)]
    record = p.BatchRecord.submitted(count, 1_799_000_000)
    steps = [("submitted", record)]

    def step(event: str, after: p.BatchRecord) -> p.BatchRecord:
        steps.append((event, after))
        return after

    record = step("screened", record.screened(commitment, task_root, status.positions, links))
    record = step("drawRequested", record.draw_requested(status.seats, 77, 9000, 9900))
    record = step("drawRequested", record.draw_requested(status.seats, status.entropy_block, *windows(status)))
    record = step("drawn", record.drawn(panel))
    record = step("committed", record.committed(ballots[:2]))
    record = step("committed", record.committed(ballots[2:]))
    record = step("revealed", record.revealed([1, 3]))
    decision, round_ = first.tally.decision, first.round
    assert decision is not None
    record = step("concluded", record.concluded(round_.votes, decision.hash, round_.gold_hash, round_.answers_hash))
    record = step("escalated", record.escalated(first.tally.items, first.tally.question, 1_801_000_000))
    record = step("skipped", record.skipped(1))
    status = second.round.status
    record = step("drawRequested", record.draw_requested(11, status.entropy_block, *windows(status)))
    record = step("drawn", record.drawn(second.round.panel))
    record = step("committed", record.committed((seat, stream.word()) for seat in range(11)))
    decision = second.tally.decision
    assert decision is not None
    record = step("concluded", record.concluded(second.round.votes, decision.hash))
    record = step("held", record.held(1_805_000_000))
    one = p.pack_bits(i == 0 for i in range(count))
    last = p.pack_bits(i == count - 1 for i in range(count))
    record = step("appealed", record.appealed(ADDRESSES[20], one))
    record = step("appealed", record.appealed(ADDRESSES[21], last, one))
    appeals = record.appeals
    record = step("appealStarted", record.appeal_started(1_806_000_000))
    record = step("skipped", record.skipped(2))
    record = step("drawRequested", record.draw_requested(23, 3000, 1_807_000_000, 1_808_000_000))
    record = step("unseated", record.unseated())
    return life_case(steps) | {
        "commitment": "0x" + commitment.hex(),
        "task_root": "0x" + task_root.hex(),
        "screening": "0x" + p.screening_word(commitment, task_root).hex(),
        "excluded_lengths": decimals([len(links), len(panel), len(second.round.panel)]),
        "excluded_accounts": [*links, *panel, *second.round.panel],
        "excluded": "0x" + p.excluded_digest([links, panel, second.round.panel]).hex(),
        "ballot_seats": decimals(seat for seat, _ in ballots),
        "ballot_commitments": hexes(value for _, value in ballots),
        "ballots": "0x" + p.running_digest(ballots).hex(),
        "appellants": [ADDRESSES[20], ADDRESSES[21]],
        "appeal_items": words([*one, *last]),
        "appeals": "0x" + appeals.hex(),
    }


def windows(status: p.Status) -> tuple[int, int]:
    return status.deadline, status.reveal_deadline


def life_case(steps: Sequence[tuple[str, p.BatchRecord]]) -> Json:
    records = [after for _, after in steps]
    numbers = {name: decimals(int(getattr(one.status, name)) for one in records) for name in p.STATUS_BITS}
    return {
        "events": [event for event, _ in steps],
        "records": [word for one in records for word in record_words(one)],
        "seals": hexes(one.seal() for one in records),
        **numbers,
    }


def record_words(one: p.BatchRecord) -> list[str]:
    status, *hashes = one.as_abi()
    return [f"0x{status:064x}", *hexes(hashes)]


def record() -> Json:
    return numbered([life("short", policy(), 40), life("long", policy(), 600)])
