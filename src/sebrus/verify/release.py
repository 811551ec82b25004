"""Verify a release: its files against the chain, step by step, up to the first step that does not hold."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import httpx

from sebrus.protocol import keccak
from sebrus.verify.accounts import verify_accounts
from sebrus.verify.audit import verify_audit
from sebrus.verify.errors import BadInput, StepFailed
from sebrus.verify.events import TOPICS, Event, decode_log
from sebrus.verify.evidence import Evidence
from sebrus.verify.history import History, short
from sebrus.verify.items import verify_items, verify_manifest
from sebrus.verify.manifest import Manifest, read_manifest
from sebrus.verify.money import verify_appeals, verify_payouts
from sebrus.verify.panel import verify_panel
from sebrus.verify.parquet import require_pyarrow
from sebrus.verify.provenance import verify_batches, verify_files, verify_identity
from sebrus.verify.record import verify_record, verify_seals
from sebrus.verify.report import Report, Step
from sebrus.verify.rpc import Rpc
from sebrus.verify.screening import verify_screening, verify_tasks
from sebrus.verify.voting import verify_ballots, verify_tally

RPC_VARIABLE = "SEBRUS_RPC_URL"

RpcProvider = Callable[[Path], AbstractContextManager[str]]
"""Gives a node's URL for a release directory while it is open, for when no URL is known."""

STEPS: dict[str, Callable[[Evidence], str]] = {
    "files": verify_files,
    "identity": verify_identity,
    "batches": verify_batches,
    "record": verify_record,
    "screening": verify_screening,
    "tasks": verify_tasks,
    "ballots": verify_ballots,
    "tally": verify_tally,
    "appeals": verify_appeals,
    "payouts": verify_payouts,
    "accounts": verify_accounts,
    "panel": verify_panel,
    "seal": verify_seals,
    "items": verify_items,
    "manifest": verify_manifest,
    "audit": verify_audit,
}
"""The steps in their order; each relies on those before it."""


def verify_release(
    directory: Path,
    rpc_url: str | None = None,
    *,
    rpc_provider: RpcProvider | None = None,
    transport: httpx.BaseTransport | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> Report:
    """Recompute everything a release says from its files and the chain's events.

    The node is `rpc_url`, else the environment's SEBRUS_RPC_URL, else what `rpc_provider` gives. `on_step` hears of
    every step when it ends.

    Raises:
        BadInput: this is no release, or its chain cannot be read.
    """
    require_pyarrow()
    progress = _Progress(on_step)
    try:
        try:
            manifest = read_manifest(directory)
        except StepFailed as failure:
            progress.ended("files", False, str(failure))
            return Report(str(directory), progress.steps, [])
        with _node(directory, rpc_url, rpc_provider) as url, Rpc(url, transport) as rpc:
            notes = _run_steps(directory, manifest, rpc, progress)
    except OSError as error:
        raise BadInput(f"{error.filename or directory} cannot be read: {error.strerror or error}.") from error
    title = f"{manifest.name}, release {manifest.version} of dataset {short(manifest.dataset_id)}"
    return Report(title, progress.steps, notes)


class _Progress:
    """The steps that have ended; each is told to a listener."""

    def __init__(self, listener: Callable[[Step], None] | None) -> None:
        self.steps: list[Step] = []
        self._listener = listener

    def ended(self, name: str, holds: bool, sentence: str) -> None:
        self.steps.append(Step(name, holds, sentence))
        if self._listener is not None:
            self._listener(self.steps[-1])


def _run_steps(directory: Path, manifest: Manifest, rpc: Rpc, progress: _Progress) -> list[str]:
    """Run the steps up to the first that does not hold, and return the notes."""
    notes: list[str] = []
    evidence = Evidence(directory, manifest, rpc, _read_chain(rpc, manifest, notes), notes=notes)
    for name, step in STEPS.items():
        try:
            sentence = step(evidence)
        except StepFailed as failure:
            progress.ended(name, False, str(failure))
            break
        progress.ended(name, True, sentence)
    return notes


def _node(directory: Path, url: str | None, provider: RpcProvider | None) -> AbstractContextManager[str]:
    found = url or os.environ.get(RPC_VARIABLE)
    if found:
        return nullcontext(found)
    if provider is not None:
        return provider(directory)
    raise BadInput(f"No node is known: give --rpc URL or set {RPC_VARIABLE}.")


def _read_chain(rpc: Rpc, manifest: Manifest, notes: list[str]) -> History:
    chain_id = rpc.chain_id()
    if chain_id != manifest.chain_id:
        raise BadInput(f"The node is on chain {chain_id}, the release is on chain {manifest.chain_id}.")
    code = rpc.code(manifest.contract)
    if not code:
        raise BadInput(f"There is no contract at {manifest.contract} on chain {chain_id}.")
    notes.append(f"The contract at {manifest.contract} has code with keccak-256 0x{keccak(code).hex()}.")
    events: list[Event] = []
    head = rpc.head()
    for log in rpc.logs(manifest.contract, TOPICS, manifest.deployed_block, head):
        event = decode_log(log)
        if event is not None:
            events.append(event)
    return History(events, head)
