"""What people sign for servers and not for the contract; the EIP-712 domain is the contract's."""

from dataclasses import dataclass

from sebrus.protocol.signature import Message


@dataclass(frozen=True)
class Link(Message):
    """An account declares that it is tied to another, and so will not judge the other's batches."""

    MEMBERS = (("account", "address"), ("other", "address"), ("deadline", "uint256"))
    account: str
    other: str
    deadline: int


@dataclass(frozen=True)
class Look(Message):
    """A reviewer asks to be shown what its panel judges; good for this round and panel, and for nothing else."""

    MEMBERS = (("batchId", "bytes32"), ("round", "uint8"), ("panelHash", "bytes32"), ("reviewer", "address"))
    batch_id: bytes
    round: int
    panel_hash: bytes
    reviewer: str
