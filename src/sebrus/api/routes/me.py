"""The account that asks: what it is and what waits for it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from sebrus.api.dependencies import Limit, Reading, ReadingAccount, Running, Sender
from sebrus.api.document import refusing
from sebrus.api.routes.reviews import list_reviews
from sebrus.api.schemas import Hash, Page, page_of
from sebrus.api.schemas_accounts import MeOut, RolesOut, TurnedDownOut, WaitingBatchOut
from sebrus.platform.roles import roles_of, waiting_batches
from sebrus.platform.turned_down import turned_down

router = APIRouter(tags=["me"])


@router.get("/me", responses=refusing(403))
def get_me(application: Running, session: Reading, caller: Sender, account: ReadingAccount) -> MeOut:
    """Who asks, and what waits for it: seats to vote, to reveal, batches that are not final, and what was given up."""
    seats = list_reviews(application, caller, account)
    return MeOut(
        account=account,
        by="session" if caller.key is None else "key",
        scopes=list(caller.scopes),
        votes=[seat for seat in seats if seat.state == "commit"],
        reveals=[seat for seat in seats if seat.state == "reveal"],
        batches=[WaitingBatchOut.model_validate(row) for row in waiting_batches(session, account)],
        turned_down=[TurnedDownOut.model_validate(one) for one in turned_down(session, account)],
    )


@router.get("/me/datasets", responses=refusing(403))
def list_my_datasets(
    session: Reading,
    account: ReadingAccount,
    after: Annotated[Hash | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 100,
) -> Page[RolesOut]:
    """The datasets in which the account is owner, contributor, reviewer or detector."""
    rows = roles_of(session, account, after, limit + 1)
    return page_of(RolesOut, rows, limit, lambda row: row.dataset_id)
