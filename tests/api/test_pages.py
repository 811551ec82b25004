"""A page of the web client is found again when reloaded: the server answers at every address of its router."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.chain

ROUTER = (Path(__file__).parents[2] / "web" / "src" / "router.tsx").read_text()
PATHS = re.findall(r'path: "(/[^"]*)"', ROUTER)


def test_the_server_answers_at_every_address_of_the_router(shared_stage):
    assert len(PATHS) > 8
    for path in PATHS:
        answer = httpx.get(shared_stage.url + re.sub(r"\$\w+", "0x12", path))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8"), path


def test_other_addresses_are_not_pages(shared_stage):
    assert httpx.get(f"{shared_stage.url}/nowhere").status_code == 404
