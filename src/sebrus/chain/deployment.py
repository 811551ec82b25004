"""Where the contract lives on a chain: deploy it once, remember it, find it again."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from eth_account.signers.local import LocalAccount
from web3 import Web3

from sebrus.chain.artifact import artifact
from sebrus.chain.errors import ChainError
from sebrus.chain.receipts import RECEIPT_SECONDS
from sebrus.chain.rpc import connected, guarded

MIN_STAKE_GWEI = 10_000_000  # 0.01 ether
EPOCH_BLOCKS = 64


@dataclass(frozen=True)
class Deployment:
    """One deployed contract."""

    chain_id: int
    address: str
    block: int
    min_stake: int
    epoch_length: int


def load_deployment(path: Path) -> Deployment | None:
    """Read a remembered deployment; None when there is none.

    Raises:
        ChainError: the file is not one of ours.
    """
    if not path.exists():
        return None
    try:
        return Deployment(**json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise ChainError(f"{path} is not a deployment record; restore it or move it away to deploy anew.") from error


def wait_for_deployment(url: str, path: Path, seconds: float) -> Deployment:
    """Return the remembered deployment once its contract is on the chain.

    Raises:
        ChainError: it is not there after `seconds`, or the record is for another chain.
    """
    deadline = time.monotonic() + seconds
    with connected(url) as web3:
        while True:
            known = load_deployment(path)
            if known is not None and _is_there(web3, path, known):
                return known
            if time.monotonic() > deadline:
                raise ChainError("This home has no contract on the chain; run `sebrus deploy` once to deploy it.")
            time.sleep(0.1)


def ensure_deployed(url: str, path: Path, deployer: LocalAccount) -> Deployment:
    """Return the remembered deployment if its contract is on the chain, else deploy and remember it.

    Raises:
        ChainError: the record is for another chain.
    """
    with connected(url) as web3:
        known = load_deployment(path)
        if known is not None and _is_there(web3, path, known):
            return known
        deployed = guarded(lambda: _deploy(web3, web3.eth.chain_id, deployer))
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(asdict(deployed), indent=2) + "\n")
    temporary.replace(path)
    return deployed


def _is_there(web3: Web3, path: Path, deployment: Deployment) -> bool:
    chain_id = guarded(lambda: web3.eth.chain_id)
    if deployment.chain_id != chain_id:
        raise ChainError(
            f"{path} is for chain {deployment.chain_id}, but the node is on chain {chain_id}; use another SEBRUS_HOME."
        )
    return bool(guarded(lambda: web3.eth.get_code(Web3.to_checksum_address(deployment.address))))


def _deploy(web3: Web3, chain_id: int, deployer: LocalAccount) -> Deployment:
    if web3.eth.get_balance(deployer.address) == 0:
        raise ChainError(
            f"The operator {deployer.address} has no ether on chain {chain_id}; send it some and run again."
        )
    judgement, _ = _create(web3, chain_id, deployer, "Judgement", MIN_STAKE_GWEI, EPOCH_BLOCKS)
    address, block = _create(
        web3, chain_id, deployer, "Sebrus", deployer.address, MIN_STAKE_GWEI, EPOCH_BLOCKS, judgement
    )
    return Deployment(chain_id, address, block, MIN_STAKE_GWEI, EPOCH_BLOCKS)


def _create(web3: Web3, chain_id: int, deployer: LocalAccount, name: str, *arguments: str | int) -> tuple[str, int]:
    """Create one contract; returns its address and block."""
    factory = web3.eth.contract(abi=artifact(name)["abi"], bytecode=artifact(name)["bytecode"])
    transaction = factory.constructor(*arguments).build_transaction(
        {
            "from": deployer.address,
            "nonce": web3.eth.get_transaction_count(deployer.address, "pending"),
            "chainId": chain_id,
        }
    )
    signed = deployer.sign_transaction(transaction)
    receipt = web3.eth.wait_for_transaction_receipt(
        web3.eth.send_raw_transaction(signed.raw_transaction), RECEIPT_SECONDS
    )
    address = receipt["contractAddress"]
    if receipt["status"] != 1 or address is None:
        raise ChainError("The chain refused the contract; check the deployer's balance and the chain's rules.")
    return str(address), receipt["blockNumber"]
