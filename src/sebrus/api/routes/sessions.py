"""Sign in with an Ethereum account, and end sessions."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request, Response

from sebrus.api.cookies import clear_session, set_session
from sebrus.api.dependencies import Reading, Running, SignedInSession
from sebrus.api.document import refusing
from sebrus.api.schemas_accounts import NonceOut, SessionId, SessionOut, SignInIn
from sebrus.platform.sessions import end_session, end_sessions, open_session, sessions_of
from sebrus.platform.sign_in import NONCE_SECONDS, check_sign_in, make_nonce

router = APIRouter(tags=["sessions"])


@router.post("/nonces", status_code=201)
def issue_nonce(application: Running) -> NonceOut:
    """A nonce for one sign-in within ten minutes."""
    now = int(time.time())
    return NonceOut(
        nonce=make_nonce(application.operator, now),
        chain_id=application.deployment.chain_id,
        expires=now + NONCE_SECONDS,
    )


@router.post("/sessions", status_code=201)
def sign_in(application: Running, request: Request, response: Response, signed: SignInIn) -> SessionOut:
    """Sign in with a signed message of EIP-4361; the answer sets the cookie of the session."""
    proved = check_sign_in(application, signed.message, signed.signature)
    row, token = open_session(application, proved, request.headers.get("user-agent", ""))
    set_session(response, proved.origin, token, row.expires - row.created)
    return SessionOut.model_validate(row).model_copy(update={"current": True})


@router.get("/sessions", responses=refusing(403))
def list_sessions(session: Reading, here: SignedInSession) -> list[SessionOut]:
    """The account's sessions that run, the newest first."""
    rows = sessions_of(session, here.account)
    return [SessionOut.model_validate(row).model_copy(update={"current": row.id == here.id}) for row in rows]


@router.get("/sessions/current", responses=refusing(403))
def get_session(here: SignedInSession) -> SessionOut:
    """The session that asks."""
    return SessionOut.model_validate(here).model_copy(update={"current": True})


@router.delete("/sessions/current", status_code=204)
def sign_out(application: Running, response: Response, here: SignedInSession) -> None:
    """End the session that asks."""
    end_session(application, here.account, here.id)
    clear_session(response, application.settings.origins)


@router.delete("/sessions", status_code=204)
def sign_out_everywhere(application: Running, response: Response, here: SignedInSession) -> None:
    """End all sessions of the account; its keys stay."""
    end_sessions(application, here.account)
    clear_session(response, application.settings.origins)


@router.delete("/sessions/{session_id}", status_code=204, responses=refusing(404))
def end_one_session(application: Running, session_id: SessionId, here: SignedInSession) -> None:
    """End one session of the account."""
    end_session(application, here.account, session_id)
