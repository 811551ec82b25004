"""Set the stage: a fresh home, every process of `sebrus up` on free ports, a funded dataset and staked reviewers."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from eth_account import Account
from eth_account.signers.local import LocalAccount

from sebrus.chain.contract import Contract
from sebrus.chain.embedded import call, free_port, running_anvil
from sebrus.chain.errors import ChainError
from sebrus.client import Client, Reviewer, ServerRefused, ServerUnreachable
from sebrus.demo.cast import Cast
from sebrus.demo.images import CLASSES, as_png, digest
from sebrus.platform.policy import DEFAULT_POLICY
from sebrus.platform.processes import Supervisor
from sebrus.protocol.identity import DatasetParams, Policy

PROCESSES = ("chain", "index", "work", "serve")
# What a run leaves in its home; nothing else there is touched.
LEFT_BEHIND = ("chain", "detector", "images", "keys", "logs", "release", "deployment.json", "report.json")
START_SECONDS = 180.0
PATIENCE_SECONDS = 120.0
GWEI = 10**9

# The advised rules with the windows of a play. A draw waits for its commitments during half of the commit window: the
# other half has to do for sending it on a busy machine.
POLICY = replace(
    DEFAULT_POLICY,
    draw_delay=2,
    max_gold=128,
    screening_window=300,
    commit_window=20,
    reveal_window=12,
    hold_window=2,
)
UNLIMITED = ("SEBRUS_READS_PER_MINUTE", "SEBRUS_ACTS_PER_MINUTE", "SEBRUS_UPLOADED_BYTES_PER_MINUTE")
BOUNTY = 10_000 * GWEI
REVIEWER_STAKE = 2 * GWEI
CONTRIBUTOR_DEPOSIT = 1 * GWEI


@dataclass(frozen=True)
class Stage:
    """Running processes and how to reach them."""

    home: Path
    environment: dict[str, str]
    url: str
    rpc_url: str
    supervisor: Supervisor

    def rpc(self, method: str, *params: Any) -> Any:
        """Call the embedded chain."""
        with httpx.Client(timeout=30) as http:
            return call(http, self.rpc_url, method, *params)

    def contract(self, client: Client) -> Contract:
        """The contract, for those who have ether and send transactions themselves."""
        return Contract(self.rpc_url, client.domain.contract)


@contextmanager
def raised(home: Path, **settings: str) -> Iterator[Stage]:
    """Start every process in an emptied home, with these settings (`SEBRUS_…`); stop them when the block ends."""
    home = home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    if running_anvil(home / "chain") is not None:
        raise ChainError(f"SeBRUS is running in {home}; stop it first, since the demo begins with an empty home.")
    _clear(home)
    port, chain_port = free_port(), free_port()
    environment = {"SEBRUS_HOME": str(home), "SEBRUS_PORT": str(port), "SEBRUS_CHAIN_PORT": str(chain_port)}
    # All its people come from one address.
    environment |= dict.fromkeys(UNLIMITED, "0") | settings
    supervisor = Supervisor(PROCESSES, environment, home / "logs")
    stop = threading.Event()
    watcher = threading.Thread(target=supervisor.watch, args=(stop,), name="supervisor")
    stage = Stage(home, environment, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{chain_port}", supervisor)
    supervisor.start()
    watcher.start()
    try:
        _wait_for_server(stage)
        yield stage
    finally:
        stop.set()
        watcher.join()


def _clear(home: Path) -> None:
    for name in LEFT_BEHIND:
        path = home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for path in home.glob("sebrus.db*"):
        path.unlink()


def _wait_for_server(stage: Stage) -> None:
    deadline = time.monotonic() + START_SECONDS
    with Client(stage.url) as client:
        while True:
            try:
                if client.get("/health")["status"] == "ok":
                    return
            except (ServerUnreachable, ServerRefused):
                pass
            if time.monotonic() > deadline:
                raise ChainError(f"SeBRUS did not start within {START_SECONDS:.0f} seconds; see {stage.home / 'logs'}.")
            time.sleep(0.2)


def persist(action: Any) -> Any:
    """Repeat an action while the chain or the server is away; each of ours may be repeated."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return action()
        except (ChainError, ServerUnreachable):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def open_dataset(stage: Stage, client: Client, cast: Cast, policy: Policy = POLICY) -> str:
    """Upload the trusted seed, create and fund the dataset; returns its id."""
    owner: LocalAccount = Account.from_key(cast.owner_key)
    persist(lambda: stage.rpc("anvil_setBalance", owner.address, hex(10**24)))
    seed = [(as_png(image), int(label)) for image, label in zip(cast.trusted.images, cast.trusted.labels, strict=True)]
    persist(lambda: client.upload([(f"{i:03}.png", data) for i, (data, _) in enumerate(seed)]))
    document = {
        "name": "Handwritten digits",
        "description": "Digits sent by honest and hostile wallets, decided by the gate.",
        "classes": CLASSES,
        "seed": [{"sha256": digest(data), "label": label} for data, label in seed],
    }
    metadata_hash = persist(lambda: client.post("/v1/metadata", document))["metadata_hash"]
    chain = persist(lambda: client.get("/v1/chain"))
    params = DatasetParams(
        owner=owner.address,
        detector=chain["operator"],
        class_count=len(CLASSES),
        metadata_hash=bytes.fromhex(metadata_hash[2:]),
        salt=cast.seed.to_bytes(32, "big"),
        policy=policy,
    )
    contract = stage.contract(client)
    persist(lambda: contract.send(owner, "createDataset", params.as_abi(), value=BOUNTY * GWEI))
    dataset_id = "0x" + params.dataset_id.hex()
    wait_until(lambda: client.get(f"/v1/datasets/{dataset_id}"))
    return dataset_id


def seat_reviewers(stage: Stage, client: Client, cast: Cast) -> None:
    """Give every reviewer and contributor a deposit, have the reviewers stake by signature, let an epoch pass."""
    owner: LocalAccount = Account.from_key(cast.owner_key)
    contract = stage.contract(client)
    deposits = [(critic.address, REVIEWER_STAKE) for critic in cast.critics]
    deposits += [(contribution.address, CONTRIBUTOR_DEPOSIT) for contribution in cast.contributions]
    for address, amount in deposits:
        persist(lambda to=address, gwei=amount: contract.send(owner, "deposit", to, value=gwei * GWEI))
    reviewers = [Reviewer(client, critic.key) for critic in cast.critics]
    for reviewer in reviewers:
        nonce = persist(reviewer.money)["nonce"]
        persist(lambda r=reviewer, n=nonce: r.move("stake", REVIEWER_STAKE, nonce=n))
    for reviewer in reviewers:
        wait_until(lambda r=reviewer: r.money()["stake"] == REVIEWER_STAKE)
    # Stakes count from the epoch after; on a quiet development chain nobody else makes the blocks.
    persist(lambda: stage.rpc("anvil_mine", hex(client.get("/v1/chain")["epoch_length"])))


def wait_until(condition: Any) -> None:
    """Wait until a condition holds; what does not exist yet counts as not holding."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except (ServerRefused, ServerUnreachable, ChainError):
            pass
        time.sleep(0.1)
    raise ChainError(f"Nothing changed for {PATIENCE_SECONDS:.0f} seconds; see the logs.")
