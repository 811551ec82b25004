"""The routes under /api, a module per subject."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

from sebrus.api.routes import (
    accounts,
    batches,
    chain,
    datasets,
    figures,
    health,
    images,
    keys,
    me,
    releases,
    reviews,
    sessions,
    stream,
    uploads,
)

SUBJECTS = (
    chain,
    stream,
    datasets,
    figures,
    releases,
    images,
    uploads,
    batches,
    reviews,
    accounts,
    sessions,
    keys,
    me,
)

ROUTERS = (("/api", health.router), *(("/api/v1", module.router) for module in SUBJECTS))

api = APIRouter()
for prefix, router in ROUTERS:
    api.include_router(router, prefix=prefix)


def every_route() -> list[tuple[str, APIRoute]]:
    """Each route with its whole path."""
    routes = [(prefix, route) for prefix, router in ROUTERS for route in router.routes]
    return [(prefix + route.path_format, route) for prefix, route in routes if isinstance(route, APIRoute)]


__all__ = ["api", "every_route"]
