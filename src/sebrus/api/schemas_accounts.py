"""What the API takes and gives of sign-ins, keys and roles."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from sebrus.api.schemas import Deadline, In, Out, Signature
from sebrus.api.schemas_review import ReviewOut
from sebrus.platform.api_keys import Scope
from sebrus.platform.roles import Role
from sebrus.platform.turned_down import Kind

SessionId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
KeyName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
]
KeyId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class NonceOut(BaseModel):
    """A nonce for one sign-in, the chain it must name, and until when it is good (seconds since 1970)."""

    nonce: str
    chain_id: int
    expires: int


class SignInIn(In):
    """A signed message of EIP-4361."""

    message: Annotated[str, Field(max_length=4096)]
    signature: Signature


class SessionOut(Out):
    """A session; `current` is the one that asks. Times in seconds since 1970."""

    id: str
    account: str
    agent: str
    created: int
    expires: int
    current: bool = False


class KeyIn(In):
    """A key to make."""

    name: KeyName
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=4)]
    expires: Deadline


class KeyOut(Out):
    """A key; times in seconds since 1970, `last_used` to the minute."""

    id: str
    account: str
    name: str
    scopes: list[str]
    created: int
    expires: int
    last_used: int | None


class NewKeyOut(KeyOut):
    """A key with its text, which is shown this once."""

    key: str


class WaitingBatchOut(Out):
    """A batch of yours that is not final; `phase` and `deadline` as those of the batch, zero before the chain."""

    batch_id: str
    dataset_id: str
    phase: str
    deadline: int


class TurnedDownOut(Out):
    """What you signed and is not sent any more: a movement has a `nonce`, the rest a batch, a ballot its round too."""

    kind: Kind
    reason: str
    batch_id: str | None
    round: int | None
    nonce: int | None


class MeOut(BaseModel):
    """Who asks, what it may do here in the account's name, and what waits for the account."""

    account: str
    by: Literal["session", "key"]
    scopes: list[Scope]
    votes: list[ReviewOut]
    reveals: list[ReviewOut]
    batches: list[WaitingBatchOut]
    turned_down: list[TurnedDownOut]


class RolesOut(Out):
    """What the account is, or was, in a dataset."""

    dataset_id: str
    roles: list[Role]
