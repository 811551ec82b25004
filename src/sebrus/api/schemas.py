"""What the API takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, Literal, TypeVar

from eth_utils.address import is_address, to_checksum_address
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator

from sebrus.export.certificate import MOST_BYTES as MOST_CERTIFICATE_BYTES

T = TypeVar("T")


def _checksummed(value: str) -> str:
    if not is_address(value):
        raise ValueError("is not an Ethereum address (0x and 40 hex digits, with a valid checksum if mixed case)")
    return str(to_checksum_address(value))


Address = Annotated[str, StringConstraints(max_length=42), AfterValidator(_checksummed)]
Hash = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{64}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Signature = Annotated[str, StringConstraints(pattern=r"^0x([0-9a-fA-F]{2}){0,4096}$")]
Deadline = Annotated[int, Field(ge=0, lt=2**63)]
Gwei = Annotated[int, Field(ge=1, lt=2**63)]
SeatNumber = Annotated[int, Field(ge=0, le=31)]
RoundNumber = Annotated[int, Field(ge=0, le=255)]


class Out(BaseModel):
    """Base of answers: read from rows."""

    model_config = ConfigDict(from_attributes=True)


class In(BaseModel):
    """Base of requests: unknown fields are an error."""

    model_config = ConfigDict(extra="forbid")


class Page(BaseModel, Generic[T]):
    """Some results; `next` is the cursor of the following page, null on the last."""

    results: list[T]
    next: str | None


Row = TypeVar("Row")
Shown = TypeVar("Shown", bound=BaseModel)


def page_of(kind: type[Shown], rows: Sequence[Row], limit: int, cursor: Callable[[Row], str]) -> Page[Shown]:
    """The first `limit` rows as a page; one more was read to know whether another page follows."""
    page = cut_page(rows, limit, cursor)
    return Page(results=[kind.model_validate(row) for row in page.results], next=page.next)


def cut_page(rows: Sequence[Row], limit: int, cursor: Callable[[Row], str]) -> Page[Row]:
    """The same of rows that are given as they are."""
    return Page(results=list(rows[:limit]), next=cursor(rows[limit - 1]) if len(rows) > limit else None)


class Problem(BaseModel):
    """An error (RFC 9457), sent as application/problem+json; `code` is stable, `detail` a sentence for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str


class ChainOut(Out):
    """Where signatures count, the chain's constants, and a node that anyone may ask: null where none is named."""

    chain_id: int
    contract: str
    min_stake: int
    epoch_length: int
    operator: str
    keeper: str
    indexed_block: int
    rpc_url: str | None


class MetadataOut(Out):
    """The hash a dataset is created with."""

    metadata_hash: str


class PolicyOut(BaseModel):
    """The rules advised to a new dataset, by the contract's field names in its order."""

    policy: dict[str, int]


class DatasetOut(Out):
    """A dataset. `document` is its metadata less the trusted seed, where gold comes from; null: not here."""

    id: str
    owner: str
    detector: str
    class_count: int
    metadata_hash: str
    salt: str
    policy: dict[str, Any]
    policy_hash: str
    document: dict[str, Any] | None
    bounty: int
    closed: bool
    screened_items: int
    flagged: int
    upheld: int
    missed: int
    unopened: int

    @field_validator("document")
    @classmethod
    def _without_seed(cls, document: dict[str, Any] | None) -> dict[str, Any] | None:
        return None if document is None else {name: value for name, value in document.items() if name != "seed"}


class ItemIn(In):
    """One item of a batch, in its order."""

    sha256: Digest
    label: Annotated[int, Field(ge=0, lt=65536)]


class BatchIn(In):
    """A batch its contributor signed (EIP-712 `Submit`)."""

    dataset_id: Hash
    contributor: Address
    items: Annotated[list[ItemIn], Field(min_length=1, max_length=4096)]
    deadline: Deadline
    signature: Signature


class BatchAccepted(Out):
    """The id of a batch that waits to be brought to the chain."""

    batch_id: str


class BatchOut(Out):
    """A batch and where it stands; `phase` is Queued or Refused before it is on chain.

    `available` is false when it went past this server, which then cannot show its items: reject them all. `deadline`
    ends what the phase waits for: the screening, the commits, or the hold (zero: not held). `question` are the items
    in question or under appeal (words over items; empty for all, or none while Decided).
    """

    id: str
    dataset_id: str
    contributor: str
    root: str
    item_count: int
    available: bool = True
    phase: str
    waiting: str | None = None
    refusal: str | None = None
    round: int = 0
    deadline: int = 0
    question: list[str] = []
    accepted: list[str] | None = None
    panel_accepted: list[str] | None = None
    flags: list[str] | None = None
    record: dict[str, str] | None = None
    accepted_count: int = 0
    stake: int = 0
    reward: int = 0
    stake_returned: int = 0


class ItemOut(Out):
    """One item; the last three are null while undecided, and may change until the batch is settled."""

    batch_id: str
    position: int
    sha256: str
    label: int
    accepted: bool | None
    panel_accepted: bool | None
    flagged: bool | None


class FindingOut(Out):
    """What the opened screening says of one item."""

    position: int
    score: float
    p_value: float
    flagged: bool
    reason: str
    suggested_label: int | None


class SeatOut(Out):
    """One seat of a round."""

    round: int
    seat: int
    reviewer: str
    commitment: str | None
    verdicts: list[str] | None
    salt: str | None
    counted: bool | None
    payout: int | None
    slash: int | None


class MovementIn(In):
    """A signed stake, unstake or withdrawal."""

    kind: Literal["stake", "unstake", "withdraw"]
    account: Address
    amount: Gwei
    nonce: Annotated[int, Field(ge=0, lt=2**32)]
    deadline: Deadline
    signature: Signature


class PayoutIn(In):
    """A signed standing order (EIP-712 `Payout`): be paid out whenever a batch is finalized, or no more."""

    account: Address
    payout: bool
    nonce: Annotated[int, Field(ge=0, lt=2**32)]
    deadline: Deadline
    signature: Signature


class LinkIn(In):
    """A signed declaration (EIP-712 `Link`) that `account` is tied to `other` and stands back from its batches."""

    account: Address
    other: Address
    deadline: Deadline
    signature: Signature


class AccountOut(Out):
    """Money of an account, in gwei; `nonce` is the next one for signed movements."""

    address: str
    free: int
    stake: int
    locked: int
    earned: int
    slashed: int
    payout: bool
    nonce: int


class CallOut(BaseModel):
    """A complete call to the contract. Whole numbers in `arguments` are decimal text; tuples are lists."""

    function: str
    arguments: list[Any]
    calldata: str


class CommitmentOut(BaseModel):
    """A commitment of the running round; with its opening once that is on chain."""

    seat: int
    secret: str
    verdicts: list[str]


class DirectOut(BaseModel):
    """What calls on a batch bring, and those that are complete; `record` is null before the batch is on chain."""

    chain_id: int
    contract: str
    key: list[Any]
    record: list[Any] | None
    panel: list[str]
    ballots: list[CommitmentOut]
    calls: list[CallOut]


class ReleaseOut(Out):
    """A published release."""

    dataset_id: str
    version: int
    manifest_root: str
    manifest_hash: str
    item_count: int
    block: int


class PublicationOut(ReleaseOut):
    """A published release with its transaction.

    `time` is its block's in seconds, null where the node does not say; `classes` are its items by class, null where
    its files do not lie here; `folder` is what its archive unpacks to.
    """

    transaction_hash: str
    time: int | None
    classes: list[int] | None
    folder: str


class DraftIn(In):
    """How a release is to be built: `certificate` is the text of an audit's `certificate.json`, to be carried by it."""

    certificate: Annotated[str, Field(max_length=MOST_CERTIFICATE_BYTES)] | None = None


class DraftOut(Out):
    """The next release as far as it is built: what `publishRelease` takes once it is, `reason` where it failed.

    `audited` tells whether it carries the certificate of an audit.
    """

    state: Literal["none", "building", "built", "failed"]
    version: int
    done: int
    total: int
    reason: str | None
    manifest_root: str | None
    manifest_hash: str | None
    item_count: int | None
    audited: bool


class EventOut(Out):
    """One event of the contract."""

    block_number: int
    log_index: int
    transaction_hash: str
    name: str
    subject: str
    arguments: dict[str, Any]


class Taken(Out):
    """The action is in the outbox."""

    status: Literal["taken"] = "taken"


class Health(Out):
    """Whether this process can work."""

    status: Literal["ok", "behind", "chain_unreachable"]
    indexed_block: int
    head_block: int | None
    batches_affordable: int | None = None
    warnings: list[str] = []


class Ready(Out):
    """Whether this process can answer requests, and what it lacks."""

    ready: bool
    problems: dict[str, str]
