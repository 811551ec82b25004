"""Events that do not follow from each other, or from what the contract keeps, are found and named by their step."""

from collections.abc import Callable
from typing import Any

import pytest

from sebrus import protocol as p

pytestmark = pytest.mark.chain

Forge = Callable[[Any], object]
STRANGER = "0x" + "77" * 20


def put(name: str, at: int = 0, batch: str | None = None, **values: Any) -> Forge:
    """Return a forgery that overwrites values of one event."""
    return lambda node: node.find(name, at, batch).values.update(values)


def edit(name: str, change: Callable[[dict[str, Any]], dict[str, Any]], at: int = 0, batch: str | None = None) -> Forge:
    """Return a forgery of one event's values."""

    def forge(node: Any) -> None:
        values = node.find(name, at, batch).values
        values.update(change(values))

    return forge


def more(name: str, key: str, by: int = 1, at: int = 0, batch: str | None = None) -> Forge:
    """Return a forgery that adds to a number of one event."""
    return edit(name, lambda values: {key: values[key] + by}, at, batch)


def remove(name: str, at: int = 0, batch: str | None = None) -> Forge:
    return lambda node: node.events.remove(node.find(name, at, batch))


def repeat(name: str, at: int = 0, batch: str | None = None) -> Forge:
    def forge(node: Any) -> None:
        place = node.events.index(node.find(name, at, batch))
        node.events.insert(place, node.events[place])

    return forge


def first_raised(values: tuple[int, ...]) -> tuple[int, ...]:
    return (values[0] + 1, *values[1:])


def flipped(words: tuple[int, ...], bit: int = 0) -> tuple[int, ...]:
    return (words[0] ^ 1 << bit, *words[1:])


def opening(change: Callable[[dict[str, Any]], dict[str, Any]], at: int = 0, batch: str = "appealed") -> Forge:
    """Return a forgery of an opened screening."""
    names = ("opened", "task_root", "model", "scores", "salt", "flags", "gold", "answers")

    def forge(values: dict[str, Any]) -> dict[str, Any]:
        told = dict(zip(names, values["opening"], strict=True))
        return {"opening": tuple({**told, **change(told)}.values())}

    return edit("ScreeningOpened", forge, at, batch)


def moved_gold(told: dict[str, Any]) -> dict[str, Any]:
    """Exchange one gold place with one that holds an item."""
    gold = list(told["gold"])
    here = next(i for i in range(256) if gold[0] >> i & 1)
    there = next(i for i in range(256) if not gold[0] >> i & 1)
    gold[0] ^= 1 << here | 1 << there
    return {"gold": tuple(gold)}


def other_answer(told: dict[str, Any]) -> dict[str, Any]:
    return {"answers": (told["answers"][0] ^ told["gold"][0] & -told["gold"][0], *told["answers"][1:])}


def ballots(change: Callable[[list[Any]], list[Any]], name: str = "Revealed") -> Forge:
    """Return a forgery of the first commitments or openings."""
    return edit(name, lambda values: {"ballots": tuple(change(list(values["ballots"])))}, batch="appealed")


def forged_vote(told: list[Any]) -> list[Any]:
    seat, salt, verdicts = told[0]
    return [(seat, salt, flipped(verdicts, 17)), *told[1:]]


def forged_last_vote(told: list[Any]) -> list[Any]:
    """Change a vote of a seat that counts, in the tally only."""
    seat, salt, verdicts = told[-1]
    return [*told[:-1], (seat, salt, flipped(verdicts, 99))]


def in_the_status_too(key: str, by: int) -> Forge:
    """Return a forgery of a draw's request that the round's status bears out."""
    shift = sum(list(p.STATUS_BITS.values())[: 5 if key == "entropyBlock" else 6])

    def forge(node: Any) -> None:
        more("DrawRequested", key, by, 0, "appealed")(node)
        more("Concluded", "status", by << shift, 0, "appealed")(node)

    return forge


def with_stranger(node: Any) -> None:
    """Seat somebody who was not drawn."""
    drawn = node.find("Drawn", 0, "appealed").values
    drawn["panel"] = (next(one for one in node.told.stage.reviewers if one not in drawn["panel"]), *drawn["panel"][1:])


def linked_reviewer(node: Any) -> None:
    """Say that somebody who sat was linked to the contributor."""
    panel = node.find("Drawn", 1, "appealed").values["panel"]
    node.find("Screened", 1, "appealed").values["links"] = (panel[0],)


def foreign_links(node: Any) -> None:
    links = node.find("Screened", 0, "appealed").values["links"]
    node.find("Screened", 0, "appealed").values["links"] = (*links, STRANGER)


def dropped_link(node: Any) -> None:
    links = node.find("Screened", 0, "appealed").values["links"]
    node.find("Screened", 0, "appealed").values["links"] = links[:1]


def hidden_round(node: Any) -> None:
    """Hide the appeals with all of the round that they led to."""
    mine, on_appeal = node.told.lives["appealed"].key.batch_id, False
    kept = []
    for entry in node.events:
        if entry.values.get("batchId") == mine:
            on_appeal = (on_appeal or entry.name == "Appealed") and entry.name != "Settled"
        if not on_appeal or entry.values.get("batchId") != mine:
            kept.append(entry)
    node.events = kept


def turned(told: dict[str, Any]) -> dict[str, Any]:
    """Turn all answers round: right gold becomes false, which the panel contradicts, so that it judges nobody."""
    return {"answers": tuple(gold & ~answer for gold, answer in zip(told["gold"], told["answers"], strict=True))}


FORGERIES: dict[str, tuple[str, Forge]] = {
    "unpublished": ("files", remove("Released")),
    "other manifest hash": ("files", put("Released", manifestHash=bytes(32))),
    "never created": ("identity", remove("DatasetCreated")),
    "other policy hash": ("identity", put("DatasetCreated", policyHash=bytes(32))),
    "other owner": ("identity", edit("DatasetCreated", lambda v: {"params": (STRANGER, *v["params"][1:])})),
    "never submitted": ("batches", remove("Submitted")),
    "submitted otherwise": ("batches", put("Submitted", itemCount=299)),
    "still held": ("batches", remove("Settled", 1)),
    "settled twice": ("batches", repeat("Settled")),
    "void": ("batches", put("Settled", decided=False)),
    # --------------------------------------------------------------- the record
    "no draw": ("record", remove("Drawn")),
    "draw of another round": ("record", put("Drawn", 1, round=2)),
    "draw nobody asked for": ("record", remove("DrawRequested")),
    "screened twice": ("record", repeat("Screened")),
    "neither screened nor skipped": ("record", remove("ScreeningSkipped")),
    "committed twice": ("record", repeat("Committed")),
    "revealed without commitment": ("record", remove("Committed")),
    "chosen entropy block": ("record", more("DrawRequested", "entropyBlock", -1)),
    "longer windows": ("record", more("DrawRequested", "commitDeadline", 60)),
    "fewer pictures": ("record", more("Screened", "positions", -1)),
    "another status": ("record", more("Concluded", "status")),
    "silent who revealed": ("record", edit("Concluded", lambda v: {"status": v["status"] ^ 1 << 56})),
    "more in question": ("record", more("Escalated", "items")),
    "round that never began": ("record", remove("Escalated")),
    "round without an end": ("record", remove("Concluded")),
    "appeal of other items": ("record", edit("Appealed", lambda v: {"items": flipped(v["items"], 9)})),
    "appeals left open": ("record", remove("Escalated", 1)),
    "hidden round": ("record", hidden_round),
    # --------------------------------------------------------------- screenings
    "forged flags": ("screening", opening(lambda told: {"flags": flipped(told["flags"])})),
    "flags beyond the items": ("screening", opening(lambda told: {"flags": (*told["flags"], 1)})),
    "moved gold": ("screening", opening(moved_gold)),
    "changed answer": ("screening", opening(other_answer)),
    "other task": ("screening", opening(lambda _: {"task_root": bytes(32)})),
    "other task all along": ("screening", put("Screened", taskRoot=bytes(32))),
    "other model": ("screening", opening(lambda _: {"model": bytes(32)})),
    "hidden opening": ("tasks", remove("ScreeningOpened")),
    # --------------------------------------------------------------- votes
    "forged single vote": ("ballots", ballots(forged_vote)),
    "verdicts beyond the positions": (
        "ballots",
        ballots(lambda told: [(seat, secret, (*said, 1) if said else said) for seat, secret, said in told]),
    ),
    "forged salt": ("ballots", ballots(lambda told: [(told[0][0], bytes(32), told[0][2]), *told[1:]])),
    "forged commitment": ("ballots", ballots(lambda told: [(told[0][0], bytes(32)), *told[1:]], "Committed")),
    "openings in another order": ("ballots", ballots(lambda told: told[::-1])),
    "wrong panel": ("ballots", with_stranger),
    # --------------------------------------------------------------- tallies
    "a struck seat counted": ("tally", edit("Concluded", lambda v: {"counted": v["counted"] | 4})),
    "an honest seat struck": ("tally", edit("Concluded", lambda v: {"counted": v["counted"] & ~1})),
    "inconclusive after all": ("tally", put("Concluded", conclusive=False)),
    "forged outcome": ("tally", edit("Concluded", lambda v: {"accepted": flipped(v["accepted"])}, 1)),
    "forged panel outcome": ("tally", edit("Concluded", lambda v: {"panelAccepted": flipped(v["panelAccepted"])}, 1)),
    "forged count": ("tally", more("Settled", "acceptedCount")),
    "dearer escalation": ("tally", more("Escalated", "reserve")),
    "never held": ("tally", put("Held", deadline=0)),
    "held without a further panel": ("tally", put("Held", 1, deadline=5)),
    "dearer skip": ("tally", more("ScreeningSkipped", "reserve")),
    "escalated without money": ("tally", remove("DatasetFunded")),
    # --------------------------------------------------------------- appeals
    "cheaper bond": ("appeals", more("Appealed", "bond", -1)),
    "wrong appeal refund": ("appeals", more("AppealSettled", "amount")),
    "refund from elsewhere": ("appeals", more("AppealSettled", "fromBounty", -1)),
    "refund to another": ("appeals", put("AppealSettled", appellant=STRANGER)),
    "refund kept": ("appeals", remove("AppealSettled")),
    "appeal paid by the bounty": ("appeals", more("Escalated", "reserve", at=1)),
    "unseated round kept its fees": ("appeals", more("Unseated", "returned", -1)),
    # --------------------------------------------------------------- money
    "wrong payout": ("payouts", edit("Settled", lambda v: {"payouts": first_raised(v["payouts"])})),
    "wrong slash": ("payouts", edit("Settled", lambda v: {"slashes": first_raised(v["slashes"])})),
    "wrong reward": ("payouts", more("Settled", "reward")),
    "wrong stake returned": ("payouts", more("Settled", "stakeReturned", -1)),
    "wrong bounty returned": ("payouts", more("Settled", "bountyReturned")),
    "wrong stake": ("payouts", more("Submitted", "stake")),
    "wrong reserve": ("payouts", more("Submitted", "reserve")),
    # --------------------------------------------------------------- accounts
    "wrong tier": ("accounts", opening(turned, 0, "void")),
    "hidden void batch": ("accounts", remove("Settled", 0, "void")),
    "paid in another batch": (
        "accounts",
        edit("Settled", lambda v: {"payouts": first_raised(v["payouts"])}, 0, "void"),
    ),
    "bounty kept in another batch": ("accounts", put("Settled", 0, "void", bountyReturned=0)),
    "stake from nowhere": ("accounts", more("Staked", "stake", 10**6, at=3)),
    "more stake": ("accounts", edit("Staked", lambda v: {key: v[key] + 10**6 for key in ("amount", "stake")}, 3)),
    "a reviewer left out": ("accounts", remove("Staked", 4)),
    "one place for two": ("accounts", put("Staked", 3, index=2)),
    "another place": ("accounts", put("Staked", 17, index=30)),
    "hidden unstaking": ("accounts", remove("Unstaked")),
    "hidden deposit": ("accounts", remove("Deposited")),
    # --------------------------------------------------------------- draws
    "forged entropy": ("panel", put("Drawn", entropy=bytes(32))),
    "chosen entropy block all along": ("panel", in_the_status_too("entropyBlock", -1)),
    "longer windows all along": ("panel", in_the_status_too("commitDeadline", 60)),
    "another epoch": ("panel", put("Drawn", epoch=0)),
    "more seats asked for": ("panel", put("DrawRequested", seats=9)),
    "entropy asked for until it suits": ("panel", repeat("DrawRequested", 1)),
    "a linked reviewer sat": ("panel", linked_reviewer),
    # --------------------------------------------------------------- what the contract kept
    "foreign link list": ("seal", foreign_links),
    "dropped link": ("seal", dropped_link),
    # --------------------------------------------------------------- the release
    "wrong root": ("manifest", put("Released", manifestRoot=bytes(32))),
    "wrong count": ("manifest", more("Released", "itemCount")),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_event_breaks_its_step(case: Any, name: str) -> None:
    step, forge = FORGERIES[name]
    forge(case.node)
    broken = case.verify().broken
    assert broken is not None
    assert broken.name == step, broken


ALONE: dict[str, tuple[str, Forge, str]] = {
    "wrong panel": ("panel", with_stranger, "another panel"),
    "forged single vote": ("tally", ballots(forged_last_vote), "decided otherwise"),
    "wrong tier": ("panel", opening(turned), "another panel"),
    "moved gold": ("tasks", opening(moved_gold), "other gold"),
    "changed answer": ("tasks", opening(other_answer), "other gold or answers"),
    "other task": ("tasks", put("Screened", taskRoot=bytes(32)), "not those under its root"),
    "hidden round": ("payouts", hidden_round, "the payouts on the chain differ"),
}


@pytest.mark.parametrize("name", ALONE)
def test_a_step_finds_it_although_those_before_were_not_asked(case: Any, name: str) -> None:
    step, forge, words = ALONE[name]
    assert case.step(step) is None
    forge(case.node)
    said = case.step(step)
    assert said is not None and words in said


def test_gold_moved_with_a_new_commitment_to_it_opens_no_ballot(case: Any) -> None:
    """A detector and a node that together replace a screening: the reviewers bound the one they were shown."""
    opening(other_answer)(case.node)
    told = case.node.find("ScreeningOpened", 0, "appealed").values
    _, _, model, scores, salt, *bitmaps = told["opening"]
    flags, gold, answers = (p.bitmap_hash(words) for words in bitmaps)
    message = p.Screening(told["batchId"], 0, model, scores, flags, gold, answers, salt)
    domain = p.Domain(31337, case.node.told.contract)
    case.node.find("Screened", 0, "appealed").values["commitment"] = p.eip712_digest(domain, message)
    assert case.step("screening") is None
    assert "does not open its commitment" in (case.step("ballots") or "")


POOR: dict[str, tuple[str, Forge]] = {
    "money that was there": ("tally", edit("DatasetFunded", lambda v: {"amount": v["amount"] + 10**6}, 1)),
    "a larger panel that was affordable": (
        "tally",
        edit("DatasetFunded", lambda v: {"amount": v["amount"] + 12_000}, 2),
    ),
    "a bond kept": ("appeals", more("AppealSettled", "amount", -1, batch="unaffordable")),
    "a bond returned twice": ("appeals", repeat("AppealSettled", batch="unaffordable")),
}


@pytest.mark.parametrize("name", POOR)
def test_what_a_poor_dataset_could_pay_is_recomputed(poor: Any, name: str) -> None:
    step, forge = POOR[name]
    forge(poor.node)
    broken = poor.verify().broken
    assert broken is not None
    assert broken.name == step, broken


@pytest.mark.parametrize(
    "forge",
    [
        put("AppealSettled", 0, "unaffordable", fromBounty=15_000),
        put("Unseated", 0, "unaffordable", returned=15_000),
    ],
)
def test_a_bond_that_went_through_a_bounty_breaks_what_the_bounty_could_pay_first(poor: Any, forge: Forge) -> None:
    forge(poor.node)
    assert poor.broken() == "tally"
    assert poor.step("appeals") is not None


def test_a_panel_that_could_have_sat_is_not_given_up(case: Any) -> None:
    """Without the links that left nobody, the unseated round would have had a panel."""
    case.node.find("Screened", 1, "unseated").values["links"] = ()
    step = case.verify().broken
    assert step.name == "panel"
    assert "was given up although 5 reviewers could be drawn" in step.sentence


def test_without_the_past_a_foreign_link_that_changed_no_draw_is_not_seen_and_the_report_says_so(case: Any) -> None:
    foreign_links(case.node)
    case.node.remembers_states = False
    report = case.verify()
    assert report.holds
    assert any("follow from the chain's Screened events alone" in note for note in report.notes)


@pytest.mark.parametrize(
    ("view", "step", "words"),
    [
        ("sealOf(bytes32)", "seal", "another outcome"),
        ("bountyOf(bytes32)", "accounts", "another bounty"),
        ("detectorRecordOf(bytes32)", "accounts", "the detector has another record"),
        ("accountOf(address)", "accounts", "other amounts"),
    ],
)
def test_a_contract_that_keeps_something_else(case: Any, view: str, step: str, words: str) -> None:
    case.node.overrides[p.keccak(view.encode())[:4]] = "0x" + "00" * 32 * 10
    broken = case.verify().broken
    assert (broken.name, words in broken.sentence) == (step, True), broken


def test_a_screening_that_was_never_opened_is_mentioned(case: Any) -> None:
    assert any("1 screenings were committed but never opened" in note for note in case.verify().notes)
