"""What the steps share: the release at hand, the chain's answers, and what earlier steps established."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sebrus.protocol import Domain, Policy
from sebrus.verify.bounties import Bounties
from sebrus.verify.contents import BatchFile
from sebrus.verify.history import History
from sebrus.verify.ledger import Ledger
from sebrus.verify.manifest import Manifest
from sebrus.verify.replay import Replay, Round
from sebrus.verify.rpc import Rpc


@dataclass
class Evidence:
    """Filled by the steps in their order: `batches` by the batches step."""

    directory: Path
    manifest: Manifest
    rpc: Rpc
    history: History
    batches: list[BatchFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def domain(self) -> Domain:
        """The EIP-712 domain of the contract."""
        return Domain(self.manifest.chain_id, self.manifest.contract)

    @property
    def policy(self) -> Policy:
        """The dataset's rules."""
        return self.manifest.dataset.policy

    @cached_property
    def bounties(self) -> Bounties:
        """Every dataset's bounty at any time."""
        return Bounties(self.history.events)

    @cached_property
    def ledger(self) -> Ledger:
        """Every account and record of the contract; `StepFailed` when the events contradict each other."""
        return Ledger(self.history, self.rpc.read_uint(self.manifest.contract, "minStake"))

    def decided(self) -> Iterator[tuple[BatchFile, Replay]]:
        """Yield every batch of the release with its life."""
        for batch in self.batches:
            yield batch, self.history.batch(batch.batch_id).replay

    def rounds(self) -> Iterator[tuple[BatchFile, Replay, Round]]:
        """Yield every round of every batch of the release."""
        for batch, replay in self.decided():
            for round_ in replay.rounds:
                yield batch, replay, round_
