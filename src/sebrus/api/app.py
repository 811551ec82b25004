"""The web application: the API under /api, a page at /."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from importlib.resources import files

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.routing import APIRoute

from sebrus import __version__
from sebrus.api.document import documented
from sebrus.api.fresh import add_unchanged_handler
from sebrus.api.problems import add_problem_handlers
from sebrus.api.routes import api
from sebrus.api.streams import Streams
from sebrus.platform.application import Application

# A package below web3 raises the limit to 100,000 when it is imported; at that depth a body of nested brackets
# overruns the C stack and ends the process.
RECURSION_LIMIT = 1000

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self'; frame-ancestors 'none'",
}


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
    app.state.streams = Streams(application)
    add_problem_handlers(app)
    add_unchanged_handler(app)
    app.include_router(api)
    app.openapi = documented(app)  # type: ignore[method-assign]

    @app.middleware("http")
    async def add_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    page = files("sebrus.api") / "pages"

    @app.get("/", include_in_schema=False)
    def home() -> HTMLResponse:
        return HTMLResponse((page / "home.html").read_text())

    @app.get("/home.css", include_in_schema=False)
    def style() -> Response:
        return Response((page / "home.css").read_text(), media_type="text/css")

    @app.get("/home.js", include_in_schema=False)
    def script() -> Response:
        return Response((page / "home.js").read_text(), media_type="text/javascript")

    return app


def _operation_id(route: APIRoute) -> str:
    """`datasets-list_datasets`: clients are generated with readable names."""
    return f"{route.tags[0] if route.tags else 'page'}-{route.name}"
