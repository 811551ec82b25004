"""What routes depend on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Query, Request
from sqlalchemy.orm import Session

from sebrus.platform.application import Application


def _application(request: Request) -> Application:
    application: Application = request.app.state.application
    return application


Running = Annotated[Application, Depends(_application)]


def _session(application: Running) -> Iterator[Session]:
    with application.database.read() as session:
        yield session


Reading = Annotated[Session, Depends(_session)]
Limit = Annotated[int, Query(ge=1, le=500, description="Most results of the page.")]
After = Annotated[str | None, Query(max_length=80, description="`next` of the page before.")]
