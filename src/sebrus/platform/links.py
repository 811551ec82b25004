"""Who is tied to a contributor or an owner, and so may not judge their batches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.platform.application import Application
from sebrus.platform.arrivals import Arrival
from sebrus.platform.refusals import Refused
from sebrus.platform.signatures import check_signature
from sebrus.protocol.statement import Link
from sebrus.store.models import DeclaredLink, SecretScreening
from sebrus.store.projected import Account, Batch, Dataset

MOST_LINKS = 16
"""Linked accounts that the contract takes with one screening."""


def take_link(application: Application, account: str, other: str, deadline: int, signature: str) -> None:
    """Keep an account's declaration that it is tied to another. The same one again is no error.

    Raises:
        Refused: an account declared itself, or the signature is wrong or expired.
    """
    if account == other:
        raise Refused("own_account", "An account is always tied to itself; name another one.")
    check_signature(application, Link(account, other, deadline), account, deadline, signature)
    with application.database.write() as session:
        session.merge(DeclaredLink(account=account, other=other))


def declared_links(session: Session, batch: Batch | Arrival) -> list[str]:
    """The accounts that declared themselves tied to a batch's contributor or owner, those with most at stake first.

    Only who declares stands back: else a contributor could keep honest reviewers out of the panel by naming them. And
    whoever has no stake is not drawn anyway, so a crowd of empty accounts cannot take the places of the others.
    """
    owner = session.get_one(Dataset, batch.dataset_id).owner
    query = (
        select(DeclaredLink.account)
        .join(Account, Account.address == DeclaredLink.account)
        .where(DeclaredLink.other.in_([batch.contributor, owner]), Account.stake > 0)
        .order_by(Account.stake.desc(), Account.address)
    )
    return list(session.scalars(query))


def links_of_batch(session: Session, batch: Batch | Arrival, found: Iterable[str]) -> list[str]:
    """The accounts to name with a batch's first screening: those the detector found, then those declared."""
    return _new_links(session, batch, [*found, *declared_links(session, batch)])


def links_to_name(session: Session, batch: Batch | Arrival, screening: SecretScreening) -> list[str]:
    """The accounts to name with the screening of the running round: those not excluded from the batch's panels yet."""
    return _new_links(session, batch, [*screening.links, *declared_links(session, batch)])


def _new_links(session: Session, batch: Batch | Arrival, accounts: Sequence[str]) -> list[str]:
    dataset = session.get_one(Dataset, batch.dataset_id)
    out = {batch.contributor, dataset.owner, dataset.detector}.union(*batch.excluded)
    return [account for account in dict.fromkeys(accounts) if account not in out][:MOST_LINKS]
