"""What cannot be verified at all is refused with one sentence, and the command exits with 2."""

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from typer.testing import CliRunner

from sebrus.cli.verify import verify
from sebrus.verify import STEPS, BadInput, verify_release
from sebrus.verify.events import TOPICS

URL = "http://node.test"

pytestmark = pytest.mark.chain


def test_no_release(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not a directory"):
        verify_release(tmp_path / "nowhere", URL)
    with pytest.raises(BadInput, match=r"has no manifest\.json"):
        verify_release(tmp_path, URL)


def test_a_file_that_may_not_be_read(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(BadInput, match=r"manifest\.json cannot be read: Permission denied"):
        case.verify()


def test_without_pyarrow_the_extra_is_named(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(BadInput, match=r"pip install 'sebrus\[export\]'"):
        case.verify()


def test_another_chain(case: Any) -> None:
    case.node.chain_id = 1
    with pytest.raises(BadInput, match="The node is on chain 1, the release is on chain 31337"):
        case.verify()


def test_no_contract(case: Any) -> None:
    case.node.code = "0x"
    with pytest.raises(BadInput, match="There is no contract at 0x"):
        case.verify()


def test_no_url(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEBRUS_RPC_URL", raising=False)
    with pytest.raises(BadInput, match="give --rpc URL or set SEBRUS_RPC_URL"):
        verify_release(case.directory)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "not a url", "ftp://x", "http://[", ""])
def test_an_unreachable_node(case: Any, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEBRUS_RPC_URL", raising=False)
    with pytest.raises(BadInput, match=r"cannot be reached|is not the URL|No node is known"):
        verify_release(case.directory, url)


def answering(answer: Callable[[dict[str, Any]], httpx.Response]) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: answer(json.loads(request.content)))


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, text="<html>a web page</html>"),
        httpx.Response(200, json=[1]),
        httpx.Response(200, json={"hello": 1}),
        httpx.Response(200, json={"result": None}),
        httpx.Response(200, json={"result": "31337"}),
        httpx.Response(200, json={"result": "0xnone"}),
        httpx.Response(401, text="who are you?"),
        httpx.Response(200, json={"error": {"message": "no such\nmethod"}}),
        httpx.Response(200, json={"error": "no"}),
    ],
)
def test_what_is_no_node(case: Any, response: httpx.Response) -> None:
    with pytest.raises(BadInput) as refused:
        verify_release(case.directory, URL, transport=answering(lambda _: response))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "logs",
    [
        {"a": 1},
        [1],
        [{"topics": ["0xzz"], "data": "0x"}],
        [{"topics": ["TOPIC"], "data": "0x"}],
        [{"topics": ["TOPIC", "0x" + "0" * 64], "data": "0x12"}],
    ],
)
def test_mangled_logs(case: Any, logs: Any) -> None:
    text = json.dumps(logs).replace("TOPIC", TOPICS[0])
    honest = case.node.transport()

    def answer(request: httpx.Request) -> httpx.Response:
        if b"eth_getLogs" in request.content:
            return httpx.Response(200, json={"result": json.loads(text)})
        return honest.handle_request(request)

    with pytest.raises(BadInput, match="The node"):
        verify_release(case.directory, URL, transport=httpx.MockTransport(answer))


def test_a_contract_of_another_kind(case: Any) -> None:
    honest = case.node.transport()

    def answer(request: httpx.Request) -> httpx.Response:
        if b"eth_call" in request.content:
            return httpx.Response(200, json={"result": "0x"})
        return honest.handle_request(request)

    with pytest.raises(BadInput, match="is not a Sebrus contract"):
        verify_release(case.directory, URL, transport=httpx.MockTransport(answer))


# ------------------------------------------------------------------------------------------- the command


@pytest.fixture
def command(case: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run `sebrus verify` on the case's release against its node."""
    answered = partial(verify_release, transport=case.node.transport())
    monkeypatch.setattr(sys.modules["sebrus.cli.verify"], "verify_release", answered)
    app = typer.Typer()
    app.command()(verify)
    return lambda *arguments: CliRunner().invoke(app, [str(case.directory), "--rpc", URL, *arguments])


def test_exit_0_when_all_holds(command: Callable[..., Any]) -> None:
    result = command()
    assert result.exit_code == 0, result.output
    assert result.output.count("✓") == len(STEPS)
    assert "Verified: Pets, release 1" in result.output
    report = json.loads(command("--json").stdout)
    assert report["verified"] is True and len(report["steps"]) == len(STEPS)


def test_exit_1_names_the_first_broken_step_in_one_line(case: Any, command: Callable[..., Any]) -> None:
    case.node.find("Released").values["manifestRoot"] = bytes(32)
    result = command()
    assert result.exit_code == 1
    assert result.stderr == "Not verified: step manifest: the chain has another manifest root.\n"
    result = command("--json")
    assert (result.exit_code, json.loads(result.stdout)["broken"]) == (1, "manifest")


def test_exit_2_on_bad_input(case: Any, command: Callable[..., Any]) -> None:
    case.node.chain_id = 5
    result = command()
    assert result.exit_code == 2
    assert result.stderr == "The node is on chain 5, the release is on chain 31337.\n"
    result = command("--json")
    assert (result.exit_code, json.loads(result.stdout)["verified"]) == (2, False)


def test_a_hostile_name_cannot_move_the_cursor(case: Any, command: Callable[..., Any]) -> None:
    (case.directory / "\x1b[2Jevil").write_bytes(b"")
    result = command()
    assert result.exit_code == 1
    assert "\x1b[2J" not in result.output
