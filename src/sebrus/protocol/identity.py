"""What datasets and batches are, and the hashes that name them (`Policy`, `DatasetParams`, `BatchKey`)."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from functools import cached_property
from typing import Any, Self

from sebrus.protocol.keccak import address_word, bytes32_word, checksum_address, keccak, uint_word

POLICY_BITS = {
    "item_stake": 64,
    "item_reward": 64,
    "review_fee": 64,
    "seat_stake": 64,
    "panel_size": 8,
    "escalated_size": 8,
    "final_size": 8,
    "quorum": 8,
    "detector_votes": 8,
    "draw_delay": 8,
    "max_items": 16,
    "max_gold": 16,
    "screening_window": 24,
    "commit_window": 24,
    "reveal_window": 24,
    "hold_window": 24,
    "rejected_slash_bps": 16,
    "silent_slash_bps": 16,
    "incoherent_slash_bps": 16,
    "gold_pass_bps": 16,
}
"""The width in bits of every field of a policy, in the order of the contract's struct."""


@dataclass(frozen=True)
class Policy:
    """The rules of a dataset, fixed at its creation. Amounts in gwei, windows in seconds, delay in blocks."""

    item_stake: int
    item_reward: int
    review_fee: int
    seat_stake: int
    panel_size: int
    escalated_size: int
    final_size: int
    quorum: int
    detector_votes: int
    draw_delay: int
    max_items: int
    max_gold: int
    screening_window: int
    commit_window: int
    reveal_window: int
    hold_window: int
    rejected_slash_bps: int
    silent_slash_bps: int
    incoherent_slash_bps: int
    gold_pass_bps: int

    def __post_init__(self) -> None:
        """Refuse what the contract's types cannot hold."""
        for name, bits in POLICY_BITS.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << bits:
                raise ValueError(f"The policy's {name} is {value!r}; it needs a whole number of {bits} bits.")

    @cached_property
    def policy_hash(self) -> bytes:
        """`keccak256(abi.encode(Policy))`."""
        return keccak(b"".join(uint_word(getattr(self, name), bits) for name, bits in POLICY_BITS.items()))

    @property
    def panel_sizes(self) -> tuple[int, ...]:
        """The sizes of the panels that a batch can meet, round after round: one to three of them."""
        if not self.escalated_size:
            return (self.panel_size,)
        if not self.final_size:
            return (self.panel_size, self.escalated_size)
        return (self.panel_size, self.escalated_size, self.final_size)

    def as_abi(self) -> tuple[int, ...]:
        """Return the fields in the contract's order, as a call takes them."""
        return astuple(self)

    @classmethod
    def from_abi(cls, values: Sequence[int]) -> Self:
        """Build a policy from the contract's tuple."""
        return cls(*values)

    def as_dict(self) -> dict[str, int]:
        """Return the fields by name, for JSON."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build a policy from `as_dict`; `ValueError` when a field is missing, unknown or out of range."""
        if set(values) != set(POLICY_BITS):
            odd = sorted(set(values) ^ set(POLICY_BITS))
            raise ValueError(f"The policy has missing or unknown fields: {', '.join(odd)}.")
        return cls(**values)


@dataclass(frozen=True)
class DatasetParams:
    """What creates a dataset. Addresses are checksummed, hashes 32 bytes; no detector is the zero address."""

    owner: str
    detector: str
    class_count: int
    metadata_hash: bytes
    salt: bytes
    policy: Policy

    @cached_property
    def dataset_id(self) -> bytes:
        """`keccak256(abi.encode(owner, detector, classCount, metadataHash, policyHash, salt))`."""
        return keccak(
            address_word(self.owner)
            + address_word(self.detector)
            + uint_word(self.class_count, 16)
            + bytes32_word(self.metadata_hash)
            + self.policy.policy_hash
            + bytes32_word(self.salt)
        )

    def as_abi(self) -> tuple[Any, ...]:
        """Return the fields in the contract's order, as a call takes them."""
        head = (self.owner, self.detector, self.class_count, self.metadata_hash, self.salt)
        return (*head, self.policy.as_abi())

    @classmethod
    def from_abi(cls, values: Sequence[Any]) -> Self:
        """Build the parameters from the contract's tuple."""
        owner, detector, class_count, metadata_hash, salt, policy = values
        return cls(
            checksum_address(owner),
            checksum_address(detector),
            class_count,
            bytes(metadata_hash),
            bytes(salt),
            Policy.from_abi(policy),
        )


@dataclass(frozen=True)
class BatchKey:
    """What identifies a batch: dataset, contributor, the root over its items and their number."""

    dataset_id: bytes
    contributor: str
    root: bytes
    item_count: int

    @cached_property
    def batch_id(self) -> bytes:
        """`keccak256(abi.encode(BatchKey))`."""
        return keccak(
            bytes32_word(self.dataset_id)
            + address_word(self.contributor)
            + bytes32_word(self.root)
            + uint_word(self.item_count, 16)
        )

    def as_abi(self) -> tuple[bytes, str, bytes, int]:
        """Return the fields in the contract's order, as a call takes them."""
        return (self.dataset_id, self.contributor, self.root, self.item_count)

    @classmethod
    def from_abi(cls, values: Sequence[Any]) -> Self:
        """Build a key from the contract's tuple."""
        dataset_id, contributor, root, item_count = values
        return cls(bytes(dataset_id), checksum_address(contributor), bytes(root), item_count)


def panel_hash(accounts: Sequence[str]) -> bytes:
    """Return the hash of a list of accounts in its order (the EIP-712 encoding of `address[]`): a panel, or links."""
    return keccak(b"".join(address_word(address) for address in accounts))
