"""What a sealed opening is bound to, and when its shares may be released."""

from dataclasses import dataclass, fields
from typing import Any, Self

from sebrus.protocol.keccak import address_bytes, checksum_address
from sebrus.sealing.edge import read_fields, read_hex, sized_bytes, whole_number, write_hex
from sebrus.sealing.errors import SealingError

MAX_SEAT = 31
MAX_ROUND = 255
MAX_CHAIN_ID = 2**53 - 1
"""Chain ids at most: what a number in JavaScript holds exactly."""
_MAX_TIME = 2**40 - 1


@dataclass(frozen=True, slots=True)
class Binding:
    """The one seat that a sealed opening is for: contract, batch, round, seat, reviewer, commitment on chain.

    Addresses are checksummed, hashes 32 bytes. Batch ids do not name chain and contract, so the binding does: else
    the same batch, submitted to another contract whose reveals begin earlier, would open this one's verdicts.
    """

    chain_id: int
    contract: str
    batch_id: bytes
    round: int
    seat: int
    reviewer: str
    commitment: bytes

    def __post_init__(self) -> None:
        """Refuse what names no seat, with a `SealingError`."""
        whole_number("chain id", self.chain_id, 1, MAX_CHAIN_ID)
        _check_address("contract", self.contract)
        sized_bytes("batch id", self.batch_id, 32)
        whole_number("round", self.round, 0, MAX_ROUND)
        whole_number("seat", self.seat, 0, MAX_SEAT)
        _check_address("reviewer", self.reviewer)
        sized_bytes("commitment", self.commitment, 32)
        if not any(self.commitment):
            raise SealingError("A commitment of zero binds nobody.")

    def __str__(self) -> str:
        """Name the seat for people."""
        return f"seat {self.seat} in round {self.round} of batch {write_hex(self.batch_id)}"

    @property
    def encoded(self) -> bytes:
        """The binding in 114 bytes: every field at its full width, big-endian, in order."""
        return (
            self.chain_id.to_bytes(8)
            + address_bytes(self.contract)
            + self.batch_id
            + bytes([self.round, self.seat])
            + address_bytes(self.reviewer)
            + self.commitment
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name, for JSON."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: write_hex(value) if isinstance(value, bytes) else value for name, value in values.items()}

    @classmethod
    def from_dict(cls, value: object) -> Self:
        """Build a binding from `to_dict`; `SealingError` says what is wrong with it."""
        read = read_fields("binding", value, [field.name for field in fields(cls)])
        return cls(
            chain_id=read["chain_id"],
            contract=read["contract"],
            batch_id=read_hex("batch id", read["batch_id"]),
            round=read["round"],
            seat=read["seat"],
            reviewer=read["reviewer"],
            commitment=read_hex("commitment", read["commitment"]),
        )


@dataclass(frozen=True, slots=True)
class SeatOnChain:
    """A seat as a keeper's own node shows it, in a block so deep that the keeper takes it for final.

    `binding` is made of what the chain says, never of the envelope. `seats` is the size of the panel, `committed` the
    mask of seats that committed, `commit_deadline` and `now`, the block's timestamp, are in seconds.
    """

    binding: Binding
    seats: int
    committed: int
    commit_deadline: int
    now: int

    def __post_init__(self) -> None:
        """Refuse what cannot be on chain, with a `SealingError`."""
        whole_number("number of seats", self.seats, 1, MAX_SEAT + 1)
        whole_number("seat", self.binding.seat, 0, self.seats - 1)
        whole_number("mask of committed seats", self.committed, 0, (1 << self.seats) - 1)
        whole_number("commit deadline", self.commit_deadline, 0, _MAX_TIME)
        whole_number("time", self.now, 0, _MAX_TIME)
        if not self.committed >> self.binding.seat & 1:
            raise SealingError(f"Nothing is committed on chain in {self.binding}.")

    @property
    def reveals_begun(self) -> bool:
        """Whether nobody can commit in this round any more: all have, or the commit deadline has passed."""
        return self.now > self.commit_deadline or self.committed == (1 << self.seats) - 1


def mismatch(sealed: Binding, wanted: Binding) -> str:
    """Say in which way `sealed`, which is not `wanted`, is for something else, to follow "sealed for"."""
    if (sealed.chain_id, sealed.contract) != (wanted.chain_id, wanted.contract):
        return f"contract {sealed.contract} on chain {sealed.chain_id}, not for this one"
    if (sealed.batch_id, sealed.round, sealed.seat) != (wanted.batch_id, wanted.round, wanted.seat):
        return f"{sealed}, not for {wanted}"
    return f"another reviewer or commitment than {wanted} has"


def _check_address(name: str, value: object) -> None:
    try:
        checksummed = checksum_address(value) if isinstance(value, str) else None
    except ValueError:
        checksummed = None
    if checksummed is None or checksummed != value:
        raise SealingError(f"The {name} must be an address: 0x and 40 hexadecimal digits with the capitals of EIP-55.")
