"""The routes under /api, a module per subject."""

from fastapi import APIRouter

from sebrus.api.routes import accounts, batches, chain, datasets, figures, images, releases, reviews, stream, uploads

api = APIRouter(prefix="/api")
api.include_router(chain.health)
for module in (chain, stream, datasets, figures, releases, images, uploads, batches, reviews, accounts):
    api.include_router(module.router, prefix="/v1")

__all__ = ["api"]
