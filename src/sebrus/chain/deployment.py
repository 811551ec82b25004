"""Where the contract lives on a chain: deploy it once, remember it, find it again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from eth_account.signers.local import LocalAccount
from web3 import Web3

from sebrus.chain.creation import EMBEDDED_EPOCH_BLOCKS, EPOCH_BLOCKS, MIN_STAKE_GWEI, Deployment, deploy, pending_path
from sebrus.chain.errors import ChainError
from sebrus.chain.rpc import connected, guarded


def _quiet(_step: str) -> None:
    """For those who do not want to hear of each step."""


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


def find_deployed(url: str, path: Path) -> Deployment | None:
    """Return the remembered deployment if its contract is on the chain.

    Raises:
        ChainError: the record is for another chain, or the chain does not answer.
    """
    known = load_deployment(path)
    with connected(url) as web3:
        return known if known is not None and _is_there(web3, path, known) else None


def ensure_deployed(
    url: str,
    path: Path,
    deployer: LocalAccount,
    tell: Callable[[str], None] = _quiet,
    *,
    epoch_blocks: int = EPOCH_BLOCKS,
) -> Deployment:
    """Return the remembered deployment if its contract is on the chain, else deploy and remember it.

    What was sent is noted before it is sent: run again after a kill, it goes on with what is already on its way.
    `tell` hears of each step. `epoch_blocks` is how many blocks the weights of reviewers stand still; a contract that
    is there keeps its own.

    Raises:
        ChainError: the record is for another chain, the ether does not suffice, or the chain refuses.
    """
    known = find_deployed(url, path)
    if known is not None:
        return known
    with connected(url) as web3:
        deployed = guarded(lambda: deploy(web3, path, deployer, tell, epoch_blocks))
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(asdict(deployed), indent=2) + "\n")
    temporary.replace(path)
    pending_path(path).unlink(missing_ok=True)
    return deployed


def _is_there(web3: Web3, path: Path, deployment: Deployment) -> bool:
    chain_id = guarded(lambda: web3.eth.chain_id)
    if deployment.chain_id != chain_id:
        raise ChainError(
            f"{path} is for chain {deployment.chain_id}, but the node is on chain {chain_id}; use another SEBRUS_HOME."
        )
    return bool(guarded(lambda: web3.eth.get_code(Web3.to_checksum_address(deployment.address))))


__all__ = [
    "EMBEDDED_EPOCH_BLOCKS",
    "EPOCH_BLOCKS",
    "MIN_STAKE_GWEI",
    "Deployment",
    "ensure_deployed",
    "find_deployed",
    "load_deployment",
    "wait_for_deployment",
]
