"""Base of the tables, and what is not derived from the chain: the outbox and the uploads.

Two kinds of tables exist. *Projected* tables (`projected.py`) are a function of the chain's events and the image store
and can be rebuilt at any time. The *outbox* below holds what people signed and what the detector found, before the
chain has it; what happens on chain never changes its rows, so that an action lost in a reorganisation is sent again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, MetaData, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Hashes are `0x` hex text, addresses checksummed text, amounts whole gwei."""

    metadata = MetaData(naming_convention=NAMING)
    # None is the database's null, not a JSON null: queries ask for it.
    type_annotation_map: ClassVar = {dict[str, Any]: JSON(none_as_null=True), list[Any]: JSON(none_as_null=True)}


def now() -> datetime:
    """The current time, in UTC."""
    return datetime.now(UTC)


class Image(Base):
    """An image that passed intake and lies in the image store."""

    __tablename__ = "image"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    pixels_sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    channels: Mapped[int]  # 1 for grey, 3 for colour
    media_type: Mapped[str] = mapped_column(String(32))
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class ClaimedItem(Base):
    """An image a signed submission holds in its dataset: the same bytes cannot be handed in twice."""

    __tablename__ = "claimed_item"

    dataset_id: Mapped[str] = mapped_column(String(66), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    batch_id: Mapped[str] = mapped_column(String(66), index=True)


class SignedAction(Base):
    """What an account signed, to be brought to the chain."""

    __abstract__ = True

    refusal: Mapped[str | None]  # why it is not sent any more
    failures: Mapped[int] = mapped_column(default=0)  # times it failed on chain after it had passed when it was tried

    created: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)

    @property
    def signer(self) -> str:
        """The account."""
        raise NotImplementedError


class Submission(SignedAction):
    """A batch its contributor signed, to be brought to the chain."""

    __tablename__ = "submission"

    batch_id: Mapped[str] = mapped_column(String(66), primary_key=True)
    dataset_id: Mapped[str] = mapped_column(String(66), index=True)
    contributor: Mapped[str] = mapped_column(String(42), index=True)
    root: Mapped[str] = mapped_column(String(66))
    item_count: Mapped[int]
    deadline: Mapped[int] = mapped_column(BigInteger)
    signature: Mapped[str]
    ready: Mapped[int | None] = mapped_column(BigInteger)  # since when the chain would take it, by its clock
    waiting: Mapped[str | None]  # why the chain does not take it yet

    @property
    def signer(self) -> str:
        """The contributor."""
        return self.contributor


class ForeseenDraw(Base):
    """The panel that follows from a mined entropy block, while the draw itself waits to be sent with the commitments.

    Asked of the chain and not projected: whoever rebuilds the tables asks again. It holds while the batch waits for a
    draw by just this block.
    """

    __tablename__ = "foreseen_draw"

    batch_id: Mapped[str] = mapped_column(String(66), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    entropy_block: Mapped[int] = mapped_column(BigInteger)
    block_hash: Mapped[str] = mapped_column(String(66))
    drawn: Mapped[list[Any]]  # accounts in the order drawn, those shut out among them: the contract's hint


class ForeseenSeat(Base):
    """A seat of a foreseen panel."""

    __tablename__ = "foreseen_seat"

    batch_id: Mapped[str] = mapped_column(String(66), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    seat: Mapped[int] = mapped_column(primary_key=True)
    reviewer: Mapped[str] = mapped_column(String(42), index=True)


class SignedBallot(SignedAction):
    """A commitment its reviewer signed, to be brought to the chain."""

    __tablename__ = "signed_ballot"

    batch_id: Mapped[str] = mapped_column(String(66), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    seat: Mapped[int] = mapped_column(primary_key=True)
    reviewer: Mapped[str] = mapped_column(String(42), index=True)
    panel_hash: Mapped[str | None] = mapped_column(String(66))  # the panel at signing: the commitment binds it
    commitment: Mapped[str] = mapped_column(String(66))
    signature: Mapped[str]

    @property
    def signer(self) -> str:
        """The reviewer."""
        return self.reviewer


class SealedBallot(Base):
    """An opening its reviewer sealed when committing, for keepers to open once the reveals have begun."""

    __tablename__ = "sealed_ballot"

    batch_id: Mapped[str] = mapped_column(String(66), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    seat: Mapped[int] = mapped_column(primary_key=True)
    envelope: Mapped[dict[str, Any]]  # names the commitment that it opens
    refusal: Mapped[str | None]  # why it could not be opened
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class SentOpening(Base):
    """Verdicts and salt a reviewer sent to be revealed."""

    __tablename__ = "sent_opening"

    batch_id: Mapped[str] = mapped_column(String(66), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    seat: Mapped[int] = mapped_column(primary_key=True)
    salt: Mapped[str] = mapped_column(String(66))
    verdicts: Mapped[list[Any]]
    refusal: Mapped[str | None]
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class SecretScreening(Base):
    """What the detector found in a batch, kept from everybody until the first opened screening shows it on chain."""

    __tablename__ = "secret_screening"

    batch_id: Mapped[str] = mapped_column(String(66), primary_key=True)
    model_hash: Mapped[str] = mapped_column(String(66))
    scores_root: Mapped[str] = mapped_column(String(66))
    flags: Mapped[list[Any]]
    links: Mapped[list[Any]]  # accounts tied to the contributor or the owner
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class SecretTask(Base):
    """What the reviewers of a round are shown, with the gold among it, and the commitment that binds both."""

    __tablename__ = "secret_task"

    batch_id: Mapped[str] = mapped_column(String(66), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    positions: Mapped[list[Any]]  # {"sha256", "label"} in the order of the positions
    task_root: Mapped[str] = mapped_column(String(66))
    flags: Mapped[list[Any]]  # words over items; empty when an earlier round has decided
    gold: Mapped[list[Any]]  # words over positions
    answers: Mapped[list[Any]]
    salt: Mapped[str] = mapped_column(String(66))
    commitment: Mapped[str] = mapped_column(String(66))
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class GoldUse(Base):
    """When a gold picture was last shown in a dataset, so that reviewers do not meet the same ones again and again."""

    __tablename__ = "gold_use"

    dataset_id: Mapped[str] = mapped_column(String(66), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    uses: Mapped[int]


class DeclaredLink(Base):
    """An account that its holder declared as tied to another: neither is drawn on the other's batches."""

    __tablename__ = "declared_link"

    account: Mapped[str] = mapped_column(String(42), primary_key=True)
    other: Mapped[str] = mapped_column(String(42), primary_key=True)
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class SignedAppeal(SignedAction):
    """An appeal its appellant signed, to be brought to the chain."""

    __tablename__ = "signed_appeal"

    batch_id: Mapped[str] = mapped_column(String(66), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    appellant: Mapped[str] = mapped_column(String(42), primary_key=True)
    items: Mapped[list[Any]]  # words over items
    deadline: Mapped[int] = mapped_column(BigInteger)
    signature: Mapped[str]

    @property
    def signer(self) -> str:
        """The appellant."""
        return self.appellant


class AccusationTest(Base):
    """One test of a contributor by the detector, in the order they were made: who is accused depends on all before.

    Contributor and dataset are told here, since the projections may lack a batch while the chain is read again.
    """

    __tablename__ = "accusation_test"

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[str] = mapped_column(String(66), index=True)
    batch_id: Mapped[str] = mapped_column(String(66), unique=True)
    contributor: Mapped[str] = mapped_column(String(42))
    p_value: Mapped[float]
    accused: Mapped[bool]


class SignedMovement(SignedAction):
    """A stake, unstake, withdrawal or payout order its account signed, to be brought to the chain."""

    __tablename__ = "signed_movement"
    __table_args__ = (UniqueConstraint("account", "nonce"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    account: Mapped[str] = mapped_column(String(42), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    nonce: Mapped[int]
    deadline: Mapped[int] = mapped_column(BigInteger)
    signature: Mapped[str]
    transaction_hash: Mapped[str | None] = mapped_column(String(66))  # where it was last sent, if that was noted

    @property
    def signer(self) -> str:
        """The account whose money moves."""
        return self.account


class FailingWallet(Base):
    """A contract wallet whose actions failed on chain, each sent alone, after they had passed when they were tried."""

    __tablename__ = "failing_wallet"

    account: Mapped[str] = mapped_column(String(42), primary_key=True)
    failures: Mapped[int]


class FailedStep(Base):
    """A step of the keeper that failed on chain after it had passed when it was tried."""

    __tablename__ = "failed_step"

    call_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)  # of its calldata
    function: Mapped[str] = mapped_column(String(32))
    failures: Mapped[int]
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class SetAside(Base):
    """A job of the worker that failed for its own reason and is not retried until a person looks."""

    __tablename__ = "set_aside"

    duty: Mapped[str] = mapped_column(String(32), primary_key=True)
    batch_id: Mapped[str] = mapped_column(String(66), primary_key=True)
    reason: Mapped[str]
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class AccountSession(Base):
    """A sign-in, until it expires or is ended; of the token that its browser keeps there is only the hash.

    An ended one stays until its nonce is too old to be used again.
    """

    __tablename__ = "account_session"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    account: Mapped[str] = mapped_column(String(42), index=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    nonce: Mapped[str] = mapped_column(String(64), unique=True)  # of the message that was signed: good once
    agent: Mapped[str] = mapped_column(String(120))  # what the browser calls itself
    created: Mapped[int] = mapped_column(BigInteger)  # these are in seconds since 1970
    expires: Mapped[int] = mapped_column(BigInteger, index=True)
    ended: Mapped[int | None] = mapped_column(BigInteger)


class ApiKey(Base):
    """A key that an account made for its programs; of its secret there is only the hash."""

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    account: Mapped[str] = mapped_column(String(42), index=True)
    name: Mapped[str] = mapped_column(String(100))
    secret_sha256: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[Any]]
    created: Mapped[int] = mapped_column(BigInteger)
    expires: Mapped[int] = mapped_column(BigInteger)
    last_used: Mapped[int | None] = mapped_column(BigInteger)  # to the minute


class Lease(Base):
    """Work that one worker at a time may do, and until when it is taken for granted that its holder lives."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    holder: Mapped[str]
    until: Mapped[float]  # seconds of the database's clock


class BegunJob(Base):
    """A job of the worker that was begun and has not ended; one that ends its worker each time is set aside."""

    __tablename__ = "begun_job"

    duty: Mapped[str] = mapped_column(String(32), primary_key=True)
    batch_id: Mapped[str] = mapped_column(String(66), primary_key=True)
    times: Mapped[int]
    holder: Mapped[str]  # of the lease it was begun under last
