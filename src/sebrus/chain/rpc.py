"""Reach a node over JSON-RPC, and map what goes wrong to our two kinds of errors."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import requests
from web3 import HTTPProvider, Web3
from web3.exceptions import ContractCustomError, ContractLogicError, TimeExhausted, Web3Exception

from sebrus.chain.errors import ChainError, decode_refusal

T = TypeVar("T")


def connect(url: str) -> Web3:
    """A web3 client for `url`; it does not check that anybody answers."""
    return Web3(HTTPProvider(url, request_kwargs={"timeout": 30}))


def guarded(action: Callable[[], T]) -> T:
    """Run `action`; what web3 raises becomes `ContractRefused` or `ChainError`."""
    try:
        return action()
    except (ContractCustomError, ContractLogicError) as error:
        raise decode_refusal(error.data if isinstance(error.data, str) else None) from error
    except TimeExhausted as error:
        raise ChainError(
            "The chain took the transaction and did not mine it in time; it will be tried again."
        ) from error
    except (Web3Exception, requests.RequestException, ConnectionError, ValueError) as error:
        raise ChainError(f"The chain does not answer as it should: {error}.") from error


def wait_for_chain(url: str, seconds: float) -> None:
    """Wait until a chain answers at `url`.

    Raises:
        ChainError: it did not within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            guarded(lambda: connect(url).eth.chain_id)
            return
        except ChainError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
