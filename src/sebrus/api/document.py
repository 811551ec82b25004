"""The OpenAPI document: every status a route answers with, errors as the problems they are, and who is let in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from sebrus.api.cookies import cookie_name
from sebrus.api.dependencies import SECURITY, Security
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
READING_A_BODY = (400,)
"""And any that is sent something: it may be no text at all, or end early."""
INVALID = "422"
READS = ("get", "head")


def schemes(cookie: str) -> dict[str, dict[str, str]]:
    """The ways to show who one is; `cookie` is the name of a session's cookie.

    What changes something on chain needs none of them: its body holds the EIP-712 signature of the account.
    """
    return {
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie,
            "description": "An account that signed in (POST /api/v1/sessions). What changes something must come from a "
            "page of this server, with its Origin header.",
        },
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key (POST /api/v1/keys) with the scope named.",
        },
        "signature": {
            "type": "apiKey",
            "in": "query",
            "name": "signature",
            "description": "Of the EIP-712 message `Look`, by the account in `reviewer`.",
        },
    }


def refusing(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The statuses a route refuses with, for its `responses`, beside those of every route."""
    return {status: {"description": MEANINGS[status], "content": CONTENT} for status in statuses}


def documented(app: FastAPI, routes: Sequence[tuple[str, APIRoute]]) -> Callable[[], dict[str, Any]]:
    """What `app.openapi` is to be: made once, with every refusal as application/problem+json, and who is let in.

    `routes` are those of the API with their whole paths.
    """

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            schemas = document["components"]["schemas"]
            for framework in ("HTTPValidationError", "ValidationError"):
                schemas.pop(framework, None)
            schemas["Problem"] = Problem.model_json_schema()
            document["components"]["securitySchemes"] = schemes(cookie_name(app.state.application.settings.origins))
            for path, route in routes:
                for method in route.methods or ():
                    document["paths"][path][method.lower()].setdefault("security", _security(route.dependant))
            for methods in document["paths"].values():
                for method, operation in methods.items():
                    acting = () if method in READS else ACTING
                    reading = READING_A_BODY if "requestBody" in operation else ()
                    _add_refusals(operation["responses"], (*ALWAYS, *acting, *reading))
            app.openapi_schema = document
        return app.openapi_schema

    return openapi


def _security(dependant: Dependant) -> Security:
    """Whom a route's dependencies let in; nothing where it is for everybody."""
    if dependant.call in SECURITY:
        return SECURITY[dependant.call]
    return next(filter(None, map(_security, dependant.dependencies)), [])


def _add_refusals(responses: dict[str, Any], statuses: Sequence[int]) -> None:
    """Add what a route does not say itself; of its 422 only the framework knows, which is wrong about its form."""
    added = {str(status): said for status, said in refusing(*statuses).items()}
    responses |= {status: said for status, said in added.items() if status not in responses or status == INVALID}
