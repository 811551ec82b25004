"""The web client, as `make web` built it from web/: one page whose parts change under an address of their own."""

from __future__ import annotations

import os
from functools import cache
from gzip import compress
from importlib.resources import files
from mimetypes import guess_type
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

BUILT = Path(str(files("sebrus.api"))) / "web"
# The first part of every address of the client's router (web/src/router.tsx).
PLACES = ("datasets", "batches", "review", "reviewers", "account", "activity")
UNBUILT = "<!doctype html><title>SeBRUS</title><p>The web client is not built here: run <code>make web</code>.</p>"
COMPRESSED = {".js", ".css"}
# Names of these files change with what is in them.
FOR_EVER = "public, max-age=31536000, immutable"
# The part of the client that checks releases asks whatever node its user names. It runs beside the page, which holds
# keys and asks nobody but this server: a worker keeps to the policy that its own script came with.
VERIFIER = "verify.worker-"
VERIFIER_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self' https: http:"


class Assets(StaticFiles):
    """Files that never change under their name, compressed for whoever takes them so."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Answer with the file and how long it may be kept."""
        path = Path(full_path)
        if path.suffix in COMPRESSED and "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            response = Response(_compressed(path), status_code, headers, guess_type(path)[0])
        else:
            response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = FOR_EVER
        if Path(full_path).name.startswith(VERIFIER):
            response.headers["Content-Security-Policy"] = VERIFIER_POLICY
        return response


@cache
def _compressed(path: Path) -> bytes:
    """A file's gzip: some dozen small files, compressed once in a process."""
    return compress(path.read_bytes())


def add_web(app: FastAPI) -> None:
    """Answer with the client at `/` and at every address of its router, so that a reload finds its page again."""

    def page() -> HTMLResponse:
        return _page(200)

    for place in ("/", *(f"/{name}" for name in PLACES), *(f"/{name}/{{rest:path}}" for name in PLACES)):
        app.add_api_route(place, page, include_in_schema=False)
    if (BUILT / "assets").is_dir():
        app.mount("/assets", Assets(directory=BUILT / "assets"))

    unknown = app.router.default

    async def tell(scope: Scope, receive: Receive, send: Send) -> None:
        # Whoever mistyped an address in a browser reads the client's own page about it; programs read a problem.
        await (_page(404) if _is_for_a_person(scope) else unknown)(scope, receive, send)

    app.router.default = tell

    @app.get("/icon.svg", include_in_schema=False)
    def icon() -> Response:
        path = BUILT / "icon.svg"
        return Response(path.read_bytes() if path.is_file() else b"", media_type="image/svg+xml")


def _page(status: int) -> HTMLResponse:
    """The client's page; it names the newest assets, so it is asked for each time."""
    index = BUILT / "index.html"
    text = index.read_text() if index.is_file() else UNBUILT
    return HTMLResponse(text, status, headers={"Cache-Control": "no-cache"})


def _is_for_a_person(scope: Scope) -> bool:
    """Whether a browser asks for a page, not a program for a part of the API or for a file."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["path"].startswith(("/api/", "/assets/")):
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")
