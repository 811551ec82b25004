"""The web client, as `make web` built it from web/: one page whose parts change under an address of their own."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

BUILT = Path(str(files("sebrus.api"))) / "web"
# The first part of every address of the client's router (web/src/router.tsx).
PLACES = ("datasets", "batches", "review", "reviewers", "account", "activity")
UNBUILT = "<!doctype html><title>SeBRUS</title><p>The web client is not built here: run <code>make web</code>.</p>"
# Names of these files change with what is in them.
FOR_EVER = "public, max-age=31536000, immutable"


class Assets(StaticFiles):
    """Files that never change under their name."""

    def file_response(self, *arguments: object, **options: object) -> Response:
        """Answer with the file and how long it may be kept."""
        response: Response = super().file_response(*arguments, **options)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = FOR_EVER
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
