"""Steps ballots, panel, screening and tally: who sat, what they bound themselves to, and what follows from it."""

from collections.abc import Sequence

from sebrus.protocol import (
    MAX_SEATS,
    Ballot,
    Domain,
    Policy,
    Screening,
    bitmap_hash,
    draw_entropy,
    draw_panel,
    eip712_digest,
    entropy_block,
    is_bitmap,
    panel_hash,
    tally_verdicts,
)
from sebrus.verify.contents import BatchFile
from sebrus.verify.errors import require
from sebrus.verify.events import Event
from sebrus.verify.evidence import Evidence
from sebrus.verify.history import BatchHistory, Round

BLOCKHASH_REACH = 256


def verify_ballots(evidence: Evidence) -> str:
    """Only seated reviewers voted, once each, bound before anyone revealed, and every reveal opens its commitment."""
    policy, opened = evidence.manifest.dataset.policy, 0
    for batch, history in evidence.decided():
        rounds = history.rounds()
        settled = history.one("Settled")
        for round_ in rounds:
            last = round_ is rounds[-1]
            end = settled if last else round_.failed
            require(end is not None, f"{history.name}: round {round_.number} neither failed nor was settled")
            assert end is not None
            require(len(round_.panel) <= MAX_SEATS, f"{history.name}: a panel has more than {MAX_SEATS} seats")
            require(not last or round_.failed is None, f"{history.name}: the settled round failed")
            _check_order(history.name, round_, end)
            opened += _check_openings(evidence.domain, policy, batch, history.name, round_)
            reached = len(round_.revealed) >= policy.quorum
            require(reached == last, f"{history.name}: round {round_.number} ended against the quorum")
        final = rounds[-1]
        require(final.number == settled["round"] == batch.round, f"{history.name} was settled in another round")
        require(final.panel == batch.panel, f"{history.name}: batches.jsonl names another panel")
    return f"{opened} reveals open the commitments of seated reviewers"


def _check_order(name: str, round_: Round, end: Event) -> None:
    steps = [round_.requested, round_.drawn, *round_.committed, *round_.revealed, end]
    places = [event.at for event in steps]
    require(places == sorted(set(places)), f"{name}: the events of round {round_.number} are out of order")


def _check_openings(domain: Domain, policy: Policy, batch: BatchFile, name: str, round_: Round) -> int:
    commitments: dict[int, bytes] = {}
    where = f"{name}, round {round_.number}"
    for event in (*round_.committed, *round_.revealed):
        seat = event["seat"]
        held = seat < len(round_.panel) and round_.panel[seat] == event["reviewer"]
        require(held, f"{where}: {event['reviewer']} does not hold seat {seat}")
    for event in round_.committed:
        require(event["seat"] not in commitments, f"{where}: seat {event['seat']} committed twice")
        commitments[event["seat"]] = event["commitment"]
    panel, seen = panel_hash(round_.panel), set()
    for event in round_.revealed:
        seat = event["seat"]
        require(seat not in seen, f"{where}: seat {seat} revealed twice")
        seen.add(seat)
        require(is_bitmap(event["verdicts"], batch.key.item_count), f"{where}: seat {seat} revealed no bitmap")
        ballot = Ballot(
            batch_id=batch.batch_id,
            round=round_.number,
            panel_hash=panel,
            policy_hash=policy.policy_hash,
            reviewer=event["reviewer"],
            verdicts_hash=bitmap_hash(event["verdicts"]),
            salt=event["salt"],
        )
        opens = commitments.get(seat) == eip712_digest(domain, ballot)
        require(opens, f"{where}: the reveal of seat {seat} does not open its commitment")
    return len(seen)


def verify_panel(evidence: Evidence) -> str:
    """Every panel is the one that the stakes at the snapshot and the entropy block's hash decide."""
    manifest, contract = evidence.manifest, evidence.manifest.contract
    min_stake = evidence.rpc.read_uint(contract, "minStake")
    epoch_length = evidence.rpc.read_uint(contract, "epochLength")
    require(epoch_length > 0, "the contract's epochs have no blocks")
    draws = unseen = 0
    for batch, history, round_ in evidence.rounds():
        where = f"{history.name}, round {round_.number}"
        _check_request(evidence, history, round_, epoch_length, where)
        unseen += not _check_entropy(evidence, batch, round_, where)
        epoch = round_.drawn["epoch"]
        reviewers, weights = evidence.history.ledger.snapshot(epoch * epoch_length - 1, min_stake)
        barred = {batch.key.contributor, manifest.dataset.owner, manifest.dataset.detector}
        excluded = {place for place, reviewer in enumerate(reviewers) if reviewer in barred}
        drawn = draw_panel(weights, excluded, round_.drawn["entropy"], round_.requested["seats"])
        panel = tuple(reviewers[place] for place in drawn)
        require(panel == round_.panel, f"{where}: the stakes and the entropy decide another panel")
        draws += 1
    if unseen:
        evidence.notes.append(
            f"The node no longer has the entropy block of {unseen} of {draws} draws: "
            "there the entropy is taken from the chain's Drawn event."
        )
    return f"{draws} draws give the panels that sat"


def _check_request(evidence: Evidence, history: BatchHistory, round_: Round, epoch_length: int, where: str) -> None:
    policy = evidence.manifest.dataset.policy
    screened = history.maybe("Screened") is not None
    seats = policy.panel_size if screened else policy.panel_size_unscreened
    require(
        round_.requested["seats"] == seats, f"{where}: {round_.requested['seats']} seats were asked for, not {seats}"
    )
    block, drawn = round_.requested["entropyBlock"], round_.drawn
    expected = entropy_block(round_.requested.at.block, policy.draw_delay, epoch_length)
    require(block == expected, f"{where}: the entropy block is {block}, not {expected}")
    require(drawn["epoch"] == block // epoch_length, f"{where}: the draw names another epoch than its entropy block's")
    in_time = block < drawn.at.block <= block + BLOCKHASH_REACH and drawn.at.block // epoch_length == drawn["epoch"]
    require(in_time, f"{where}: the draw was made outside its time")


def _check_entropy(evidence: Evidence, batch: BatchFile, round_: Round, where: str) -> bool:
    """Tell whether the node still has the entropy block; `StepFailed` when its hash gives another entropy."""
    block_hash = evidence.rpc.block_hash(round_.requested["entropyBlock"])
    if block_hash is None or len(block_hash) != 32:
        return False
    entropy = draw_entropy(block_hash, batch.batch_id, round_.number)
    require(entropy == round_.drawn["entropy"], f"{where}: the entropy does not follow from the block's hash")
    return True


def verify_screening(evidence: Evidence) -> str:
    """The detector committed before the draw, and what it opened is what it committed."""
    opened = unopened = 0
    for batch, history in evidence.decided():
        name, settled = history.name, history.one("Settled")
        screened, skipped = history.maybe("Screened"), history.maybe("ScreeningSkipped")
        require((screened is None) != (skipped is None), f"{name} was neither or both screened and skipped")
        first = screened or skipped
        assert first is not None
        in_order = history.one("Submitted").at < first.at < history.all("DrawRequested")[0].at
        require(in_order, f"{name}: the screening was not committed before the first draw was asked for")
        opening = history.maybe("ScreeningOpened")
        if opening is None:
            unopened += screened is not None
            continue
        require(screened is not None, f"{name}: a screening was opened that nobody committed")
        assert screened is not None
        require(opening.at < settled.at, f"{name}: the screening was opened after the settlement")
        require(is_bitmap(opening["flags"], batch.key.item_count), f"{name}: the flags are no bitmap over its items")
        screening = Screening(
            batch_id=batch.batch_id,
            model_hash=opening["modelHash"],
            scores_root=opening["scoresRoot"],
            flags_hash=bitmap_hash(opening["flags"]),
            salt=opening["salt"],
        )
        committed: bytes = screened["commitment"]
        require(
            eip712_digest(evidence.domain, screening) == committed,
            f"{name}: the screening opened is not the one committed",
        )
        opened += 1
    if unopened:
        evidence.notes.append(
            f"{unopened} screenings were committed but never opened: nothing counted as flagged there."
        )
    return f"{opened} of {len(evidence.batches)} batches were screened blind, and the openings fit"


def verify_tally(evidence: Evidence) -> str:
    """What the chain and the files accept follows from the revealed verdicts and the opened flags."""
    policy, total = evidence.manifest.dataset.policy, 0
    for batch, history in evidence.decided():
        settled, opening = history.one("Settled"), history.maybe("ScreeningOpened")
        flags: Sequence[int] | None = opening["flags"] if opening is not None else None
        verdicts = [event["verdicts"] for event in history.rounds()[-1].revealed]
        outcome = tally_verdicts(verdicts, batch.key.item_count, flags, policy.detector_votes)
        found = (tuple(settled["accepted"]), tuple(settled["panelAccepted"]), settled["acceptedCount"])
        expected = (outcome.accepted, outcome.panel_accepted, outcome.accepted_count)
        require(found == expected, f"{history.name}: the chain settled another outcome than the verdicts give")
        require(tuple(batch.accepted) == outcome.accepted, f"{history.name}: batches.jsonl accepts other items")
        same = tuple(batch.panel_accepted) == outcome.panel_accepted
        require(same, f"{history.name}: batches.jsonl has the panel accept other items")
        total += outcome.accepted_count
    listed = {b.batch_id: b.accepted_count for b in evidence.manifest.batches}
    for batch in evidence.batches:
        count = sum(word.bit_count() for word in batch.accepted)
        require(listed[batch.batch_id] == count, "the manifest counts other accepted items")
    return f"{total} items are accepted by the verdicts and flags on the chain"
