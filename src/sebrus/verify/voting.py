"""Steps ballots and tally: what the reviewers bound themselves to, and what follows from it."""

from sebrus.protocol import (
    MAX_SEATS,
    ZERO32,
    Ballot,
    Decision,
    Policy,
    RoundTally,
    bitmap_hash,
    eip712_digest,
    is_bitmap,
    panel_hash,
    popcount,
    round_reserve,
    screening_word,
    tally_round,
)
from sebrus.verify.contents import BatchFile
from sebrus.verify.errors import arithmetic, require
from sebrus.verify.events import Event
from sebrus.verify.evidence import Evidence
from sebrus.verify.replay import Replay, Round


def verify_ballots(evidence: Evidence) -> str:
    """Only seated reviewers voted, once each, bound before anyone revealed, and every opening opens its commitment."""
    opened = 0
    for batch, replay, round_ in evidence.rounds():
        where = f"{replay.name}, round {round_.number}"
        require(len(round_.panel) <= MAX_SEATS, f"{where}: the panel has more than {MAX_SEATS} seats")
        require(len(set(round_.panel)) == len(round_.panel), f"{where}: a reviewer holds two seats")
        for event in round_.revealed:
            _check_openings(evidence, batch, round_, event, where)
        opened += len(round_.verdicts)
    return f"{opened} openings open the commitments of seated reviewers"


def _check_openings(evidence: Evidence, batch: BatchFile, round_: Round, event: Event, where: str) -> None:
    """Each ballot that a `Revealed` tells of is the commitment made for its seat, alone or opened."""
    order = [seat for seat, _, _ in event["ballots"]]
    require(order == list(round_.commitments), f"{where}: the openings are not in the order of the commitments")
    word = ZERO32
    if round_.screened is not None:
        word = screening_word(round_.screened["commitment"], round_.screened["taskRoot"])
    for seat, secret, verdicts in event["ballots"]:
        commitment = secret
        if verdicts:
            fits = is_bitmap(verdicts, round_.positions)
            require(fits, f"{where}: the verdicts of seat {seat} are no bitmap over {round_.positions} positions")
            ballot = Ballot(
                batch_id=batch.batch_id,
                round=round_.number,
                screening=word,
                panel_hash=panel_hash(round_.panel),
                reviewer=round_.panel[seat],
                verdicts_hash=bitmap_hash(verdicts),
                salt=secret,
            )
            commitment = eip712_digest(evidence.domain, ballot)
        opens = round_.commitments[seat] == commitment
        require(opens, f"{where}: the opening of seat {seat} does not open its commitment")


def verify_tally(evidence: Evidence) -> str:
    """Every round's outcome and what followed, and what is accepted in the end, follow from the votes and flags."""
    total = rounds = 0
    listed = {batch.batch_id: batch.accepted_count for batch in evidence.manifest.batches}
    for batch, replay in evidence.decided():
        for round_ in replay.rounds:
            _check_skip(evidence, replay, round_)
            if round_.concluded is not None:
                _check_next(evidence, replay, round_, _check_outcome(evidence.policy, replay, round_))
                rounds += 1
        total += _check_decision(batch, replay, listed[batch.batch_id])
    return f"{rounds} rounds decided what their votes and flags say: {total} items are accepted"


def _check_outcome(policy: Policy, replay: Replay, round_: Round) -> RoundTally:
    """Tally a round and compare it with what the chain concluded."""
    where, told = f"{replay.name}, round {round_.number}", round_.concluded
    assert told is not None
    opening = round_.opening
    with arithmetic(where):
        outcome = tally_round(
            policy,
            replay.item_count,
            round_.voted(),
            round_.before,
            screened=round_.screened is not None,
            flags=opening.flags if opening else (),
        )
    require(told["counted"] == outcome.counted, f"{where}: the chain counted other seats than the gold passes")
    same = bool(told["conclusive"]) == outcome.conclusive
    require(same, f"{where}: the chain says otherwise whether the round decided")
    require(round_.after == outcome.decision, f"{where}: the chain decided otherwise than the votes and flags say")
    return outcome


def _check_next(evidence: Evidence, replay: Replay, round_: Round, outcome: RoundTally) -> None:
    """After the round comes a larger panel if there is something to ask, somebody to ask, and money; a hold if not."""
    where, policy, end = f"{replay.name}, round {round_.number}", evidence.policy, round_.end
    require(end is not None, f"{where}: nothing followed the conclusion")
    assert end is not None and replay.submitted is not None
    further = round_.number + 1 < len(policy.panel_sizes)
    goes_on = further and outcome.items > 0 and not round_.appeals
    fees = round_reserve(policy, round_.number + 1, outcome.items) if goes_on else 0
    if goes_on and fees <= evidence.bounties.before(replay.submitted["datasetId"], end.at):
        found = (end.name, end.values.get("items"), end.values.get("question"), end.values.get("reserve"))
        expected = ("Escalated", outcome.items, outcome.question, fees)
        require(found == expected, f"{where}: a larger panel should have looked at {outcome.items} items in question")
        return
    require(end.name == "Held", f"{where}: another round followed although none can")
    held = further and policy.hold_window > 0
    require((end["deadline"] > 0) == held, f"{where}: the decision is held against the policy")


def _check_skip(evidence: Evidence, replay: Replay, round_: Round) -> None:
    """A first round without screening is the larger one, if there is one and the bounty covers the difference."""
    skipped, policy = round_.skipped, evidence.policy
    if skipped is None:
        return
    assert replay.submitted is not None
    number, reserve = round_.number, 0
    if round_ is replay.rounds[0]:
        number = 0
        if policy.escalated_size:
            more = round_reserve(policy, 1, round_.items) - round_reserve(policy, 0, round_.items)
            if more <= evidence.bounties.before(replay.submitted["datasetId"], skipped.at):
                number, reserve = 1, more
    same = (skipped["round"], skipped["reserve"]) == (number, reserve)
    require(same, f"{replay.name}: the round without screening should have gone on as round {number}")


def _check_decision(batch: BatchFile, replay: Replay, listed: int) -> int:
    """The settlement and the files have the last decision; returns how many items it accepts."""
    name, decision, settled = replay.name, replay.decision, replay.settled
    require(decision is not None, f"{name} was settled without a decision")
    assert decision is not None and settled is not None
    count = decision.accepted_count
    require(settled["acceptedCount"] == count, f"{name}: the chain settled another number of accepted items")
    found = Decision(batch.accepted, batch.panel_accepted, batch.flags)
    require(found.accepted == decision.accepted, f"{name}: batches.jsonl accepts other items")
    require(found.panel_accepted == decision.panel_accepted, f"{name}: batches.jsonl has the panel accept other items")
    require(found.flags == decision.flags, f"{name}: batches.jsonl has other items flagged")
    require(listed == popcount(batch.accepted), "the manifest counts other accepted items")
    return count
