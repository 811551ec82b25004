"""Reviews: what waits for a reviewer, tasks, commitments, openings, appeals, and how good reviewers are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from sebrus.api.dependencies import Reading, Running
from sebrus.api.document import refusing
from sebrus.api.schemas import Address, Hash, RoundNumber, Signature, Taken
from sebrus.api.schemas_review import (
    AppealIn,
    BallotIn,
    EstimateOut,
    EvidenceOut,
    OpeningIn,
    PictureOut,
    ReviewerOut,
    ReviewOut,
    TaskOut,
)
from sebrus.platform.appeals import take_appeal
from sebrus.platform.evidence import evidence_of
from sebrus.platform.keys import hash_bytes, hash_text
from sebrus.platform.quality import Qualities, estimates_of
from sebrus.platform.refusals import not_found
from sebrus.platform.review import open_seats, take_ballot, take_opening
from sebrus.platform.tasks import shown_pictures
from sebrus.platform.visible import check_look
from sebrus.protocol.digest import screening_word
from sebrus.protocol.keccak import ZERO32
from sebrus.protocol.reputation import ReviewerRecord, draw_weight
from sebrus.store.models import SentOpening, SignedAppeal, SignedBallot
from sebrus.store.projected import Account, Batch, Round

router = APIRouter(tags=["reviews"])

QUALITIES = Qualities()


@router.get("/reviews/{reviewer}", responses=refusing(503))
def list_reviews(application: Running, reviewer: Address) -> list[ReviewOut]:
    """The reviewer's seats in rounds that vote, the most urgent first."""
    return [
        ReviewOut(
            batch_id=held.batch.id,
            dataset_id=held.batch.dataset_id,
            round=held.batch.round,
            seat=held.seat.seat,
            panel=held.panel,
            positions=held.record.status.positions,
            screening=hash_text(held.record.screening),
            state=held.state,
            commit_deadline=held.record.status.deadline,
            reveal_deadline=held.record.status.reveal_deadline,
        )
        for held in open_seats(application, reviewer)
    ]


@router.get("/batches/{batch_id}/rounds/{round_number}/task", responses=refusing(403, 404, 503))
def get_task(
    application: Running,
    session: Reading,
    batch_id: Hash,
    round_number: RoundNumber,
    reviewer: Annotated[Address | None, Query(description="Who asks, while the round is not public.")] = None,
    signature: Annotated[Signature | None, Query(description="Of `Look`, by the reviewer.")] = None,
) -> TaskOut:
    """What the reviewers of a round are shown: to its panel with a signature, to everybody once that is public."""
    batch, round_ = session.get(Batch, batch_id), session.get(Round, (batch_id, round_number))
    if batch is None or round_ is None:
        raise not_found("round", f"{round_number} of batch {batch_id}")
    check_look(application, session, batch, round_, reviewer, signature)
    pictures = shown_pictures(session, batch, round_)
    evidence = None if pictures is None else evidence_of(application, session, batch, round_)
    word = ZERO32
    if round_.commitment is not None and round_.task_root is not None:
        word = screening_word(hash_bytes(round_.commitment), hash_bytes(round_.task_root))
    return TaskOut(
        batch_id=batch_id,
        round=round_number,
        screening=hash_text(word),
        commitment=round_.commitment,
        task_root=round_.task_root,
        positions=round_.positions,
        pictures=None if pictures is None else [PictureOut.model_validate(one) for one in pictures],
        evidence=None if evidence is None else [EvidenceOut.model_validate(one) for one in evidence],
    )


@router.post("/ballots", status_code=202, responses=refusing(400, 403, 404, 409, 503))
def commit_verdicts(application: Running, ballot: BallotIn) -> Taken:
    """Hand in a signed commitment; it is brought to the chain for you."""
    signed = SignedBallot(**ballot.model_dump(exclude={"sealed"}), refusal=None)
    take_ballot(application, signed, ballot.sealed)
    return Taken()


@router.post("/openings", status_code=202, responses=refusing(400, 403, 404, 409, 503))
def reveal_verdicts(application: Running, opening: OpeningIn) -> Taken:
    """Open a commitment, once commits are over."""
    take_opening(application, SentOpening(**opening.model_dump(), refusal=None))
    return Taken()


@router.post("/appeals", status_code=202, responses=refusing(400, 403, 404, 409, 503))
def appeal_decision(application: Running, appeal: AppealIn) -> Taken:
    """Hand in a signed appeal against a held decision; it is brought to the chain for you."""
    take_appeal(application, SignedAppeal(**appeal.model_dump(), refusal=None))
    return Taken()


@router.get("/reviewers/{address}")
def get_reviewer(application: Running, session: Reading, address: Address) -> ReviewerOut:
    """A reviewer's record on chain and what it weighs, beside what truth inference says of the same verdicts."""
    row = session.get(Account, address)
    names = ("stake", "locked", "earned", "slashed", "gold_seen", "gold_right", "items_seen", "items_coherent")
    values = {name: getattr(row, name) if row else 0 for name in names}
    record = ReviewerRecord(*(values[name] for name in names[4:]))
    return ReviewerOut(
        address=address,
        tier=record.tier,
        weight=draw_weight(values["stake"], record.tier, application.deployment.min_stake),
        estimates=[EstimateOut.model_validate(one) for one in estimates_of(session, QUALITIES, address)],
        **values,
    )
