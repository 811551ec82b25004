"""What the node says: that it lives, that the contract on it is ours, that the tables follow, that the ether lasts."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from web3 import Web3
from web3.types import Timestamp

from sebrus.chain.code import is_code_of
from sebrus.chain.contract import Contract
from sebrus.chain.deployment import Deployment, load_deployment
from sebrus.chain.embedded import running_anvil
from sebrus.chain.errors import ChainError, ContractRefused
from sebrus.chain.rpc import connected, guarded
from sebrus.platform.application import Application
from sebrus.platform.doctor.lines import Line, failed, ok, warning
from sebrus.platform.indexer import indexed_block
from sebrus.platform.operator import OperatorKeyInvalid, read_key
from sebrus.platform.readiness import BEHIND_BLOCKS, blocks_behind
from sebrus.platform.settings import Settings
from sebrus.platform.wallet import read_wallet
from sebrus.store.blobs import BlobError
from sebrus.store.database import Database
from sebrus.store.places import open_blobs

SPAN_BLOCKS = 20
SKEW_SECONDS = 15
STALE_SECONDS = 60
STALE_BLOCKS = 10


def check_chain(settings: Settings) -> list[Line]:
    """The node, its clock, and the contract; no more than the first where the node does not answer."""
    if settings.embedded and running_anvil(settings.home_path / "chain") is None:
        return [warning("chain", "The embedded chain does not run; start it with: sebrus up")]
    with connected(settings.effective_rpc_url) as web3:
        try:
            chain_id = guarded(lambda: web3.eth.chain_id)
            lines = [ok("chain", f"chain {chain_id} answers"), *_clock(web3), *_syncing(web3)]
        except ChainError as error:
            return [failed("chain", str(error))]
        try:
            return [*lines, *_contract(web3, settings, chain_id)]
        except (ChainError, ContractRefused) as error:
            return [*lines, failed("contract", str(error))]


def _clock(web3: Web3) -> list[Line]:
    """How far apart blocks are, and whether the newest is of now."""
    newest = guarded(lambda: web3.eth.get_block("latest"))
    before = guarded(lambda: web3.eth.get_block(max(0, newest["number"] - SPAN_BLOCKS)))
    pause = (newest["timestamp"] - before["timestamp"]) / max(1, newest["number"] - before["number"])
    return [judge_clock(newest["timestamp"], pause, time.time())]


def judge_clock(newest: Timestamp | int, pause: float, now: float) -> Line:
    """Whether the newest block's time (seconds) fits this machine's clock, at `pause` seconds between blocks."""
    name, age = "clock", now - newest
    if age < -SKEW_SECONDS:
        return warning(name, f"The newest block is {-age:.0f} s ahead of this machine's clock; set the clock by NTP.")
    if age > max(STALE_SECONDS, STALE_BLOCKS * pause):
        return warning(
            name, f"The newest block is {age:.0f} s old; the node stands still, or this machine's clock is ahead."
        )
    return ok(name, f"a block each {pause:.1f} s, the newest {max(0.0, age):.0f} s old")


def _syncing(web3: Web3) -> list[Line]:
    busy = guarded(lambda: web3.eth.syncing)
    return [warning("sync", "The node is still catching up with its chain; wait until it has.")] if busy else []


def _contract(web3: Web3, settings: Settings, chain_id: int) -> list[Line]:
    name = "contract"
    known = load_deployment(settings.deployment_path)
    if known is None:
        return [failed(name, f"{settings.deployment_path} does not exist; run: sebrus deploy")]
    if known.chain_id != chain_id:
        return [failed(name, f"It is on chain {known.chain_id}, the node on {chain_id}; correct SEBRUS_RPC_URL.")]
    code = _code(web3, known.address)
    if not code:
        return [failed(name, f"There is no code at {known.address}; run `sebrus deploy`, or restore deployment.json.")]
    if not is_code_of(code, "Sebrus"):
        return [failed(name, f"The code at {known.address} is not this version's; use the version it was made by.")]
    return [_constants(web3, settings, known)]


def _constants(web3: Web3, settings: Settings, known: Deployment) -> Line:
    contract = Contract(settings.effective_rpc_url, known.address)
    try:
        same = (contract.call("minStake"), contract.call("epochLength")) == (known.min_stake, known.epoch_length)
        second = _code(web3, contract.call("judgement"))
    finally:
        contract.close()
    if not is_code_of(second, "Judgement"):
        return failed("contract", f"The second half of {known.address} is not this version's; do not use it.")
    if not same:
        return failed("contract", f"{settings.deployment_path} tells other constants than the contract; restore it.")
    return ok("contract", f"{known.address}, code of this version, from block {known.block}")


def _code(web3: Web3, address: str) -> bytes:
    return bytes(guarded(lambda: web3.eth.get_code(Web3.to_checksum_address(address))))


def check_progress(settings: Settings) -> list[Line]:
    """How far the tables are behind the chain, and how many batches the operator's ether pays for."""
    application = _application(settings)
    if application is None:
        return []  # another line says what is missing
    try:
        head = application.contract.head().number
        with application.database.read() as session:
            behind = blocks_behind(application, head, indexed_block(session))
        wallet = read_wallet(application)
    except (ChainError, SQLAlchemyError):
        return []
    finally:
        application.close()
    late = warning("index", f"The tables are {behind} blocks behind the chain; check that `sebrus index` runs.")
    says = f"{wallet.batches} batches at {wallet.gas_price / 10**9:.4g} gwei and {wallet.gas_per_batch} gas each"
    return [
        late if behind > BEHIND_BLOCKS else ok("index", f"{behind} blocks behind block {head}"),
        warning("ether", wallet.warning()) if wallet.low else ok("ether", says),
    ]


def _application(settings: Settings) -> Application | None:
    """What runs, opened without waiting, migrating or making anything; None where a part is missing."""
    url = settings.effective_database_url
    try:
        deployment = load_deployment(settings.deployment_path)
        parsed = make_url(url)
        there = parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").exists()
        if deployment is None or not there or not (settings.blob_url or (settings.home_path / "images").exists()):
            return None
        return Application(
            settings=settings,
            database=Database(url),
            blobs=open_blobs(settings.effective_blob_url),
            deployment=deployment,
            contract=Contract(settings.effective_rpc_url, deployment.address),
            operator=read_key(settings.operator_key_path, settings.passphrase_path),
        )
    except (ChainError, OperatorKeyInvalid, BlobError, OSError, SQLAlchemyError, ModuleNotFoundError):
        return None
