"""Take signed movements of money: stake, unstake, withdraw; and standing orders to be paid out."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from sebrus.platform.application import Application
from sebrus.platform.refusals import Refused
from sebrus.platform.signatures import check_signature
from sebrus.protocol.signature import Message, Payout, Stake, Unstake, Withdraw
from sebrus.store.models import SignedMovement

PAYOUT = "payout"
"""The kind of a standing order; its amount is 1 to give it and 0 to end it."""


def message_of(movement: SignedMovement) -> Message:
    """What the account of a movement signs."""
    account, nonce, deadline = movement.account, movement.nonce, movement.deadline
    if movement.kind == PAYOUT:
        return Payout(account, bool(movement.amount), nonce, deadline)
    kind = {"stake": Stake, "unstake": Unstake, "withdraw": Withdraw}[movement.kind]
    return kind(account, movement.amount, nonce, deadline)


def take_movement(application: Application, movement: SignedMovement) -> None:
    """Check a signed movement and put it in the outbox. The same one again is no error.

    A movement that the chain refused or whose deadline passed leaves its nonce to the next.

    Raises:
        Refused: the signature is wrong or expired, or the nonce is taken by another movement.
    """
    check_signature(application, message_of(movement), movement.account, movement.deadline, movement.signature)
    with application.database.read() as session:
        before = session.scalar(
            select(SignedMovement).where(
                SignedMovement.account == movement.account, SignedMovement.nonce == movement.nonce
            )
        )
    taken = Refused("nonce_taken", f"Nonce {movement.nonce} is taken by another movement; use the next.", 409)
    if before is not None and before.refusal is None and before.deadline > application.clock.now():
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
