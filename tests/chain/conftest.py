"""A node for tests of the chain alone, which mines a block for each transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from sebrus.chain.embedded import EmbeddedChain, find_anvil
from sebrus.chain.errors import ChainError

from ..actors.ports import ports_in_a_row

ETHER = 10**18


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedChain]:
    """A running chain that mines only what it is asked to."""
    try:
        find_anvil()
    except ChainError:
        pytest.skip("anvil is not installed: run make setup")
    chain = EmbeddedChain(tmp_path_factory.mktemp("node"), ports_in_a_row(1))
    chain.start()
    chain.rpc("evm_setIntervalMining", 0)
    chain.rpc("evm_setAutomine", True)
    yield chain
    chain.kill()


@pytest.fixture
def deployer(node: EmbeddedChain) -> LocalAccount:
    """Somebody new with ether."""
    account: LocalAccount = Account.from_key(secrets.token_bytes(32))
    node.set_balance(account.address, 100 * ETHER)
    return account
