"""Accounts: money, and signed movements of it."""

from __future__ import annotations

from fastapi import APIRouter

from sebrus.api.dependencies import Reading, Running
from sebrus.api.schemas import AccountOut, Address, MovementIn, Taken
from sebrus.platform.money import take_movement
from sebrus.platform.relay import NONCE
from sebrus.store.models import SignedMovement
from sebrus.store.projected import Account

router = APIRouter(tags=["accounts"])


@router.get("/accounts/{address}")
def get_account(application: Running, session: Reading, address: Address) -> AccountOut:
    """An account's money in the contract, in gwei."""
    account = session.get(Account, address) or Account(address=address, free=0, stake=0, locked=0, earned=0, slashed=0)
    nonce = application.contract.call("accountOf", address)[NONCE]
    return AccountOut.model_validate({**_columns(account), "nonce": nonce})


def _columns(account: Account) -> dict[str, object]:
    return {column.key: getattr(account, column.key) for column in Account.__table__.columns}


@router.post("/movements", status_code=202)
def move_money(application: Running, movement: MovementIn) -> Taken:
    """Hand in a signed stake, unstake or withdrawal; it is brought to the chain for you."""
    take_movement(application, SignedMovement(**movement.model_dump(), refusal=None))
    return Taken()
