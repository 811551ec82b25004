"""Reach a node over JSON-RPC, and map what goes wrong to our two kinds of errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import requests
from requests.adapters import HTTPAdapter
from web3 import HTTPProvider, Web3
from web3.exceptions import ContractCustomError, ContractLogicError, TimeExhausted, Web3Exception
from web3.providers.rpc.utils import ExceptionRetryConfiguration

from sebrus.chain.errors import ChainError, decode_refusal

T = TypeVar("T")

POOLED_CONNECTIONS = 50
PATIENCE_SECONDS = 30.0


def new_session() -> requests.Session:
    """A pool of connections, enough for every thread of a server; its owner closes it."""
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=POOLED_CONNECTIONS))
    return session


def connect(url: str, session: requests.Session, patience: float = PATIENCE_SECONDS) -> Web3:
    """A web3 client for `url` that waits `patience` seconds for an answer; it does not check that anybody gives one."""
    return Web3(
        HTTPProvider(
            url,
            request_kwargs={"timeout": patience},
            session=session,
            # Left to itself it asks a node that hangs five times, each for the whole patience.
            exception_retry_configuration=ExceptionRetryConfiguration(errors=(requests.ConnectionError,), retries=2),
        )
    )


@contextmanager
def connected(url: str) -> Iterator[Web3]:
    """A web3 client for `url` while the block lasts."""
    with new_session() as session:
        yield connect(url, session)


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
    except (requests.RequestException, ConnectionError) as error:
        # The library's words spell out the node's URL, which may hold a secret.
        raise ChainError(f"The chain does not answer ({_plainly(error)}); check that its node runs.") from error
    except (Web3Exception, ValueError) as error:
        raise ChainError(f"The chain does not answer as it should: {error}.") from error


def _plainly(error: Exception) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code}"
    return "it took too long" if isinstance(error, requests.Timeout) else "no connection"


def wait_for_chain(url: str, seconds: float) -> None:
    """Wait until a chain answers at `url`.

    Raises:
        ChainError: it did not within `seconds`.
    """
    deadline = time.monotonic() + seconds
    with connected(url) as web3:
        while True:
            try:
                guarded(lambda: web3.eth.chain_id)
                return
            except ChainError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
