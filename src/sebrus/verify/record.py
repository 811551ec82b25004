"""Steps record and seal: every batch's record follows from its events, and is the one that the contract kept."""

from sebrus.protocol import final_seal, is_bitmap, popcount
from sebrus.verify.contents import BatchFile
from sebrus.verify.errors import require
from sebrus.verify.evidence import Evidence
from sebrus.verify.replay import Replay

_HASH = ("bytes32",)


def verify_record(evidence: Evidence) -> str:
    """Each event can follow those before it, from the submission to the settlement, and no round is left out."""
    events = 0
    for batch, replay in evidence.decided():
        name, last = replay.name, replay.concluded[-1:]
        require(replay.settled is not None and replay.record is None, f"{name} did not end with its settlement")
        for round_ in replay.rounds:
            count = popcount(round_.question) if round_.question else replay.item_count
            fits = not round_.question or is_bitmap(round_.question, replay.item_count)
            told = fits and count == round_.items
            require(told, f"{name}: what is in question in round {round_.number} is no bitmap of {round_.items} items")
            require(round_.end is not None or round_ is replay.rounds[-1], f"{name}: round {round_.number} never ended")
        require(bool(last), f"{name} was settled without a concluded round")
        same = (batch.last_round, batch.panel) == (last[0].number, last[0].panel)
        require(same, f"{name}: batches.jsonl names another last round or panel")
        _check_rounds(batch, replay)
        events += len(evidence.history.batch(batch.batch_id).events)
    return f"{events} events follow from each other, round after round"


def _check_rounds(batch: BatchFile, replay: Replay) -> None:
    told, known = [one.number for one in batch.rounds], [one.number for one in replay.rounds]
    require(told == known, f"{replay.name}: batches.jsonl tells of rounds {told}, the chain of rounds {known}")


def verify_seals(evidence: Evidence) -> str:
    """The hashes of the replayed records are those that the contract kept, before the settlement and now."""
    unseen = 0
    for batch, replay in evidence.decided():
        found = evidence.rpc.read(evidence.manifest.contract, "sealOf(bytes32)", [batch.batch_id], _HASH)
        assert replay.decision is not None
        same = found == (final_seal(replay.decision.accepted),)
        require(same, f"{replay.name}: the contract keeps another outcome than its events give")
        unseen += not _check_before(evidence, batch, replay)
    if unseen:
        evidence.notes.append(
            f"The node no longer has the state before the settlement of {unseen} of {len(evidence.batches)} batches: "
            "there the accounts linked in a screening follow from the chain's Screened events alone."
        )
    return f"{len(evidence.batches)} batches end as the contract keeps them"


def _check_before(evidence: Evidence, batch: BatchFile, replay: Replay) -> bool:
    """Tell whether the record before the settlement could be compared; `StepFailed` when the contract kept another."""
    assert replay.settled is not None and replay.final is not None
    events = evidence.history.batch(batch.batch_id).events
    block = replay.settled.at.block - 1
    if any(event.at.block > block for event in events if event is not replay.settled):
        return False
    found = evidence.rpc.read_past(evidence.manifest.contract, "sealOf(bytes32)", [batch.batch_id], _HASH, block)
    if found is None:
        return False
    same = found == (replay.final.seal(),)
    require(same, f"{replay.name}: the contract kept another record before the settlement than its events give")
    return True
