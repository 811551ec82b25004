"""API keys, which an account makes for its programs."""

from __future__ import annotations

from fastapi import APIRouter

from sebrus.api.dependencies import Reading, Running, SignedInSession
from sebrus.api.document import refusing
from sebrus.api.schemas_accounts import KeyId, KeyIn, KeyOut, NewKeyOut
from sebrus.platform.api_keys import keys_of, make_key, revoke_key

router = APIRouter(tags=["keys"])


@router.post("/keys", status_code=201, responses=refusing(409))
def create_key(application: Running, wanted: KeyIn, here: SignedInSession) -> NewKeyOut:
    """Make a key; its text is shown this once."""
    row, text = make_key(application, here.account, wanted.name, wanted.scopes, wanted.expires)
    return NewKeyOut(key=text, **KeyOut.model_validate(row).model_dump())


@router.get("/keys", responses=refusing(403))
def list_keys(session: Reading, here: SignedInSession) -> list[KeyOut]:
    """The account's keys, the newest first, without their text."""
    return [KeyOut.model_validate(row) for row in keys_of(session, here.account)]


@router.delete("/keys/{key_id}", status_code=204, responses=refusing(404))
def delete_key(application: Running, key_id: KeyId, here: SignedInSession) -> None:
    """Revoke a key at once."""
    revoke_key(application, here.account, key_id)
