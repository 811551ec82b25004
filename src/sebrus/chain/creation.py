"""Create the two halves of the contract: what it costs, and how it goes on after a kill in the midst of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from eth_account.signers.local import LocalAccount
from eth_typing import HexStr
from web3 import Web3
from web3.exceptions import TransactionNotFound

from sebrus.chain.artifact import artifact
from sebrus.chain.code import is_code_of
from sebrus.chain.errors import ChainError

MIN_STAKE_GWEI = 10_000_000  # 0.01 ether
EPOCH_BLOCKS = 256
"""A draw has a quarter of an epoch or more, in which its panel can commit; with blocks of 12 seconds 13 to 51 minutes.
A stake counts from the epoch after."""
EMBEDDED_EPOCH_BLOCKS = 64
"""Of a chain of our own, with a block a second and people who try things out: who waits for the next epoch with a draw
waits 16 seconds at most."""
HALVES = ("Judgement", "Sebrus")
# Congested chains take minutes; run again, it goes on waiting.
CREATION_SECONDS = 600.0
# Of a transaction that creates (EIP-2), of a byte of calldata (EIP-2028) and of a byte of code.
CREATION_GAS, CALLDATA_GAS, CODE_GAS = 53_000, 16, 200
CONSTRUCTOR_GAS = 150_000


@dataclass(frozen=True)
class Deployment:
    """One deployed contract."""

    chain_id: int
    address: str
    block: int
    min_stake: int
    epoch_length: int


@dataclass(frozen=True)
class Price:
    """What deploying costs about, and what the deployer has; in wei."""

    chain_id: int
    gas: int
    cost: int
    balance: int


def price(web3: Web3, deployer: str) -> Price:
    """Look up what deploying costs at the present gas price."""
    gas = sum(creation_gas(name) for name in HALVES)
    balance = web3.eth.get_balance(Web3.to_checksum_address(deployer))
    return Price(web3.eth.chain_id, gas, gas * web3.eth.gas_price, balance)


def creation_gas(name: str) -> int:
    """About how much gas creating one half takes."""
    compiled = artifact(name)
    sent, kept = (len(compiled[part]) // 2 for part in ("bytecode", "deployedBytecode"))
    return CREATION_GAS + CONSTRUCTOR_GAS + CALLDATA_GAS * sent + CODE_GAS * kept


def pending_path(path: Path) -> Path:
    """Where the transactions of a deployment under way are noted."""
    return path.with_suffix(".pending")


def deploy(
    web3: Web3, path: Path, deployer: LocalAccount, tell: Callable[[str], None], epoch_blocks: int
) -> Deployment:
    """Create both halves, or go on with those that were sent before."""
    needed = price(web3, deployer.address)
    sent = Sent(pending_path(path), needed.chain_id, deployer.address)
    if needed.balance < needed.cost and not sent.transactions:
        raise ChainError(
            f"The operator {deployer.address} has {'no' if not needed.balance else f'{needed.balance / 10**18:.6g}'} "
            f"ether on chain {needed.chain_id}; send it some and run again: "
            f"deploying costs about {needed.cost / 10**18:.6g}."
        )
    half, _ = _create(web3, sent, deployer, tell, "Judgement", MIN_STAKE_GWEI, epoch_blocks)
    constants = (deployer.address, MIN_STAKE_GWEI, epoch_blocks, half)
    address, block = _create(web3, sent, deployer, tell, "Sebrus", *constants)
    return Deployment(needed.chain_id, address, block, MIN_STAKE_GWEI, epoch_blocks)


class Sent:
    """The transactions of a deployment under way, by the half they create; of another chain or deployer none count."""

    def __init__(self, path: Path, chain_id: int, deployer: str) -> None:
        self._path = path
        self._of = {"chain_id": chain_id, "deployer": deployer}
        self.transactions: dict[str, str] = {}
        try:
            found = json.loads(path.read_text())
            if {name: found[name] for name in self._of} == self._of:
                self.transactions = {str(name): str(value) for name, value in found["transactions"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass  # nothing is under way

    def note(self, name: str, transaction: str | None) -> None:
        """Remember a transaction, or forget it."""
        self.transactions.pop(name, None)
        if transaction is not None:
            self.transactions[name] = transaction
        temporary = self._path.with_suffix(".noting")
        temporary.write_text(json.dumps({**self._of, "transactions": self.transactions}) + "\n")
        temporary.replace(self._path)


def _create(
    web3: Web3, sent: Sent, deployer: LocalAccount, tell: Callable[[str], None], name: str, *arguments: str | int
) -> tuple[str, int]:
    """Create one half; returns its address and block."""
    transaction = sent.transactions.get(name)
    if transaction is None or not _is_known(web3, transaction):
        transaction = _send(web3, sent, deployer, name, *arguments)
    tell(f"{name}: waiting for transaction {transaction}")
    receipt = web3.eth.wait_for_transaction_receipt(HexStr(transaction), CREATION_SECONDS)
    address = receipt["contractAddress"]
    if receipt["status"] != 1 or address is None:
        sent.note(name, None)
        raise ChainError("The chain refused the contract; check the deployer's balance and the chain's rules.")
    if not is_code_of(bytes(web3.eth.get_code(address)), name):
        raise ChainError(f"The code at {address} is not what was sent; this chain is not fit for the contract.")
    tell(f"{name}: at {address} since block {receipt['blockNumber']}, for {receipt['gasUsed']} gas")
    return str(address), receipt["blockNumber"]


def _is_known(web3: Web3, transaction: str) -> bool:
    try:
        web3.eth.get_transaction(HexStr(transaction))
    except TransactionNotFound:
        return False
    return True


def _send(web3: Web3, sent: Sent, deployer: LocalAccount, name: str, *arguments: str | int) -> str:
    factory = web3.eth.contract(abi=artifact(name)["abi"], bytecode=artifact(name)["bytecode"])
    built = factory.constructor(*arguments).build_transaction(
        {
            "from": deployer.address,
            "nonce": web3.eth.get_transaction_count(deployer.address, "pending"),
            "chainId": web3.eth.chain_id,
        }
    )
    signed = deployer.sign_transaction(built)
    # Noted first: a kill right after sending must not have us pay twice.
    sent.note(name, Web3.to_hex(signed.hash))
    web3.eth.send_raw_transaction(signed.raw_transaction)
    return Web3.to_hex(signed.hash)
