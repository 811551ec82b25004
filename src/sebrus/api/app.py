"""The web application: the API under /api, the web client everywhere else."""

from __future__ import annotations

import sys

from fastapi import FastAPI
from fastapi.routing import APIRoute

from sebrus import __version__
from sebrus.api.document import documented
from sebrus.api.fresh import add_unchanged_handler
from sebrus.api.gate import Gate
from sebrus.api.headers import SecurityHeaders
from sebrus.api.problems import add_problem_handlers
from sebrus.api.requests import WatchRequests
from sebrus.api.routes import api, every_route
from sebrus.api.streams import Streams
from sebrus.api.web import add_web
from sebrus.platform.application import Application
from sebrus.platform.drafts import Drafts
from sebrus.platform.wallet import WalletWatch

# A package below web3 raises the limit to 100,000 when it is imported; at that depth a body of nested brackets
# overruns the C stack and ends the process.
RECURSION_LIMIT = 1000


def create_app(application: Application) -> FastAPI:
    """Return the web application over a running SeBRUS."""
    sys.setrecursionlimit(RECURSION_LIMIT)
    app = FastAPI(
        title="SeBRUS",
        version=__version__,
        description="The gate of crowdsourced image datasets.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
    )
    app.state.application = application
    app.state.wallet = WalletWatch(application)
    app.state.streams = Streams(application)
    app.state.drafts = Drafts(application)
    add_problem_handlers(app)
    add_unchanged_handler(app)
    app.include_router(api)
    app.openapi = documented(app, every_route())  # type: ignore[method-assign]

    app.add_middleware(Gate, application=application)
    app.add_middleware(SecurityHeaders, origins=application.settings.origins)
    app.add_middleware(WatchRequests)

    add_web(app)
    return app


def _operation_id(route: APIRoute) -> str:
    """`datasets-list_datasets`: clients are generated with readable names."""
    return f"{route.tags[0] if route.tags else 'page'}-{route.name}"
