"""The OpenAPI document names each operation once, and the documentation names each route."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.chain

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def document(shared_stage):
    return httpx.get(f"{shared_stage.url}/api/openapi.json").json()


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def test_operation_ids_are_unique(document):
    names = [operation["operationId"] for *_, operation in operations(document)]
    assert len(names) == len(set(names)) >= 18


def test_every_operation_says_what_it_does(document):
    for path, method, operation in operations(document):
        assert operation.get("description", "").endswith("."), (method, path)


def test_every_refusal_is_a_problem_and_every_operation_names_its_own(document):
    for path, method, operation in operations(document):
        refusals = {status: said for status, said in operation["responses"].items() if status >= "400"}
        assert {"401", "413", "422", "429", "500", "503"} <= set(refusals) and "default" not in refusals, (method, path)
        assert method in ("GET", "HEAD") or "403" in refusals, (method, path)
        if path == "/api/ready":
            assert set(refusals.pop("503")["content"]) == {"application/json"}, "what is not at hand, and no problem"
        assert all(set(said["content"]) == {"application/problem+json"} for said in refusals.values()), (method, path)
        if "requestBody" in operation:
            assert "400" in refusals, (method, path, "a body may be none that can be read")
        if "{" in path:
            assert "404" in refusals or path.endswith(("{address}", "{reviewer}")), (method, path)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_a_hostile_body_that_is_no_text_is_answered_as_documented(shared_stage, document):
    for path, method, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            url = shared_stage.url + re.sub(r"{[^}]*(address|reviewer)}", "0x" + "11" * 20, path)
            url = re.sub(r"{[^}]*}", "0x" + "11" * 32, url)
            answer = httpx.request(method, url, content=b"\xff", headers={"content-type": "application/json"})
            assert str(answer.status_code) in operation["responses"] and answer.status_code < 500, (method, path)


def test_every_route_is_documented_and_no_other(document):
    text = (ROOT / "docs" / "api.md").read_text()
    headings = {line.removeprefix("### ").strip("`") for line in text.splitlines() if line.startswith("### `")}
    assert headings == {f"{method} {path}" for path, method, _ in operations(document) if method != "HEAD"}


def test_every_problem_code_is_documented():
    """Codes are given where they are raised; each must stand in the table of docs/api.md or docs/intake.md."""
    text = (ROOT / "docs" / "api.md").read_text() + (ROOT / "docs" / "intake.md").read_text()
    source = "".join(
        path.read_text()
        for folder in ("api", "platform")
        for path in (ROOT / "src" / "sebrus" / folder).rglob("*.py")
        if not path.name.startswith("intake")
    )
    codes = set(re.findall(r'Refused\(\s*"(\w+)"', source)) | set(re.findall(r'problem\(\d+, "(\w+)"', source))
    assert len(codes) > 20
    assert {code for code in codes if f"`{code}`" not in text} == set()
