"""Take signed movements of money: stake, unstake, withdraw."""

from __future__ import annotations

import time

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from sebrus.platform.application import Application
from sebrus.platform.refusals import Refused
from sebrus.platform.signatures import check_signature
from sebrus.protocol.signature import Message, Stake, Unstake, Withdraw
from sebrus.store.models import SignedMovement

MESSAGES: dict[str, type[Stake] | type[Unstake] | type[Withdraw]] = {
    "stake": Stake,
    "unstake": Unstake,
    "withdraw": Withdraw,
}


def take_movement(application: Application, movement: SignedMovement) -> None:
    """Check a signed movement and put it in the outbox. The same one again is no error.

    A movement that the chain refused or whose deadline passed leaves its nonce to the next.

    Raises:
        Refused: the signature is wrong or expired, or the nonce is taken by another movement.
    """
    kind = MESSAGES[movement.kind]
    message: Message = kind(movement.account, movement.amount, movement.nonce, movement.deadline)
    check_signature(application, message, movement.account, movement.deadline, movement.signature)
    with application.database.read() as session:
        before = session.scalar(
            select(SignedMovement).where(
                SignedMovement.account == movement.account, SignedMovement.nonce == movement.nonce
            )
        )
    taken = Refused("nonce_taken", f"Nonce {movement.nonce} is taken by another movement; use the next.", 409)
    if before is not None and before.refusal is None and before.deadline > time.time():
        if (before.kind, before.amount) == (movement.kind, movement.amount):
            return
        raise taken
    try:
        with application.database.write() as session:
            if before is not None:
                session.delete(session.get_one(SignedMovement, before.id))
                session.flush()
            session.add(movement)
    except IntegrityError as error:
        raise taken from error
