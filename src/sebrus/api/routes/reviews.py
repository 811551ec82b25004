"""Reviews: what waits for a reviewer, commitments and openings."""

from __future__ import annotations

from fastapi import APIRouter

from sebrus.api.dependencies import Running
from sebrus.api.schemas import Address, BallotIn, OpeningIn, ReviewOut, Taken
from sebrus.platform.review import open_seats, take_ballot, take_opening
from sebrus.store.models import SentOpening, SignedBallot

router = APIRouter(tags=["reviews"])


@router.get("/reviews/{reviewer}")
def list_reviews(application: Running, reviewer: Address) -> list[ReviewOut]:
    """The reviewer's seats in running rounds, the most urgent first."""
    return [
        ReviewOut(
            batch_id=held.batch.id,
            dataset_id=held.batch.dataset_id,
            round=held.batch.round,
            seat=held.seat.seat,
            panel=held.panel,
            policy_hash=held.policy_hash,
            item_count=held.batch.item_count,
            state=held.state,
            commit_deadline=held.batch.commit_deadline,
            reveal_deadline=held.batch.reveal_deadline,
        )
        for held in open_seats(application, reviewer)
    ]


@router.post("/ballots", status_code=202)
def commit_verdicts(application: Running, ballot: BallotIn) -> Taken:
    """Hand in a signed commitment; it is brought to the chain for you."""
    take_ballot(application, SignedBallot(**ballot.model_dump(), refusal=None))
    return Taken()


@router.post("/openings", status_code=202)
def reveal_verdicts(application: Running, opening: OpeningIn) -> Taken:
    """Open a commitment, once commits are over."""
    take_opening(application, SentOpening(**opening.model_dump(), refusal=None))
    return Taken()
