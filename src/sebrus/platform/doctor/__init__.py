"""Look at everything an installation needs, in bounded time, and change nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sebrus.platform.doctor.chain import check_chain, check_progress
from sebrus.platform.doctor.lines import Line, State, bounded
from sebrus.platform.doctor.places import check_anvil, check_database, check_home, check_key, check_ports, check_store
from sebrus.platform.settings import Settings

Check = Callable[[Settings], list[Line]]


def _checks(seconds: float) -> tuple[tuple[str, Check], ...]:
    """What is looked at. Who waits for another program does so for half the time: the rest is to say which it was."""
    patience = seconds / 2
    return (
        ("home", check_home),
        ("operator key", check_key),
        ("database", check_database),
        ("image store", check_store),
        ("anvil", partial(check_anvil, patience=patience)),
        ("ports", partial(check_ports, patience=patience)),
        ("chain", check_chain),
        ("progress", check_progress),
    )


def diagnose(settings: Settings, seconds: float) -> list[Line]:
    """Every check in turn, each for so many seconds at most.

    Example:
        >>> {line.state for line in diagnose(Settings(), 10)}  # doctest: +SKIP
        {'ok'}
    """
    return [line for name, check in _checks(seconds) for line in bounded(name, seconds, lambda do=check: do(settings))]  # type: ignore[misc]


__all__ = ["Line", "State", "diagnose"]
