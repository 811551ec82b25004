"""The metrics that are looked up in the tables and on the chain when somebody asks for them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Select, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from sebrus.chain.errors import ChainError
from sebrus.platform.application import Application
from sebrus.platform.indexer import indexed_block
from sebrus.platform.metrics import Labels, gauge
from sebrus.platform.readiness import blocks_behind
from sebrus.platform.wallet import WalletWatch
from sebrus.store.blobs import BlobStore
from sebrus.store.disk import DiskBlobs
from sebrus.store.models import (
    ForeseenSeat,
    Image,
    SentOpening,
    SetAside,
    SignedAppeal,
    SignedBallot,
    SignedMovement,
    Submission,
)
from sebrus.store.projected import Appeal, Batch, Event, Seat


class LookedUp(Collector):
    """Every gauge as it is when it is asked for; what cannot be asked for is left out."""

    def __init__(self, application: Application, watch: WalletWatch) -> None:
        self._application = application
        self._watch = watch

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges of the tables, then those of the chain and the disk."""
        application = self._application
        chain_time = application.clock.now()
        try:
            with application.database.read() as session:
                found = list(_tables(session, chain_time))
                indexed = indexed_block(session)
        except SQLAlchemyError:
            return
        yield from found
        yield gauge("sebrus_indexed_block", indexed)
        try:
            head = application.contract.head().number
        except ChainError:
            return
        yield gauge("sebrus_head_block", head)
        yield gauge("sebrus_lag_blocks", blocks_behind(application, head, indexed))
        wallet = self._watch.wallet()
        if wallet is not None:
            yield gauge("sebrus_operator_ether", wallet.wei / 10**18)
            yield gauge("sebrus_operator_batches", wallet.batches)
        blobs: BlobStore = application.blobs
        if isinstance(blobs, DiskBlobs):
            yield gauge("sebrus_store_free_bytes", shutil.disk_usage(blobs.root).free)


def looked_up(application: Application, watch: WalletWatch) -> CollectorRegistry:
    """The gauges, to be exposed."""
    registry = CollectorRegistry()
    registry.register(LookedUp(application, watch))
    return registry


def _tables(session: Session, chain_time: int) -> Iterator[GaugeMetricFamily]:
    yield gauge("sebrus_batches", _counts(session, Batch.phase))
    yield gauge("sebrus_set_aside", _counts(session, SetAside.duty))
    yield gauge("sebrus_store_bytes", session.scalar(select(func.sum(Image.size))) or 0)
    now = datetime.now(UTC)
    depth: dict[Labels, float] = {}
    age: dict[Labels, float] = {}
    for kind, query in _outbox(chain_time).items():
        row = session.execute(query).one()
        depth[(kind,)] = float(row[0])
        age[(kind,)] = 0.0 if row[1] is None else max(0.0, (now - _aware(row[1])).total_seconds())
    yield gauge("sebrus_outbox_actions", depth)
    yield gauge("sebrus_outbox_age_seconds", age)


def _counts(session: Session, column: Any) -> dict[Labels, float]:
    return {(row[0],): float(row[1]) for row in session.execute(select(column, func.count()).group_by(column))}


def _aware(moment: datetime) -> datetime:
    """SQLite gives times back without their zone, which is UTC."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _outbox(chain_time: int) -> dict[str, Select[Any]]:
    """Of each kind how many signed actions are not on chain yet, and since when the oldest waits.

    What a deadline of the past holds back waits no more; `chain_time`, in seconds, is the clock it counts by.
    """
    on_chain = select(Batch.id).where(Batch.id == Submission.batch_id).exists()
    shown = select(Event.block_number).where(Event.transaction_hash == SignedMovement.transaction_hash).exists()
    made = select(Appeal.number).where(
        Appeal.batch_id == SignedAppeal.batch_id,
        Appeal.round == SignedAppeal.round,
        Appeal.appellant == SignedAppeal.appellant,
    )
    held = select(Batch.id).where(Batch.id == SignedAppeal.batch_id, Batch.phase == "Decided").exists()
    return {
        "submission": _waiting(Submission).where(Submission.refusal.is_(None), ~on_chain),
        "ballot": _waiting(SignedBallot).where(
            SignedBallot.refusal.is_(None),
            _voting(SignedBallot).where(Seat.commitment.is_(None)).exists() | _foreseen(SignedBallot).exists(),
        ),
        "opening": _waiting(SentOpening).where(
            SentOpening.refusal.is_(None), _voting(SentOpening).where(Seat.verdicts.is_(None)).exists()
        ),
        "appeal": _waiting(SignedAppeal).where(SignedAppeal.refusal.is_(None), held, ~made.exists()),
        "movement": _waiting(SignedMovement).where(
            SignedMovement.refusal.is_(None), SignedMovement.deadline > chain_time, ~shown
        ),
    }


def _waiting(kind: Any) -> Select[Any]:
    return select(func.count(), func.min(kind.created)).select_from(kind)


def _foreseen(kind: Any) -> Select[Any]:
    """The seat of an action, in a round whose draw is not on chain yet."""
    return select(ForeseenSeat.seat).where(
        *(ForeseenSeat.batch_id == kind.batch_id, ForeseenSeat.round == kind.round, ForeseenSeat.seat == kind.seat),
        *(Batch.id == kind.batch_id, Batch.phase == "Drawing", Batch.round == kind.round),
    )


def _voting(kind: Any) -> Select[Any]:
    """The seat of an action, in a round that votes now."""
    return select(Seat.seat).where(
        *(Seat.batch_id == kind.batch_id, Seat.round == kind.round, Seat.seat == kind.seat),
        *(Batch.id == kind.batch_id, Batch.phase == "Voting", Batch.round == kind.round),
    )
