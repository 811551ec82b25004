"""Wait for what becomes of a transaction, and notice when the chain forgets it."""

from __future__ import annotations

import time

from web3 import Web3
from web3.exceptions import TimeExhausted, TransactionNotFound
from web3.types import TxReceipt

from sebrus.chain.errors import ChainError

RECEIPT_SECONDS = 60.0
RECEIPT_POLL_SECONDS = 0.02
# Nodes behind one address may know of a transaction at different times; one that none names for so long is gone.
FORGOTTEN_SECONDS = 3.0
LOOK_SECONDS = 0.5


def await_receipt(web3: Web3, transaction: bytes) -> TxReceipt:
    """Return the receipt of a transaction that was sent, by its 32-byte hash.

    Raises:
        TimeExhausted: it waits and was not mined within a minute.
        ChainError: the chain forgot it, in a reorganisation or a restart; nobody need wait for it.
    """
    name = Web3.to_hex(transaction)
    began = seen = looked = time.monotonic()
    while (now := time.monotonic()) < began + RECEIPT_SECONDS:
        try:
            return web3.eth.get_transaction_receipt(name)
        except TransactionNotFound:
            pass
        if now > looked + LOOK_SECONDS:
            looked = now
            if _is_known(web3, transaction):
                seen = now
            elif now > seen + FORGOTTEN_SECONDS:
                raise ChainError("The chain forgot a transaction before it was mined; it will be tried again.")
        time.sleep(RECEIPT_POLL_SECONDS)
    raise TimeExhausted(f"Transaction {name} was not mined within {RECEIPT_SECONDS:.0f} seconds.")


def _is_known(web3: Web3, transaction: bytes) -> bool:
    try:
        web3.eth.get_transaction(Web3.to_hex(transaction))
    except TransactionNotFound:
        return False
    return True
