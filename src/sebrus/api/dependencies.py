"""What routes depend on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from sqlalchemy.orm import Session

from sebrus.platform.api_keys import Scope
from sebrus.platform.application import Application
from sebrus.platform.caller import Caller
from sebrus.platform.drafts import Drafts
from sebrus.store.models import AccountSession


def _application(request: Request) -> Application:
    application: Application = request.app.state.application
    return application


Running = Annotated[Application, Depends(_application)]


def _drafts(request: Request) -> Drafts:
    drafts: Drafts = request.app.state.drafts
    return drafts


Builder = Annotated[Drafts, Depends(_drafts)]


def _session(application: Running) -> Iterator[Session]:
    with application.database.read() as session:
        yield session


Reading = Annotated[Session, Depends(_session)]
Limit = Annotated[int, Query(ge=1, le=500, description="Most results of the page.")]
After = Annotated[str | None, Query(max_length=80, description="`next` of the page before.")]


def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


Sender = Annotated[Caller, Depends(_caller)]


# ---------------------------------------------------------------- who may

Security = Sequence[dict[str, list[str]]]
"""The ways to be let in, as OpenAPI lists them: a scheme of `document.py` with scopes each; an empty one asks none."""

SESSION: dict[str, list[str]] = {"session": []}
SIGNATURE: dict[str, list[str]] = {"signature": []}
NOBODY: dict[str, list[str]] = {}
SECURITY: dict[Callable[..., Any], Security] = {}
"""What each dependency here lets in; what depends on none of them is for everybody."""


def key_with(scope: Scope) -> dict[str, list[str]]:
    """To be let in by an API key that was made for this."""
    return {"key": [scope]}


def _signed_in(caller: Sender) -> AccountSession:
    return caller.require_session()


SECURITY[_signed_in] = [SESSION]
SignedInSession = Annotated[AccountSession, Depends(_signed_in)]


def _reader(caller: Sender) -> str:
    return caller.require("read")


SECURITY[_reader] = [SESSION, key_with("read")]
ReadingAccount = Annotated[str, Depends(_reader)]
"""The account that asks what concerns it."""


def scoped(scope: Scope) -> Callable[[Caller], None]:
    """Refuse API keys that were not made for this; everybody else passes, for what acts is signed."""

    def check(caller: Sender) -> None:
        caller.allow(scope)

    SECURITY[check] = [NOBODY, SESSION, key_with(scope)]
    return check


CONTRIBUTING = Depends(scoped("contribute"))
REVIEWING = Depends(scoped("review"))
MOVING_MONEY = Depends(scoped("money"))
