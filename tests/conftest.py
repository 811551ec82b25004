"""What every test may use: a real stage, the people on it, and the stores below it, each from a module of `actors`."""

from __future__ import annotations

import pytest
from httpx._config import DEFAULT_TIMEOUT_CONFIG
from hypothesis import HealthCheck, settings

from .actors import buckets, databases, people, raising, wallets

# How long an example takes is the machine's affair: no example fails because others kept it waiting.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# Nor does a request: by itself httpx waits five seconds, and a disk that others use can keep a server for longer.
PATIENCE_SECONDS = 300.0
for part in ("connect", "read", "write", "pool"):
    setattr(DEFAULT_TIMEOUT_CONFIG, part, PATIENCE_SECONDS)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=databases.KINDS,
        default="sqlite",
        help="what the stage keeps its tables in (make test-postgres)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The fixtures of these modules are everybody's."""
    for module in (buckets, databases, people, raising, wallets):
        config.pluginmanager.register(module, module.__name__)
