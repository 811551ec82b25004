"""Whether this server lives, and whether it can work: for supervisors and load balancers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from sebrus.api.dependencies import Reading, Running
from sebrus.api.schemas import Health, Ready
from sebrus.chain.errors import ChainError
from sebrus.platform.indexer import indexed_block
from sebrus.platform.readiness import BEHIND_BLOCKS, blocks_behind, readiness
from sebrus.platform.wallet import WalletWatch

router = APIRouter(tags=["chain"])


def _watch(request: Request) -> WalletWatch:
    watch: WalletWatch = request.app.state.wallet
    return watch


@router.get("/health")
def get_health(application: Running, session: Reading, watch: Annotated[WalletWatch, Depends(_watch)]) -> Health:
    """Whether the chain answers, the tables follow it, and the operator's ether lasts."""
    indexed = indexed_block(session)
    try:
        head = application.contract.head().number
    except ChainError:
        return Health(status="chain_unreachable", indexed_block=indexed, head_block=None)
    behind = blocks_behind(application, head, indexed) > BEHIND_BLOCKS
    wallet = watch.wallet()
    return Health(
        status="behind" if behind else "ok",
        indexed_block=indexed,
        head_block=head,
        batches_affordable=wallet.batches if wallet is not None else None,
        warnings=[wallet.warning()] if wallet is not None and wallet.low else [],
    )


@router.get("/ready", responses={503: {"model": Ready, "description": "Something needed is not at hand."}})
def get_ready(application: Running, response: Response) -> Ready:
    """Whether this server can answer requests now; 503 when it cannot."""
    parts = readiness(application)
    ready = all(part.ready for part in parts)
    response.status_code = 200 if ready else 503
    return Ready(ready=ready, problems={part.name: part.problem for part in parts if part.problem is not None})
