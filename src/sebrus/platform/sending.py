"""Send what people signed, one by one, and pay only so much for what fails.

The contract asks a contract wallet whether a signature is its own (ERC-1271), and a receiver takes its ether with code
of its own. Such code may do otherwise when a transaction counts than when it was tried, and may burn gas. So of each
action no more than `ACTION_GAS` is paid for; one that failed goes alone from then on, so that it takes no other with
it; and one that failed twice, or whose wallet failed too often, is refused for good.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from sqlalchemy import delete, inspect
from sqlalchemy.orm import Session

from sebrus.chain.calls import Call
from sebrus.chain.contract import Receipt
from sebrus.chain.errors import ContractRefused, NotPaidFor, TransactionFailed
from sebrus.platform.application import Application
from sebrus.platform.refusals import BEHIND, WAITING
from sebrus.platform.signatures import has_code, why_not_relayed
from sebrus.store.models import ClaimedItem, FailingWallet, SignedAction, Submission

log = logging.getLogger(__name__)

T = TypeVar("T")

ACTION_GAS = 600_000
"""What is paid for one signed action at most, by estimate. Most take 50,000 to 100,000; wallets that verify passkeys in
code of their own take some 350,000 more."""
MOST_FAILURES = 2
"""How often an action is sent in vain."""


def one_by_one(things: Iterable[T], send: Callable[[T], Sequence[Receipt]]) -> list[Receipt]:
    """Send for each; where the transaction of one fails the others go on."""
    receipts: list[Receipt] = []
    for thing in things:
        try:
            receipts += send(thing)
        except TransactionFailed as failed:
            log.warning("%s", failed)
    return receipts


def send_signed(
    application: Application,
    call: Call,
    actions: Sequence[SignedAction],
    *,
    beside: int = 0,
    explained: Callable[[], bool] = lambda: False,
) -> Receipt:
    """Send a call that brings signed actions; `beside` is the gas of what else it does.

    `explained` is asked after a failure: whether the chain shows that no action is to blame.

    Raises:
        ContractRefused: it would revert, or is not paid for; nothing was sent.
        TransactionFailed: it failed on chain, which is noted.
    """
    with application.database.read() as session:
        for action in actions:
            _require_relayed(session, action.signer)
    most_gas = len(actions) * ACTION_GAS + beside
    try:
        return application.contract.perform(application.operator, call, most_gas=most_gas)
    except TransactionFailed:
        if not explained() and not _overtaken(application, call):
            note_failure(application, actions)
        raise


def refusal_of(
    application: Application, call: Call, action: SignedAction, *, beside: int = 0
) -> ContractRefused | None:
    """Why the contract would not take a call with a signed action now, or why it is not paid for."""
    try:
        with application.database.read() as session:
            _require_relayed(session, action.signer)
        application.contract.gas_of(application.operator, call, most_gas=ACTION_GAS + beside)
    except ContractRefused as refused:
        return refused
    return None


def _overtaken(application: Application, call: Call) -> bool:
    """Whether the chain moved on before a transaction; a wallet cannot make the contract refuse in these words."""
    try:
        application.contract.gas_of(application.operator, call)
    except ContractRefused as refused:
        return refused.name in BEHIND | WAITING
    return False


def note_failure(application: Application, actions: Sequence[SignedAction]) -> None:
    """Count a failure against those whose accounts have code, or against all where none has.

    An action that fails once too often is refused for good. Alone it counts against its wallet, too.
    """
    with_code = [action for action in actions if has_code(application.contract.web3, action.signer)]
    with application.database.write() as session:
        for suspect in with_code or actions:
            action = session.get(type(suspect), inspect(suspect).identity)
            if action is None:
                continue  # another took its place meanwhile
            action.failures += 1
            if action.failures >= MOST_FAILURES:
                refuse(session, action, _failed(action.failures))
        if with_code and len(actions) == 1:
            _distrust(session, actions[0].signer)


def _distrust(session: Session, account: str) -> None:
    wallet = session.get(FailingWallet, account)
    if wallet is None:
        session.add(FailingWallet(account=account, failures=1))
    else:
        wallet.failures += 1


def refuse(session: Session, action: SignedAction, reason: str) -> None:
    """Give up a signed action; a batch frees its images."""
    action.refusal = reason
    if isinstance(action, Submission):
        session.execute(delete(ClaimedItem).where(ClaimedItem.batch_id == action.batch_id))


def _failed(times: int) -> str:
    return f"It failed on chain {times} times though it passed when it was tried; send it to the contract directly."


def _require_relayed(session: Session, account: str) -> None:
    if (reason := why_not_relayed(session, account)) is not None:
        raise NotPaidFor(reason)
