"""The Sebrus contract by its artifact: call, send, and decode what it refuses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eth_account.signers.local import LocalAccount
from web3 import Web3

from sebrus.chain.artifact import artifact
from sebrus.chain.calls import Call
from sebrus.chain.errors import ContractRefused, NotPaidFor, TransactionFailed
from sebrus.chain.receipts import await_receipt
from sebrus.chain.rpc import PATIENCE_SECONDS, connect, guarded, new_session

# The chain's own cap on one transaction is 2**24 gas (EIP-7825).
GAS_CAP = 16_000_000
# Between the estimate and the block an epoch may turn, and then a draw's weights are copied once per node of the tree.
GAS_MARGIN = 1.2
GAS_RESERVE = 200_000


@dataclass(frozen=True)
class Receipt:
    """What became of a transaction that was mined, with effect or without."""

    transaction_hash: str
    block_number: int
    gas_used: int
    subjects: tuple[str, ...] = ()  # batches, datasets and accounts that its events are about, as 32 bytes in `0x` hex


@dataclass(frozen=True)
class Head:
    """The newest block: its number, its time in seconds, and its hash in `0x` hex."""

    number: int
    time: int
    hash: str


Heard = Callable[[str, str, Receipt | None], None]
"""Told of each transaction: its function; `mined`, `refused` or `failed`; and its receipt, if it has one."""


class Contract:
    """One deployed Sebrus contract behind one RPC address, whose answers are waited for `patience` seconds.

    Example:
        >>> contract = Contract("http://127.0.0.1:8545", address)  # doctest: +SKIP
        >>> contract.call("bountyOf", dataset_id)  # doctest: +SKIP
    """

    def __init__(
        self, url: str, address: str, heard: Heard | None = None, *, patience: float = PATIENCE_SECONDS
    ) -> None:
        self.url = url
        self.address = Web3.to_checksum_address(address)
        self._session = new_session()
        self.web3 = connect(url, self._session, patience)
        self._contract = self.web3.eth.contract(address=self.address, abi=artifact()["abi"])
        self._sending = threading.Lock()
        self._heard = heard or (lambda *_: None)

    def close(self) -> None:
        """Close the connections to the node."""
        self._session.close()

    def call(self, function: str, *arguments: Any) -> Any:
        """Read a view function at the latest block."""
        return guarded(lambda: self._contract.functions[function](*arguments).call())

    def encode(self, function: str, *arguments: Any) -> bytes:
        """The calldata of a function, for `multicall`."""
        return bytes.fromhex(self._contract.encode_abi(function, args=list(arguments))[2:])

    def encode_call(self, call: Call) -> bytes:
        """The calldata of a call, for `multicall`."""
        return self.encode(call.function, *call.arguments)

    def perform(self, signer: LocalAccount, call: Call, *, most_gas: int | None = None, spare_gas: int = 0) -> Receipt:
        """As `send`, for a call."""
        return self.send(signer, call.function, *call.arguments, most_gas=most_gas, spare_gas=spare_gas)

    def gas_of(self, signer: LocalAccount, call: Call, *, most_gas: int | None = None) -> int:
        """The gas that a call would use now.

        Raises:
            ContractRefused: it would revert.
            NotPaidFor: that is more than `most_gas`.
        """
        return self._estimate(signer, self._contract.functions[call.function](*call.arguments), 0, most_gas)

    def _estimate(self, signer: LocalAccount, prepared: Any, value: int, most_gas: int | None) -> int:
        gas = guarded(lambda: int(prepared.estimate_gas({"from": signer.address, "value": value})))
        if most_gas is not None and gas > most_gas:
            raise NotPaidFor(
                f"This would use {gas} gas and the relayer pays for {most_gas}; send it to the contract directly."
            )
        return gas

    def send(
        self,
        signer: LocalAccount,
        function: str,
        *arguments: Any,
        value: int = 0,
        most_gas: int | None = None,
        spare_gas: int = 0,
    ) -> Receipt:
        """Sign, send and wait for one transaction.

        It may use a fifth and 200,000 gas more than the estimate, and `spare_gas` for what others' code may do
        otherwise. An estimate above `most_gas` is not paid for.

        Raises:
            ContractRefused: it would revert; nothing was sent.
            NotPaidFor: its estimate is above `most_gas`; nothing was sent.
            TransactionFailed: it was mined and had no effect.
            ChainError: the chain does not answer, or did not mine it in time.
        """
        prepared = self._contract.functions[function](*arguments)
        outcome, receipt = "failed", None
        try:
            with self._sending:
                gas = self._estimate(signer, prepared, value, most_gas)
                succeeded, receipt = guarded(lambda: self._send(signer, prepared, value, gas + spare_gas))
            if not succeeded:
                raise TransactionFailed
            outcome = "mined"
            return receipt
        except ContractRefused:
            outcome = "refused"
            raise
        finally:
            self._heard(function, outcome, receipt)

    def _send(self, signer: LocalAccount, prepared: Any, value: int, gas: int) -> tuple[bool, Receipt]:
        """Send what is estimated to use so much gas; whether it had its effect, and its receipt."""
        transaction = prepared.build_transaction(
            {
                "from": signer.address,
                "value": value,
                "gas": min(GAS_CAP, int(gas * GAS_MARGIN) + GAS_RESERVE),
                "nonce": self.web3.eth.get_transaction_count(signer.address, "pending"),
                "chainId": self.web3.eth.chain_id,
            }
        )
        signed = signer.sign_transaction(transaction)
        sent = self.web3.eth.send_raw_transaction(signed.raw_transaction)
        receipt = await_receipt(self.web3, sent)
        subjects = dict.fromkeys(Web3.to_hex(log["topics"][1]) for log in receipt["logs"] if len(log["topics"]) > 1)
        mined = Receipt(Web3.to_hex(sent), receipt["blockNumber"], receipt["gasUsed"], tuple(subjects))
        return receipt["status"] == 1, mined

    def head(self) -> Head:
        """The newest block."""
        block = guarded(lambda: self.web3.eth.get_block("latest"))
        return Head(block["number"], block["timestamp"], Web3.to_hex(block["hash"]))
