"""What the API takes and gives of rounds, reviews and appeals."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from sebrus.api.schemas import Address, Deadline, Hash, In, Out, RoundNumber, SeatNumber, Signature
from sebrus.protocol import MAX_GOLD, MAX_ITEMS, word_count

ITEM_WORDS = word_count(MAX_ITEMS)
MOST_WORDS = word_count(MAX_ITEMS + MAX_GOLD)


class RoundOut(Out):
    """One round of a batch; gold and answers (words over positions) are null until its screening is opened."""

    round: int
    state: str
    items: int
    question: list[str]
    positions: int
    on_appeal: bool
    reserve: int
    screening_deadline: int
    commitment: str | None
    task_root: str | None
    links: list[str]
    seats: int
    entropy_block: int
    commit_deadline: int
    reveal_deadline: int
    opened: bool
    gold: list[str] | None
    answers: list[str] | None
    conclusive: bool | None


class FlipCostOut(Out):
    """What buying another decision on one item puts at stake, in gwei; docs/api.md defines it."""

    seats: int
    at_stake: int
    bonds: int
    total: int


class StandingOut(Out):
    """An item that can still be decided otherwise; the first two are null while nothing is decided."""

    position: int
    accepted: bool | None
    panel_accepted: bool | None
    in_question: bool
    flip_cost: FlipCostOut


class ReviewOut(BaseModel):
    """A seat of yours in a round that votes, and what to do now.

    `positions` is how many pictures the task shows; `screening` is the word that ballots bind. `drawn` is false while
    the panel is foreseen from a mined block and its draw goes to the chain with the commitments. `sealed` is true where
    you left an opening that is opened for you, and told to you alone, as is `revealed` before the chain shows it.
    """

    batch_id: str
    dataset_id: str
    round: int
    seat: int
    panel: list[str]
    drawn: bool
    positions: int
    screening: str
    state: Literal["commit", "committed", "reveal", "revealed", "missed"]
    sealed: bool
    commit_deadline: int
    reveal_deadline: int


class PictureOut(Out):
    """One picture as reviewers are shown it."""

    sha256: str
    label: int


class EvidenceOut(Out):
    """What is known of one picture: whether the detector flagged it (null: unknown), and earlier verdicts on it."""

    flagged: bool | None
    accepts: int
    rejects: int


class TaskOut(BaseModel):
    """What the reviewers of a round are shown, by position.

    `commitment` and `task_root` are the detector's, null without a screening; their hash is the `screening` word.
    `pictures` is null where this server does not have them: reject all. `evidence` is null in a first round.
    """

    batch_id: str
    round: int
    screening: str
    commitment: str | None
    task_root: str | None
    positions: int
    pictures: list[PictureOut] | None
    evidence: list[EvidenceOut] | None


class BallotIn(In):
    """A commitment its reviewer signed (EIP-712 `Commit`), and if wanted its sealed opening (docs/sealing.md)."""

    batch_id: Hash
    round: RoundNumber
    seat: SeatNumber
    reviewer: Address
    commitment: Hash
    signature: Signature
    sealed: dict[str, Any] | None = None


class OpeningIn(In):
    """What opens a commitment; verdicts are 256-bit words."""

    batch_id: Hash
    round: RoundNumber
    seat: SeatNumber
    salt: Hash
    verdicts: Annotated[list[Hash], Field(min_length=1, max_length=MOST_WORDS)]


class AppealIn(In):
    """A signed appeal (EIP-712 `Appeal`) against the decision of a round; `items` are 256-bit words over items."""

    batch_id: Hash
    round: RoundNumber
    appellant: Address
    items: Annotated[list[Hash], Field(min_length=1, max_length=ITEM_WORDS)]
    deadline: Deadline
    signature: Signature


class AppealOut(Out):
    """An appeal on chain; `returned` is null until its round concludes."""

    number: int
    round: int
    appellant: str
    items: list[str]
    bond: int
    returned: int | None


class ShareOut(Out):
    """How often a reviewer was right: a share with its 95 % interval; `beyond_chance` is null where nothing tells."""

    right: float
    total: float
    share: float
    low: float
    high: float
    beyond_chance: float | None


class EstimateOut(Out):
    """What truth inference says of a reviewer in one dataset."""

    dataset_id: str
    aggregator: str
    verdicts: int
    gold: ShareOut
    outcome: ShareOut


class ReviewerOut(BaseModel):
    """A reviewer's record on chain, what it makes the stake weigh, and the estimates beside it."""

    address: str
    stake: int
    locked: int
    tier: int
    weight: int
    gold_seen: int
    gold_right: int
    items_seen: int
    items_coherent: int
    earned: int
    slashed: int
    estimates: list[EstimateOut]
