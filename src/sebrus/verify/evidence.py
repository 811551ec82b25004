"""What the steps share: the release at hand, the chain's answers, and what earlier steps established."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sebrus.protocol import Domain
from sebrus.verify.contents import BatchFile
from sebrus.verify.history import BatchHistory, History, Round
from sebrus.verify.manifest import Manifest
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

    def decided(self) -> Iterator[tuple[BatchFile, BatchHistory]]:
        """Yield every batch of the release with its history."""
        for batch in self.batches:
            yield batch, self.history.batch(batch.batch_id)

    def rounds(self) -> Iterator[tuple[BatchFile, BatchHistory, Round]]:
        """Yield every round of every batch of the release."""
        for batch, history in self.decided():
            for round_ in history.rounds():
                yield batch, history, round_
