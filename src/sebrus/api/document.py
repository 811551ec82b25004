"""The OpenAPI document: every status a route answers with, and errors as the problems they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from sebrus.api.schemas import Problem

MEANINGS = {
    400: "The body cannot be read.",
    401: "Nobody is signed in, or the API key is not good.",
    403: "Not for whoever asks.",
    404: "There is no such thing.",
    409: "Not in the state that things are in.",
    413: "Larger than the server takes.",
    416: "The range begins beyond the end.",
    422: "Something in the request is wrong.",
    429: "Too much at once; try again later.",
    500: "A fault of ours.",
    503: "The database, the image store or the chain does not answer; try again later.",
    507: "The image store is full.",
}
CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
ALWAYS = (401, 413, 422, 429, 500, 503)
"""What any route may answer with: the gate in front of it asks for keys, sizes and rates, then values are checked."""
ACTING = (403,)
"""And any that changes something: not for another site, nor for a key without the scope."""
INVALID = "422"
READS = ("get", "head")


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
                for method, operation in methods.items():
                    _add_refusals(operation["responses"], ALWAYS if method in READS else ALWAYS + ACTING)
            app.openapi_schema = document
        return app.openapi_schema

    return openapi


def _add_refusals(responses: dict[str, Any], statuses: Sequence[int]) -> None:
    """Add what a route does not say itself; of its 422 only the framework knows, which is wrong about its form."""
    added = {str(status): said for status, said in refusing(*statuses).items()}
    responses |= {status: said for status, said in added.items() if status not in responses or status == INVALID}
