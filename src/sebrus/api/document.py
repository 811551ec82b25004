"""The OpenAPI document: every status a route answers with, and errors as the problems they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from sebrus.api.schemas import Problem

MEANINGS = {
    400: "The body cannot be read.",
    403: "Not for whoever asks.",
    404: "There is no such thing.",
    409: "Not in the state that things are in.",
    413: "Larger than the server takes.",
    416: "The range begins beyond the end.",
    422: "Something in the request is wrong.",
    429: "Too much at once; try again later.",
    500: "A fault of ours.",
    503: "The chain does not answer.",
    507: "The image store is full.",
}
CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
ALWAYS = (422, 500)
"""What any route may answer with: names and values are checked in front of each."""


def refusing(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The statuses a route refuses with, for its `responses`, beside those of every route."""
    return {status: {"description": MEANINGS[status], "content": CONTENT} for status in statuses}


def documented(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """What `app.openapi` is to be: made once, with every refusal as application/problem+json."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            schemas = document["components"]["schemas"]
            for framework in ("HTTPValidationError", "ValidationError"):
                schemas.pop(framework, None)
            schemas["Problem"] = Problem.model_json_schema()
            for methods in document["paths"].values():
                for operation in methods.values():
                    operation["responses"] |= {str(s): value for s, value in refusing(*ALWAYS).items()}
            app.openapi_schema = document
        return app.openapi_schema

    return openapi
