"""Open what forgetful reviewers sealed when they committed, with the operator's own keeper key; docs/sealing.md."""

from __future__ import annotations

import hmac
import json
from typing import Any

from eth_account.signers.local import LocalAccount
from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.chain.contract import Head, Receipt
from sebrus.platform.application import Application
from sebrus.platform.ballots import opens
from sebrus.platform.keys import hash_bytes, hash_text, record_of, seats_of, word_texts
from sebrus.platform.refusals import Refused
from sebrus.protocol.bitmap import is_bitmap
from sebrus.protocol.signature import Domain
from sebrus.sealing import (
    Binding,
    KeeperKey,
    SealedOpening,
    SealingError,
    SeatOnChain,
    decode_opening,
    release,
    unseal,
)
from sebrus.store.models import SealedBallot, SentOpening, SignedBallot
from sebrus.store.projected import Batch, Seat


def keeper_key(operator: LocalAccount) -> KeeperKey:
    """The operator's key as a keeper, which the operator's account gives: nothing more has to be kept."""
    return KeeperKey.from_bytes(hmac.digest(operator.key, b"SeBRUS keeper", "sha256"))


def check_envelope(application: Application, ballot: SignedBallot, envelope: dict[str, Any]) -> SealedBallot:
    """The row of an envelope that comes with a ballot.

    Raises:
        Refused: it is malformed, for another seat or commitment, or we cannot open it alone.
    """
    domain = application.domain
    wanted = _binding(domain, ballot.batch_id, ballot.round, ballot.seat, ballot.reviewer, ballot.commitment)
    try:
        sealed = SealedOpening.from_json(json.dumps(envelope, separators=(",", ":")))
    except SealingError as error:
        raise Refused("invalid_envelope", str(error)) from error
    if sealed.binding != wanted:
        raise Refused("invalid_envelope", "The sealed opening is for another seat or commitment than its ballot.")
    if sealed.threshold != 1 or keeper_key(application.operator).public not in sealed.keepers:
        raise Refused("invalid_envelope", "This server must be able to open it alone: seal it for its keeper key too.")
    here = {"batch_id": ballot.batch_id, "round": ballot.round, "seat": ballot.seat}
    return SealedBallot(**here, envelope=sealed.to_dict(), refusal=None)


def open_sealed(application: Application, head: Head) -> list[Receipt]:
    """Open the envelopes of rounds in which nobody can commit any more, so that they can be revealed; sends nothing."""
    with application.database.read() as session:
        batches = session.scalars(select(Batch).where(Batch.phase == "Voting")).all()
        due = [work for batch in batches for work in _due(session, batch, head.time)]
    for batch, seat, row in due:
        found = _opened(application, batch, seat, row, head.time)
        with application.database.write() as session:
            if isinstance(found, SentOpening):
                session.merge(found)
            else:
                session.get_one(SealedBallot, (row.batch_id, row.round, row.seat)).refusal = found
    return []


def _due(session: Session, batch: Batch, now: int) -> list[tuple[Batch, Seat, SealedBallot]]:
    """The seats that committed, left an envelope for that, and have sent no opening."""
    if not record_of(batch).status.commits_over(now):
        return []
    found = []
    for seat in seats_of(session, batch.id, batch.round):
        key = (batch.id, batch.round, seat.seat)
        row = session.get(SealedBallot, key)
        if row is None or row.refusal is not None or session.get(SentOpening, key) is not None:
            continue
        if seat.verdicts is None and row.envelope["binding"]["commitment"] == seat.commitment:
            found.append((batch, seat, row))
    return found


def _opened(application: Application, batch: Batch, seat: Seat, row: SealedBallot, now: int) -> SentOpening | str:
    """What an envelope holds, or why it opens nothing."""
    record = record_of(batch)
    commitment = seat.commitment or ""
    binding = _binding(application.domain, batch.id, batch.round, seat.seat, seat.reviewer, commitment)
    status = record.status
    try:
        sealed = SealedOpening.from_dict(row.envelope)
        seen = SeatOnChain(binding, status.seats, status.committed, status.deadline, now)
        share = release(sealed, keeper_key(application.operator), seen)
        opening = decode_opening(unseal(sealed, [share], binding))
    except SealingError as error:
        return str(error)
    fits = is_bitmap(opening.verdicts, status.positions) and opening.seat == seat.seat
    if not fits or not opens(application.domain, record, seat, opening.salt, opening.verdicts):
        return "What was sealed does not open the seat's commitment."
    return SentOpening(
        batch_id=batch.id,
        round=batch.round,
        seat=seat.seat,
        salt=hash_text(opening.salt),
        verdicts=word_texts(opening.verdicts),
        refusal=None,
    )


def _binding(domain: Domain, batch_id: str, round_: int, seat: int, reviewer: str, commitment: str) -> Binding:
    return Binding(
        chain_id=domain.chain_id,
        contract=domain.contract,
        batch_id=hash_bytes(batch_id),
        round=round_,
        seat=seat,
        reviewer=reviewer,
        commitment=hash_bytes(commitment),
    )
