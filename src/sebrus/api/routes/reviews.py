"""Reviews: what waits for a reviewer, tasks, commitments, openings, appeals, and how good reviewers are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from sebrus.api.dependencies import (
    MOVING_MONEY,
    NOBODY,
    REVIEWING,
    SESSION,
    SIGNATURE,
    Reading,
    Running,
    Sender,
    key_with,
)
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
from sebrus.platform.review import OpenSeat, open_seats, take_ballot, take_opening
from sebrus.platform.tasks import shown_pictures
from sebrus.platform.visible import check_look
from sebrus.protocol.digest import screening_word
from sebrus.protocol.keccak import ZERO32
from sebrus.protocol.reputation import ReviewerRecord, draw_weight
from sebrus.store.models import SentOpening, SignedAppeal, SignedBallot
from sebrus.store.projected import Account, Batch, Round

router = APIRouter(tags=["reviews"])

QUALITIES = Qualities()


@router.get("/reviews/{reviewer}")
def list_reviews(application: Running, caller: Sender, reviewer: Address) -> list[ReviewOut]:
    """The reviewer's seats in rounds that vote, the most urgent first; to the reviewer also what is handed in here."""
    own = caller.account == reviewer and bool({"read", "review"} & set(caller.scopes))
    return [_review(held) for held in open_seats(application, reviewer, own)]


def _review(held: OpenSeat) -> ReviewOut:
    batch, record = held.panel.batch, held.panel.record
    return ReviewOut(
        batch_id=batch.id,
        dataset_id=batch.dataset_id,
        round=batch.round,
        seat=held.seat.seat,
        panel=held.panel.reviewers,
        drawn=held.panel.draw is None,
        positions=record.status.positions,
        screening=hash_text(record.screening),
        state=held.state,
        sealed=held.sealed,
        commit_deadline=record.status.deadline,
        reveal_deadline=record.status.reveal_deadline,
    )


@router.get(
    "/batches/{batch_id}/rounds/{round_number}/task",
    responses=refusing(403, 404),
    openapi_extra={"security": [NOBODY, SIGNATURE, SESSION, key_with("review")]},
)
def get_task(
    application: Running,
    session: Reading,
    caller: Sender,
    batch_id: Hash,
    round_number: RoundNumber,
    reviewer: Annotated[Address | None, Query(description="Who asks, while the round is not public.")] = None,
    signature: Annotated[Signature | None, Query(description="Of `Look`, by the reviewer.")] = None,
) -> TaskOut:
    """What the reviewers of a round are shown: to its panel, signed in or with a signature, and later to everybody."""
    batch, round_ = session.get(Batch, batch_id), session.get(Round, (batch_id, round_number))
    if batch is None or round_ is None:
        raise not_found("round", f"{round_number} of batch {batch_id}")
    check_look(application, session, batch, round_, caller, reviewer, signature)
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


@router.post("/ballots", status_code=202, dependencies=[REVIEWING], responses=refusing(403, 404, 409))
def commit_verdicts(application: Running, ballot: BallotIn) -> Taken:
    """Hand in a signed commitment; it is brought to the chain for you."""
    signed = SignedBallot(**ballot.model_dump(exclude={"sealed"}), refusal=None)
    take_ballot(application, signed, ballot.sealed)
    return Taken()


@router.post("/openings", status_code=202, dependencies=[REVIEWING], responses=refusing(403, 404, 409))
def reveal_verdicts(application: Running, opening: OpeningIn) -> Taken:
    """Open a commitment, once commits are over."""
    take_opening(application, SentOpening(**opening.model_dump(), refusal=None))
    return Taken()


@router.post("/appeals", status_code=202, dependencies=[MOVING_MONEY], responses=refusing(403, 404, 409))
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
