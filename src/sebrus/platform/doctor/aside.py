"""What was set aside after it failed, in sentences: the detector's jobs, signed actions, wallets, own steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sebrus.platform.doctor.lines import Line, warning
from sebrus.platform.sending import MOST_FAILURES
from sebrus.platform.signatures import LONGEST_SIGNED_SECONDS, MOST_WALLET_FAILURES
from sebrus.store.models import (
    FailedStep,
    FailingWallet,
    SetAside,
    SignedAction,
    SignedAppeal,
    SignedBallot,
    SignedMovement,
    Submission,
    now,
)

NAMED = 3
"""Of more than so many only the number is told."""

ACTIONS: dict[str, type[SignedAction]] = {
    "submission": Submission,
    "ballot": SignedBallot,
    "appeal": SignedAppeal,
    "movement": SignedMovement,
}


def aside(session: Session) -> list[Line]:
    """For each kind of thing that is not tried again a warning: what, why, and what to do. None where all runs."""
    return [warning(name, says) for name, says in _told(session)]


def _told(session: Session) -> Iterator[tuple[str, str]]:
    jobs = session.scalar(select(func.count()).select_from(SetAside)) or 0
    if jobs:
        yield "set aside", f"{jobs} jobs failed and wait for a person: see the table set_aside."
    if actions := _refused_actions(session):
        yield (
            "actions aside",
            f"{_listed(actions)}: each failed on chain {MOST_FAILURES} times though it had passed when it was tried, "
            "and is refused for good; its account is told so, and may send it to the contract directly.",
        )
    if wallets := _wallets(session):
        yield (
            "wallets aside",
            f"{_listed(wallets)}: actions of these contract wallets failed on chain {MOST_WALLET_FAILURES} times, each "
            "sent alone, and none is sent any more; to give one another chance delete its row in failing_wallet.",
        )
    if steps := _steps(session):
        yield (
            "steps aside",
            f"{_listed(steps)}: these steps of the keeper failed on chain {MOST_FAILURES} times though they had passed "
            "when they were tried, and are not sent again; look for why in the worker's log, and delete their rows in "
            "failed_step to have them tried once more.",
        )


def _refused_actions(session: Session) -> list[str]:
    """Those of the last week: by then no signature with a deadline counts any more."""
    since = now() - timedelta(seconds=LONGEST_SIGNED_SECONDS)
    found = []
    for name, kind in ACTIONS.items():
        given_up = (kind.failures >= MOST_FAILURES, kind.refusal.is_not(None), kind.created > since)
        for action in session.scalars(select(kind).where(*given_up).order_by(kind.created)):
            found.append(f"{name} of {action.signer}")
    return found


def _wallets(session: Session) -> list[str]:
    failing = select(FailingWallet.account).where(FailingWallet.failures >= MOST_WALLET_FAILURES)
    return list(session.scalars(failing.order_by(FailingWallet.account)))


def _steps(session: Session) -> list[str]:
    query = select(FailedStep.function, func.count()).where(FailedStep.failures >= MOST_FAILURES)
    rows = session.execute(query.group_by(FailedStep.function).order_by(FailedStep.function))
    return [f"{function} ({count})" for function, count in rows]


def _listed(names: Sequence[str]) -> str:
    """The first few, and how many more.

    >>> _listed(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
