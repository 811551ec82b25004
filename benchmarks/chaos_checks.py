"""What must hold after chaos.py: each check returns sentences about what does not; none where all is well."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from eth_account import Account as Wallet
from sqlalchemy import select

from benchmarks.chaos_ground import Ground
from benchmarks.chaos_load import FINAL, GWEI, Ledger
from sebrus.chain.events import read_events
from sebrus.demo.cast import Cast
from sebrus.demo.stage import persist
from sebrus.platform.application import Application
from sebrus.platform.indexer import Indexer
from sebrus.platform.release import build_release
from sebrus.store.blobs import BlobError
from sebrus.store.models import SetAside, SignedMovement
from sebrus.store.projected import PROJECTED, Account, Batch, Dataset, Event, Release
from sebrus.verify import verify_release

Rows = dict[str, list[tuple[object, ...]]]


def check_batches(application: Application, ledgers: Sequence[Ledger]) -> list[str]:
    """Every batch that was taken has its end, which the ledgers get to know, and one that was refused its reason."""
    found = []
    with application.database.read() as session:
        phases = {batch.id: batch.phase for batch in session.scalars(select(Batch))}
    for ledger in ledgers:
        for batch_id, told in ledger.batches.items():
            phase = ledger.batches[batch_id] = phases.get(batch_id, told)
            if phase not in FINAL:
                found.append(f"Batch {batch_id} of {ledger.address} was handed in and is {phase}.")
            elif phase == "Refused" and not ledger.refusals.get(batch_id):
                found.append(f"Batch {batch_id} of {ledger.address} was refused without a reason.")
    return found


def check_images(application: Application, ledgers: Sequence[Ledger]) -> list[str]:
    """Every image that was taken in is there, with its bytes."""
    found = []
    for sha256 in (sha256 for ledger in ledgers for sha256 in ledger.images):
        try:
            data = application.blobs.get(sha256)
        except BlobError as error:
            found.append(f"Image {sha256} was taken in, and now: {error}")
            continue
        if hashlib.sha256(data).hexdigest() != sha256:
            found.append(f"Image {sha256} has other bytes.")
    return found


def check_events(application: Application) -> list[str]:
    """The tables hold the chain's events, each once, and no batch was submitted or settled twice."""
    contract = application.contract
    head = contract.head().number
    on_chain = [
        (event.block_number, event.log_index, event.transaction_hash, event.name)
        for event in read_events(contract, application.deployment.block, head)
    ]
    with application.database.read() as session:
        rows = session.scalars(select(Event).order_by(Event.block_number, Event.log_index)).all()
    stored = [(row.block_number, row.log_index, row.transaction_hash, row.name) for row in rows]
    found = [] if stored == on_chain else [f"The tables hold {len(stored)} events, the chain has {len(on_chain)}."]
    for name in ("Submitted", "Settled"):
        times = Counter(row.subject for row in rows if row.name == name)
        found += [f"Batch {subject} was {name} {count} times." for subject, count in times.items() if count > 1]
    return found


def check_money(application: Application) -> list[str]:
    """Every account and bounty is the contract's, and the contract holds their sum."""
    contract, found, held = application.contract, [], 0
    with application.database.read() as session:
        accounts = session.scalars(select(Account)).all()
        datasets = session.scalars(select(Dataset)).all()
        running = session.scalars(select(Batch).where(Batch.phase.not_in(FINAL))).all()
    for account in accounts:
        free, stake, locked, *_ = contract.call("accountOf", account.address)
        if (account.free, account.stake, account.locked) != (free, stake, locked):
            found.append(f"Account {account.address} is not the contract's.")
        held += free + stake
    for dataset in datasets:
        bounty = contract.call("bountyOf", bytes.fromhex(dataset.id[2:]))
        if dataset.bounty != bounty:
            found.append(f"The bounty of {dataset.id} is not the contract's.")
        held += bounty
    held += sum(batch.stake + batch.reserve for batch in running)
    balance = contract.web3.eth.get_balance(contract.address)
    if held * GWEI != balance:
        found.append(f"The contract holds {balance} wei and owes {held * GWEI}.")
    return found


def check_withdrawals(application: Application, ledgers: Sequence[Ledger]) -> list[str]:
    """What each contributor was told is withdrawn was paid out once, and nothing else."""
    found = []
    with application.database.read() as session:
        paid: dict[str, list[int]] = {}
        for event in session.scalars(select(Event).where(Event.name == "Withdrawn")):
            paid.setdefault(event.arguments["account"], []).append(event.arguments["amount"])
        refused = session.scalars(select(SignedMovement).where(SignedMovement.refusal.is_not(None))).all()
    found += [f"Movement {row.nonce} of {row.account} was refused: {row.refusal}" for row in refused]
    for ledger in ledgers:
        got = paid.get(ledger.address, [])
        missing, more = Counter(ledger.withdrawals) - Counter(got), Counter(got) - Counter(ledger.withdrawals)
        found += [f"{ledger.address} was told that {amount} gwei are withdrawn; never." for amount in missing]
        found += [f"{ledger.address} was paid {amount} gwei that nobody asked for, or twice." for amount in more]
        wallet = application.contract.web3.eth.get_balance(
            application.contract.web3.to_checksum_address(ledger.address)
        )
        if wallet != sum(got) * GWEI:
            found.append(f"The wallet {ledger.address} holds {wallet} wei and was paid {sum(got) * GWEI}.")
    return found


def check_detector(application: Application) -> list[str]:
    """No batch was set aside."""
    with application.database.read() as session:
        return [f"Batch {row.batch_id} was set aside: {row.reason}" for row in session.scalars(select(SetAside))]


def check_reindex(application: Application) -> list[str]:
    """Reading the chain anew gives the same rows."""
    before = rows_of(application)
    Indexer(application).reindex()
    after = rows_of(application)
    return [f"Table {name} comes out otherwise when it is read anew." for name in before if before[name] != after[name]]


def check_release(application: Application, ground: Ground, cast: Cast, dataset_id: str, folder: Path) -> list[str]:
    """What was accepted makes a release that the independent verifier accepts."""
    written = build_release(application, dataset_id, folder, replace=True)
    owner = Wallet.from_key(cast.owner_key)
    arguments = (bytes.fromhex(dataset_id[2:]), written.manifest_root, written.item_count, written.manifest_hash)
    persist(lambda: application.contract.send(owner, "publishRelease", *arguments))
    persist(lambda: _published(application, dataset_id))
    report = verify_release(folder, ground.stage.rpc_url)
    return [] if report.holds else [f"The release does not verify: {report}"]


def _published(application: Application, dataset_id: str) -> None:
    Indexer(application).catch_up()
    with application.database.read() as session:
        session.scalars(select(Release).where(Release.dataset_id == dataset_id)).one()


def tracebacks(folder: Path) -> dict[str, int]:
    """The last lines of tracebacks in the logs of the processes, and how often each is there."""
    found: Counter[str] = Counter()
    for path in sorted(folder.glob("*.log")):
        inside = False
        for line in path.read_text(errors="replace").splitlines():
            if line.startswith("Traceback"):
                inside = True
            elif inside and line and not line.startswith((" ", "\t")):
                found[f"{path.stem}: {line[:160]}"] += 1
                inside = False
    return dict(found)


def rows_of(application: Application) -> Rows:
    """Every projected row and event, in the order of their keys."""
    with application.database.read() as session:
        return {
            table.__tablename__: [
                tuple(row) for row in session.execute(select(*table.__table__.c).order_by(*table.__table__.primary_key))
            ]
            for table in (*PROJECTED, Event)
        }


def check_all(
    application: Application, ground: Ground, cast: Cast, dataset_id: str, ledgers: Sequence[Ledger]
) -> dict[str, list[str]]:
    """Every check by its name, with what does not hold."""
    checks: dict[str, Callable[[], Any]] = {
        "batches": lambda: check_batches(application, ledgers),
        "images": lambda: check_images(application, ledgers),
        "events": lambda: check_events(application),
        "money": lambda: check_money(application),
        "withdrawals": lambda: check_withdrawals(application, ledgers),
        "detector": lambda: check_detector(application),
        "release": lambda: check_release(application, ground, cast, dataset_id, ground.stage.home.parent / "release"),
        "reindex": lambda: check_reindex(application),
    }
    return {name: check() for name, check in checks.items()}
