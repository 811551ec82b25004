"""People who act through a contract wallet, some of them hostile: contracts/test/base/Wallets.sol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from eth_account.signers.local import LocalAccount

from sebrus.chain.receipts import await_receipt
from sebrus.client._role import Role

from . import forge
from .stage import Stage

Acting = TypeVar("Acting", bound=Role)
Deploy = Callable[..., Any]


@dataclass(frozen=True)
class ThroughWallet:
    """A key whose signatures stand for a contract wallet."""

    signer: LocalAccount
    address: str

    @property
    def key(self) -> Any:
        return self.signer.key

    def sign_message(self, message: Any) -> Any:
        return self.signer.sign_message(message)


def through(wallet: Any, role: Acting) -> Acting:
    """Let somebody act through a contract wallet."""
    role.account = ThroughWallet(role.account, wallet.address)  # type: ignore[assignment]
    return role


def send(stage: Stage, prepared: Any) -> Any:
    """Send a call of any contract from the owner's account; returns the receipt."""
    web3 = stage.application.contract.web3
    nonce = web3.eth.get_transaction_count(stage.owner.address)
    signed = stage.owner.sign_transaction(prepared.build_transaction({"from": stage.owner.address, "nonce": nonce}))
    return await_receipt(web3, web3.eth.send_raw_transaction(signed.raw_transaction))


@pytest.fixture(scope="session")
def wallet_artifact() -> Callable[[str], dict[str, Any]]:
    """What forge makes of one of the wallets."""
    forge.build()
    return lambda kind: forge.compiled("Wallets.sol", kind)


@pytest.fixture(scope="session")
def deploy_wallet(wallet_artifact: Callable[[str], dict[str, Any]]) -> Deploy:
    """deploy_wallet(stage, kind, *arguments): a real contract wallet on the stage's chain."""

    def deploy(stage: Stage, kind: str, *arguments: Any) -> Any:
        artifact, web3 = wallet_artifact(kind), stage.application.contract.web3
        blank = web3.eth.contract(abi=artifact["abi"], bytecode=artifact["bytecode"]["object"])
        receipt = send(stage, blank.constructor(*arguments))
        return web3.eth.contract(address=receipt["contractAddress"], abi=artifact["abi"])

    return deploy
