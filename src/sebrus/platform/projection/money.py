"""Deposits, stakes and payouts; datasets, their bounties and their releases."""

from __future__ import annotations

from sqlalchemy.orm import Session

from sebrus.platform.metadata import load_metadata
from sebrus.platform.projection.rows import Handler, account_row, dataset_row
from sebrus.store.blobs import BlobStore
from sebrus.store.projected import Dataset, Event, Release


def _deposited(session: Session, _blobs: BlobStore, event: Event) -> None:
    account_row(session, event.arguments["account"]).free += event.arguments["amount"]


def _withdrawn(session: Session, _blobs: BlobStore, event: Event) -> None:
    account_row(session, event.arguments["account"]).free -= event.arguments["amount"]


def _paid_out(session: Session, _blobs: BlobStore, event: Event) -> None:
    for payment in event.arguments["payments"]:
        account_row(session, payment["account"]).free -= payment["amount"]


def _payout_set(session: Session, _blobs: BlobStore, event: Event) -> None:
    account_row(session, event.arguments["account"]).payout = event.arguments["payout"]


def _staked(session: Session, _blobs: BlobStore, event: Event) -> None:
    account = account_row(session, event.arguments["reviewer"])
    account.free -= event.arguments["amount"]
    account.stake = event.arguments["stake"]


def _unstaked(session: Session, _blobs: BlobStore, event: Event) -> None:
    account = account_row(session, event.arguments["reviewer"])
    account.free += event.arguments["amount"]
    account.stake = event.arguments["stake"]


def _dataset_created(session: Session, blobs: BlobStore, event: Event) -> None:
    params = event.arguments["params"]
    metadata = load_metadata(blobs, params["metadataHash"])
    counters = dict.fromkeys(("screened_items", "flagged", "upheld", "missed", "unopened"), 0)
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
            **counters,
        )
    )


def _dataset_funded(session: Session, _blobs: BlobStore, event: Event) -> None:
    dataset_row(session, event).bounty += event.arguments["amount"]


def _dataset_closed(session: Session, _blobs: BlobStore, event: Event) -> None:
    dataset = dataset_row(session, event)
    dataset.closed = True
    dataset.bounty -= event.arguments["returned"]
    account_row(session, dataset.owner).free += event.arguments["returned"]


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


HANDLERS: dict[str, Handler] = {
    "Deposited": _deposited,
    "Withdrawn": _withdrawn,
    "PaidOut": _paid_out,
    "PayoutSet": _payout_set,
    "Staked": _staked,
    "Unstaked": _unstaked,
    "DatasetCreated": _dataset_created,
    "DatasetFunded": _dataset_funded,
    "DatasetClosedByOwner": _dataset_closed,
    "Released": _released,
}
