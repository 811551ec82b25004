"""Accounts: money, signed movements of it, standing orders, and who is tied to whom."""

from __future__ import annotations

from fastapi import APIRouter

from sebrus.api.dependencies import MOVING_MONEY, Reading, Running
from sebrus.api.document import refusing
from sebrus.api.schemas import AccountOut, Address, LinkIn, MovementIn, PayoutIn, Taken
from sebrus.platform.links import take_link
from sebrus.platform.money import PAYOUT, take_movement
from sebrus.platform.relay import NONCE
from sebrus.store.models import SignedMovement
from sebrus.store.projected import Account

router = APIRouter(tags=["accounts"])


@router.get("/accounts/{address}")
def get_account(application: Running, session: Reading, address: Address) -> AccountOut:
    """An account's money in the contract, in gwei."""
    # The chain first: while it is waited for, no connection to the database is held.
    nonce = application.contract.call("accountOf", address)[NONCE]
    row = session.get(Account, address)
    money = {name: getattr(row, name) if row else 0 for name in ("free", "stake", "locked", "earned", "slashed")}
    return AccountOut(address=address, payout=bool(row and row.payout), nonce=nonce, **money)


@router.post("/movements", status_code=202, dependencies=[MOVING_MONEY], responses=refusing(409))
def move_money(application: Running, movement: MovementIn) -> Taken:
    """Hand in a signed stake, unstake or withdrawal; it is brought to the chain for you."""
    take_movement(application, SignedMovement(**movement.model_dump(), refusal=None))
    return Taken()


@router.post("/payouts", status_code=202, dependencies=[MOVING_MONEY], responses=refusing(409))
def order_payout(application: Running, order: PayoutIn) -> Taken:
    """Hand in a signed standing order to be paid out, or its end; it is brought to the chain for you."""
    values = order.model_dump(exclude={"payout"})
    take_movement(application, SignedMovement(kind=PAYOUT, amount=int(order.payout), refusal=None, **values))
    return Taken()


@router.post("/links", status_code=201, dependencies=[MOVING_MONEY])
def declare_link(application: Running, link: LinkIn) -> Taken:
    """Declare that your account is tied to another: you are not drawn on the other's batches any more."""
    take_link(application, link.account, link.other, link.deadline, link.signature)
    return Taken()
