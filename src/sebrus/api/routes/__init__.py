"""The routes under /api, a module per subject."""

from fastapi import APIRouter

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

api = APIRouter(prefix="/api")
api.include_router(health.router)
for module in SUBJECTS:
    api.include_router(module.router, prefix="/v1")

__all__ = ["api"]
