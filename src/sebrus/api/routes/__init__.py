"""The routes under /api, a module per subject."""

from fastapi import APIRouter

from sebrus.api.routes import accounts, batches, chain, datasets, health, images, keys, me, reviews, sessions

api = APIRouter(prefix="/api")
api.include_router(health.router)
for module in (chain, datasets, images, batches, reviews, accounts, sessions, keys, me):
    api.include_router(module.router, prefix="/v1")

__all__ = ["api"]
