"""What every process holds: settings, database, image store, contract and the operator's key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from eth_account.signers.local import LocalAccount

from sebrus.chain.contract import Contract
from sebrus.chain.deployment import Deployment, wait_for_deployment
from sebrus.chain.rpc import PATIENCE_SECONDS, wait_for_chain
from sebrus.platform.clock import ChainClock
from sebrus.platform.operator import load_operator
from sebrus.platform.settings import Settings
from sebrus.platform.transactions import note_transaction
from sebrus.protocol.signature import Domain
from sebrus.store.blobs import BlobStore
from sebrus.store.database import Database, migrate
from sebrus.store.places import open_blobs

CHAIN_START_SECONDS = 30.0


@dataclass(frozen=True)
class Application:
    """The parts of a running SeBRUS, opened once per process."""

    settings: Settings
    database: Database
    blobs: BlobStore
    deployment: Deployment
    contract: Contract
    operator: LocalAccount

    @cached_property
    def clock(self) -> ChainClock:
        """The clock by which windows open and close."""
        return ChainClock(self.contract)

    @property
    def domain(self) -> Domain:
        """Where signatures count: this contract on this chain."""
        return Domain(self.deployment.chain_id, self.deployment.address)

    def close(self) -> None:
        """Close every connection to database and chain."""
        self.database.close()
        self.contract.close()


def open_application(settings: Settings, *, chain_patience: float = PATIENCE_SECONDS) -> Application:
    """Wait for the chain, check the deployment, migrate the database and open everything.

    An answer of the chain is waited for `chain_patience` seconds.

    Raises:
        ChainError: no chain answers, or the contract is not there.
    """
    settings.home_path.mkdir(parents=True, exist_ok=True)
    wait_for_chain(settings.effective_rpc_url, CHAIN_START_SECONDS)
    operator = load_operator(settings.operator_key_path, settings.passphrase_path)
    deployment = wait_for_deployment(
        settings.effective_rpc_url, settings.deployment_path, CHAIN_START_SECONDS if settings.embedded else 0
    )
    migrate(settings.effective_database_url)
    return Application(
        settings=settings,
        database=Database(settings.effective_database_url),
        blobs=open_blobs(settings.effective_blob_url),
        deployment=deployment,
        contract=Contract(settings.effective_rpc_url, deployment.address, note_transaction, patience=chain_patience),
        operator=operator,
    )
