"""EIP-712: what wallets sign, and the commitments of reviewers and detector. https://eips.ethereum.org/EIPS/eip-712"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar

from eth_account import Account
from eth_account.messages import SignableMessage

from sebrus.protocol.canonical import require_canonical
from sebrus.protocol.keccak import address_word, bytes32_word, checksum_address, keccak, uint_word

DOMAIN_NAME = "SeBRUS"
DOMAIN_VERSION = "1"
_DOMAIN_FIELDS = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
)


def _type_string(name: str, members: tuple[tuple[str, str], ...]) -> bytes:
    return f"{name}({','.join(f'{kind} {member}' for member, kind in members)})".encode()


_DOMAIN_TYPE_HASH = keccak(_type_string("EIP712Domain", _DOMAIN_FIELDS))


def _encode(kind: str, value: Any) -> bytes:
    if kind == "bool":
        return uint_word(value, 1)
    if kind == "address":
        return address_word(value)
    if kind == "bytes32":
        return bytes32_word(value)
    return uint_word(value, int(kind.removeprefix("uint")))


@dataclass(frozen=True)
class Domain:
    """Where a signature counts: one contract on one chain."""

    chain_id: int
    contract: str

    @cached_property
    def separator(self) -> bytes:
        """The domain separator (32 bytes)."""
        return keccak(
            _DOMAIN_TYPE_HASH
            + keccak(DOMAIN_NAME.encode())
            + keccak(DOMAIN_VERSION.encode())
            + uint_word(self.chain_id)
            + address_word(self.contract)
        )


@dataclass(frozen=True)
class Message:
    """An EIP-712 struct: the subclass's name, and its fields in the order of `MEMBERS`."""

    MEMBERS: ClassVar[tuple[tuple[str, str], ...]]

    @cached_property
    def struct_hash(self) -> bytes:
        """The EIP-712 `hashStruct` (32 bytes)."""
        words = [keccak(_type_string(type(self).__name__, self.MEMBERS))]
        for field, (_, kind) in zip(fields(self), self.MEMBERS, strict=True):
            words.append(_encode(kind, getattr(self, field.name)))
        return keccak(b"".join(words))


@dataclass(frozen=True)
class Submit(Message):
    """A contributor hands in a batch."""

    MEMBERS = (
        ("datasetId", "bytes32"),
        ("contributor", "address"),
        ("root", "bytes32"),
        ("itemCount", "uint16"),
        ("deadline", "uint256"),
    )
    dataset_id: bytes
    contributor: str
    root: bytes
    item_count: int
    deadline: int


@dataclass(frozen=True)
class Commit(Message):
    """A reviewer authorises whoever relays the commitment, for this panel only: a reorganisation may draw another.

    It is good until the commit window closes.
    """

    MEMBERS = (
        ("batchId", "bytes32"),
        ("round", "uint8"),
        ("panelHash", "bytes32"),
        ("commitment", "bytes32"),
    )
    batch_id: bytes
    round: int
    panel_hash: bytes
    commitment: bytes


@dataclass(frozen=True)
class Ballot(Message):
    """A reviewer's verdicts with all they are bound to; its digest is the commitment.

    `screening` is the record's screening word: it binds the verdicts to the pictures that were shown.
    """

    MEMBERS = (
        ("batchId", "bytes32"),
        ("round", "uint8"),
        ("screening", "bytes32"),
        ("panelHash", "bytes32"),
        ("reviewer", "address"),
        ("verdictsHash", "bytes32"),
        ("salt", "bytes32"),
    )
    batch_id: bytes
    round: int
    screening: bytes
    panel_hash: bytes
    reviewer: str
    verdicts_hash: bytes
    salt: bytes


@dataclass(frozen=True)
class Screening(Message):
    """A detector's screening in one round; its digest is the detector's commitment."""

    MEMBERS = (
        ("batchId", "bytes32"),
        ("round", "uint8"),
        ("modelHash", "bytes32"),
        ("scoresRoot", "bytes32"),
        ("flagsHash", "bytes32"),
        ("goldHash", "bytes32"),
        ("answersHash", "bytes32"),
        ("salt", "bytes32"),
    )
    batch_id: bytes
    round: int
    model_hash: bytes
    scores_root: bytes
    flags_hash: bytes
    gold_hash: bytes
    answers_hash: bytes
    salt: bytes


@dataclass(frozen=True)
class Appeal(Message):
    """An appellant names items of a held decision; `round` is that of the record, the last one that sat."""

    MEMBERS = (
        ("batchId", "bytes32"),
        ("round", "uint8"),
        ("appellant", "address"),
        ("itemsHash", "bytes32"),
        ("deadline", "uint256"),
    )
    batch_id: bytes
    round: int
    appellant: str
    items_hash: bytes
    deadline: int


@dataclass(frozen=True)
class Payout(Message):
    """Set or end an account's standing order to be paid out."""

    MEMBERS = (("account", "address"), ("payout", "bool"), ("nonce", "uint256"), ("deadline", "uint256"))
    account: str
    payout: bool
    nonce: int
    deadline: int


@dataclass(frozen=True)
class _MoneyMessage(Message):
    MEMBERS = (("account", "address"), ("amount", "uint64"), ("nonce", "uint256"), ("deadline", "uint256"))
    account: str
    amount: int
    nonce: int
    deadline: int


@dataclass(frozen=True)
class Stake(_MoneyMessage):
    """Move free balance into the reviewing stake; the amount in gwei."""


@dataclass(frozen=True)
class Unstake(_MoneyMessage):
    """Move reviewing stake back to the free balance; the amount in gwei."""


@dataclass(frozen=True)
class Withdraw(_MoneyMessage):
    """Send free balance to the account itself; the amount in gwei."""


def eip712_digest(domain: Domain, message: Message) -> bytes:
    """Return what is signed (or, for `Ballot` and `Screening`, committed): 32 bytes."""
    return keccak(b"\x19\x01" + domain.separator + message.struct_hash)


def typed_data(domain: Domain, message: Message) -> dict[str, Any]:
    """Return the JSON that a wallet takes for `eth_signTypedData_v4`; hashes as hex, numbers as numbers."""
    name = type(message).__name__
    values = {}
    for field, (member, _) in zip(fields(message), message.MEMBERS, strict=True):
        value = getattr(message, field.name)
        values[member] = "0x" + value.hex() if isinstance(value, bytes) else value
    types = {"EIP712Domain": _DOMAIN_FIELDS, name: message.MEMBERS}
    return {
        "types": {k: [{"name": n, "type": t} for n, t in members] for k, members in types.items()},
        "primaryType": name,
        "domain": {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": domain.chain_id,
            "verifyingContract": domain.contract,
        },
        "message": values,
    }


def sign(domain: Domain, message: Message, private_key: str | bytes) -> bytes:
    """Sign a message; returns 65 bytes `r, s, v`, deterministic (RFC 6979)."""
    signable = SignableMessage(b"\x01", domain.separator, message.struct_hash)
    return bytes(Account.sign_message(signable, private_key).signature)


def recover_signer(domain: Domain, message: Message, signature: bytes) -> str:
    """Return the checksummed address that signed; `ValueError` when it is no signature that the contract takes."""
    signable = SignableMessage(b"\x01", domain.separator, message.struct_hash)
    require_canonical(signature)
    try:
        return checksum_address(Account.recover_message(signable, signature=signature))
    except Exception as error:
        raise ValueError("This is not a signature of 65 bytes over secp256k1.") from error
