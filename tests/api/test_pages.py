"""The client's page answers at its addresses and, to people, at addresses that are none; programs read a problem."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from sebrus.api.web import BUILT

pytestmark = pytest.mark.chain

AS_A_BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ROUTER = (Path(__file__).parents[2] / "web" / "src" / "router.tsx").read_text()
PATHS = re.findall(r'path: "(/[^"]*)"', ROUTER)


def test_a_mistyped_address_is_a_page_to_a_browser_and_a_problem_to_a_program(shared_stage):
    page = httpx.get(shared_stage.url + "/nowhere", headers=AS_A_BROWSER)
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    told = httpx.get(shared_stage.url + "/nowhere")
    assert (told.status_code, told.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/assets/nothing.js"])
def test_a_part_of_the_api_that_does_not_exist_is_a_problem_to_everybody(shared_stage, path):
    told = httpx.get(shared_stage.url + path, headers=AS_A_BROWSER)
    assert told.status_code == 404
    assert not told.headers["content-type"].startswith("text/html")


def test_the_server_answers_at_every_address_of_the_router(shared_stage):
    assert len(PATHS) > 8
    for path in PATHS:
        answer = httpx.get(shared_stage.url + re.sub(r"\$\w+", "0x12", path), headers=AS_A_BROWSER)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8"), path


@pytest.mark.skipif(not (BUILT / "assets").is_dir(), reason="the web client is not built: make web")
def test_scripts_are_compressed_for_whoever_takes_them_so(shared_stage):
    [script, *_] = re.findall(r'src="(/assets/[^"]+[.]js)"', httpx.get(shared_stage.url).text)
    plain = httpx.get(shared_stage.url + script, headers={"accept-encoding": "identity"})
    small = httpx.get(shared_stage.url + script, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert small.headers["vary"] == "Accept-Encoding"
    assert small.headers["content-type"] == plain.headers["content-type"]
    assert int(small.headers["content-length"]) < len(plain.content) / 2
    assert small.content == plain.content
    assert "immutable" in small.headers["cache-control"]
