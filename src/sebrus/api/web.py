"""The web client, as `make web` built it from web/: one page whose parts change under an address of their own."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

BUILT = Path(str(files("sebrus.api"))) / "web"
# The first part of every address of the client's router (web/src/router.tsx).
PLACES = ("datasets", "batches", "review", "account", "activity")
UNBUILT = "<!doctype html><title>SeBRUS</title><p>The web client is not built here: run <code>make web</code>.</p>"
# Names of these files change with what is in them.
FOR_EVER = "public, max-age=31536000, immutable"
# The part of the client that checks releases asks whatever node its user names. It runs beside the page, which holds
# keys and asks nobody but this server: a worker keeps to the policy that its own script came with.
VERIFIER = "verify.worker-"
VERIFIER_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self' https: http:"


class Assets(StaticFiles):
    """Files that never change under their name."""

    def file_response(self, full_path: os.PathLike[str] | str, *arguments: Any, **options: Any) -> Response:
        """Answer with the file, how long it may be kept, and what the verifier may reach."""
        response: Response = super().file_response(full_path, *arguments, **options)
        response.headers["Cache-Control"] = FOR_EVER
        if Path(full_path).name.startswith(VERIFIER):
            response.headers["Content-Security-Policy"] = VERIFIER_POLICY
        return response


def add_web(app: FastAPI) -> None:
    """Answer with the client at `/` and at every address of its router, so that a reload finds its page again."""
    index = BUILT / "index.html"

    def page() -> HTMLResponse:
        # It names the newest assets, so it is asked for each time.
        text = index.read_text() if index.is_file() else UNBUILT
        return HTMLResponse(text, headers={"Cache-Control": "no-cache"})

    for place in ("/", *(f"/{name}" for name in PLACES), *(f"/{name}/{{rest:path}}" for name in PLACES)):
        app.add_api_route(place, page, include_in_schema=False)
    if (BUILT / "assets").is_dir():
        app.mount("/assets", Assets(directory=BUILT / "assets"))

    @app.get("/icon.svg", include_in_schema=False)
    def icon() -> Response:
        path = BUILT / "icon.svg"
        return Response(path.read_bytes() if path.is_file() else b"", media_type="image/svg+xml")
