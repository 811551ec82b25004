"""Project the contract's events onto the tables: the same events and documents always give the same rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from sebrus.platform.documents import load_findings, load_items
from sebrus.platform.keys import words
from sebrus.platform.metadata import load_metadata
from sebrus.protocol.bitmap import unpack_bits
from sebrus.store.blobs import BlobStore
from sebrus.store.projected import PROJECTED, Account, Batch, Dataset, Event, Finding, Item, Release, Seat

Handler = Callable[[Session, BlobStore, Event], None]
HANDLERS: dict[str, Handler] = {}


def on(name: str) -> Callable[[Handler], Handler]:
    """Register the handler of one event."""

    def register(handler: Handler) -> Handler:
        HANDLERS[name] = handler
        return handler

    return register


def project(session: Session, blobs: BlobStore, event: Event) -> None:
    """Apply one event; events that change no table are skipped."""
    handler = HANDLERS.get(event.name)
    if handler is not None:
        handler(session, blobs, event)


def project_anew(session: Session, blobs: BlobStore) -> None:
    """Empty the projected tables and apply every stored event again."""
    for table in reversed(PROJECTED):
        session.execute(delete(table))
    session.flush()
    session.expunge_all()
    for event in session.scalars(select(Event).order_by(Event.block_number, Event.log_index)):
        project(session, blobs, event)
        session.flush()


def _account(session: Session, address: str) -> Account:
    account = session.get(Account, address)
    if account is None:
        account = Account(address=address, free=0, stake=0, locked=0, earned=0, slashed=0)
        session.add(account)
    return account


def _batch(session: Session, arguments: dict[str, Any]) -> Batch:
    return session.get_one(Batch, arguments["batchId"])


def _dataset(session: Session, arguments: dict[str, Any]) -> Dataset:
    return session.get_one(Dataset, arguments["datasetId"])


# ---------------------------------------------------------------- money


@on("Deposited")
def _deposited(session: Session, _blobs: BlobStore, event: Event) -> None:
    _account(session, event.arguments["account"]).free += event.arguments["amount"]


@on("Withdrawn")
def _withdrawn(session: Session, _blobs: BlobStore, event: Event) -> None:
    _account(session, event.arguments["account"]).free -= event.arguments["amount"]


@on("Staked")
def _staked(session: Session, _blobs: BlobStore, event: Event) -> None:
    account = _account(session, event.arguments["reviewer"])
    account.free -= event.arguments["amount"]
    account.stake = event.arguments["stake"]


@on("Unstaked")
def _unstaked(session: Session, _blobs: BlobStore, event: Event) -> None:
    account = _account(session, event.arguments["reviewer"])
    account.free += event.arguments["amount"]
    account.stake = event.arguments["stake"]


# ---------------------------------------------------------------- datasets


@on("DatasetCreated")
def _dataset_created(session: Session, blobs: BlobStore, event: Event) -> None:
    params = event.arguments["params"]
    metadata = load_metadata(blobs, params["metadataHash"])
    session.add(
        Dataset(
            id=event.arguments["datasetId"],
            owner=params["owner"],
            detector=params["detector"],
            class_count=params["classCount"],
            metadata_hash=params["metadataHash"],
            salt=params["salt"],
            policy=params["policy"],
            policy_hash=event.arguments["policyHash"],
            document=metadata.model_dump(mode="json") if metadata else None,
            bounty=0,
            closed=False,
            created_block=event.block_number,
        )
    )


@on("DatasetFunded")
def _dataset_funded(session: Session, _blobs: BlobStore, event: Event) -> None:
    _dataset(session, event.arguments).bounty += event.arguments["amount"]


@on("DatasetClosedByOwner")
def _dataset_closed(session: Session, _blobs: BlobStore, event: Event) -> None:
    dataset = _dataset(session, event.arguments)
    dataset.closed = True
    dataset.bounty -= event.arguments["returned"]
    _account(session, dataset.owner).free += event.arguments["returned"]


@on("Released")
def _released(session: Session, _blobs: BlobStore, event: Event) -> None:
    session.add(
        Release(
            dataset_id=event.arguments["datasetId"],
            version=event.arguments["version"],
            manifest_root=event.arguments["manifestRoot"],
            manifest_hash=event.arguments["manifestHash"],
            item_count=event.arguments["itemCount"],
            block=event.block_number,
        )
    )


# ---------------------------------------------------------------- the life of a batch


@on("Submitted")
def _submitted(session: Session, blobs: BlobStore, event: Event) -> None:
    arguments = event.arguments
    dataset = _dataset(session, arguments)
    dataset.bounty -= arguments["reserve"]
    _account(session, arguments["contributor"]).free -= arguments["stake"]
    items = load_items(blobs, arguments["batchId"], arguments["root"])
    if items is not None and len(items) != arguments["itemCount"]:
        items = None
    session.add(
        Batch(
            id=arguments["batchId"],
            dataset_id=dataset.id,
            contributor=arguments["contributor"],
            root=arguments["root"],
            item_count=arguments["itemCount"],
            available=items is not None,
            stake=arguments["stake"],
            reserve=arguments["reserve"],
            phase="Submitted",
            round=0,
            seats=0,
            screening=None,
            screening_deadline=arguments["screeningDeadline"],
            entropy_block=0,
            commit_deadline=0,
            reveal_deadline=0,
            accepted_count=0,
            reward=0,
            stake_returned=0,
            submitted_block=event.block_number,
            settled_block=None,
        )
    )
    session.flush()
    session.add_all(
        Item(batch_id=arguments["batchId"], position=i, dataset_id=dataset.id, sha256=item.sha256, label=item.label)
        for i, item in enumerate(items or [])
    )


@on("Screened")
def _screened(session: Session, _blobs: BlobStore, event: Event) -> None:
    _batch(session, event.arguments).screening = event.arguments["commitment"]


@on("DrawRequested")
def _draw_requested(session: Session, _blobs: BlobStore, event: Event) -> None:
    batch = _batch(session, event.arguments)
    batch.phase = "Drawing"
    batch.round = event.arguments["round"]
    batch.seats = event.arguments["seats"]
    batch.entropy_block = event.arguments["entropyBlock"]


@on("Drawn")
def _drawn(session: Session, _blobs: BlobStore, event: Event) -> None:
    batch = _batch(session, event.arguments)
    panel = event.arguments["panel"]
    batch.phase = "Voting"
    batch.seats = len(panel)
    batch.commit_deadline = event.arguments["commitDeadline"]
    batch.reveal_deadline = event.arguments["revealDeadline"]
    session.add_all(
        Seat(batch_id=batch.id, round=event.arguments["round"], seat=number, reviewer=reviewer)
        for number, reviewer in enumerate(panel)
    )


@on("Committed")
def _committed(session: Session, _blobs: BlobStore, event: Event) -> None:
    seats = _seats(session, event.arguments)
    seat = seats[event.arguments["seat"]]
    seat.commitment = event.arguments["commitment"]
    seat.commit_order = sum(1 for other in seats if other.commit_order is not None)
    _account(session, seat.reviewer).locked += _seat_stake(session, _batch(session, event.arguments))


@on("Revealed")
def _revealed(session: Session, _blobs: BlobStore, event: Event) -> None:
    seats = _seats(session, event.arguments)
    seat = seats[event.arguments["seat"]]
    seat.salt = event.arguments["salt"]
    seat.verdicts = event.arguments["verdicts"]
    seat.reveal_order = sum(1 for other in seats if other.reveal_order is not None)


@on("ScreeningOpened")
def _screening_opened(session: Session, blobs: BlobStore, event: Event) -> None:
    batch = _batch(session, event.arguments)
    flags = unpack_bits(words(event.arguments["flags"]), batch.item_count)
    for item in _items(session, batch):
        item.flagged = flags[item.position]
    findings = load_findings(blobs, event.arguments["scoresRoot"]) or []
    session.add_all(
        Finding(
            batch_id=batch.id,
            position=i,
            score=finding.score,
            p_value=finding.p_value,
            flagged=finding.flagged,
            reason=finding.reason,
            suggested_label=finding.suggested_label,
        )
        for i, finding in enumerate(findings)
    )


@on("Settled")
def _settled(session: Session, _blobs: BlobStore, event: Event) -> None:
    arguments = event.arguments
    batch = _batch(session, arguments)
    contributor = _account(session, batch.contributor)
    contributor.free += arguments["stakeReturned"] + arguments["reward"]
    contributor.earned += arguments["reward"]
    contributor.slashed += batch.stake - arguments["stakeReturned"]
    paid = _close_seats(session, batch, arguments["payouts"], arguments["slashes"])
    dataset = session.get_one(Dataset, batch.dataset_id)
    dataset.bounty += batch.reserve - arguments["reward"] - paid
    dataset.bounty += batch.stake - arguments["stakeReturned"] + sum(arguments["slashes"])
    accepted = unpack_bits(words(arguments["accepted"]), batch.item_count)
    by_panel = unpack_bits(words(arguments["panelAccepted"]), batch.item_count)
    for item in _items(session, batch):
        item.accepted = accepted[item.position]
        item.panel_accepted = by_panel[item.position]
    batch.phase = "Settled"
    batch.accepted_count = arguments["acceptedCount"]
    batch.reward = arguments["reward"]
    batch.stake_returned = arguments["stakeReturned"]
    batch.settled_block = event.block_number


@on("RoundFailed")
def _round_failed(session: Session, _blobs: BlobStore, event: Event) -> None:
    batch = _batch(session, event.arguments)
    slashes = event.arguments["slashes"]
    _close_seats(session, batch, [0] * len(slashes), slashes)
    session.get_one(Dataset, batch.dataset_id).bounty += sum(slashes)


@on("Voided")
def _voided(session: Session, _blobs: BlobStore, event: Event) -> None:
    batch = _batch(session, event.arguments)
    _account(session, batch.contributor).free += batch.stake
    session.get_one(Dataset, batch.dataset_id).bounty += batch.reserve
    batch.phase = "Voided"
    batch.stake_returned = batch.stake
    batch.settled_block = event.block_number
    session.execute(update(Item).where(Item.batch_id == batch.id).values(accepted=False))


def _items(session: Session, batch: Batch) -> list[Item]:
    return list(session.scalars(select(Item).where(Item.batch_id == batch.id).order_by(Item.position)))


def _seats(session: Session, arguments: dict[str, Any]) -> list[Seat]:
    query = select(Seat).where(Seat.batch_id == arguments["batchId"], Seat.round == arguments["round"])
    return list(session.scalars(query.order_by(Seat.seat)))


def _seat_stake(session: Session, batch: Batch) -> int:
    return int(session.get_one(Dataset, batch.dataset_id).policy["seatStake"])


def _close_seats(session: Session, batch: Batch, payouts: list[int], slashes: list[int]) -> int:
    """Pay and slash the seats of the running round, unlock the stakes of who committed; returns what was paid."""
    seat_stake = _seat_stake(session, batch)
    for seat in _seats(session, {"batchId": batch.id, "round": batch.round}):
        seat.payout = payouts[seat.seat]
        seat.slash = slashes[seat.seat]
        account = _account(session, seat.reviewer)
        account.free += seat.payout
        account.earned += seat.payout
        account.stake -= seat.slash
        account.slashed += seat.slash
        account.locked -= seat_stake if seat.commitment is not None else 0
    return sum(payouts)
