"""The client's page answers at its addresses and, to people, at addresses that are none; programs read a problem."""

from __future__ import annotations

import re

import httpx
import pytest

from sebrus.api.web import BUILT

pytestmark = pytest.mark.chain

AS_A_BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_a_mistyped_address_is_a_page_to_a_browser_and_a_problem_to_a_program(stage):
    page = httpx.get(stage.url + "/nowhere", headers=AS_A_BROWSER)
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    told = httpx.get(stage.url + "/nowhere")
    assert (told.status_code, told.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/assets/nothing.js"])
def test_a_part_of_the_api_that_does_not_exist_is_a_problem_to_everybody(stage, path):
    told = httpx.get(stage.url + path, headers=AS_A_BROWSER)
    assert told.status_code == 404
    assert not told.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/", "/datasets", "/datasets/new", "/review/0xab/0", "/account", "/activity"])
def test_a_reload_finds_its_page_again(stage, path):
    page = httpx.get(stage.url + path, headers=AS_A_BROWSER)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


@pytest.mark.skipif(not (BUILT / "assets").is_dir(), reason="the web client is not built: make web")
def test_scripts_are_compressed_for_whoever_takes_them_so(stage):
    [script, *_] = re.findall(r'src="(/assets/[^"]+[.]js)"', httpx.get(stage.url).text)
    plain = httpx.get(stage.url + script, headers={"accept-encoding": "identity"})
    small = httpx.get(stage.url + script, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert small.headers["vary"] == "Accept-Encoding"
    assert small.headers["content-type"] == plain.headers["content-type"]
    assert int(small.headers["content-length"]) < len(plain.content) / 2
    assert small.content == plain.content
    assert "immutable" in small.headers["cache-control"]
