"""`sebrus deploy` asks before it spends, refuses another chain, and deploys once."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from sebrus.cli import app
from sebrus.platform.operator import load_operator

pytestmark = pytest.mark.chain


def test_asked_for_refused_and_deployed_once(stage, tmp_path, monkeypatch):
    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, ["deploy", *arguments])
        assert result.exit_code == code, result.output
        return result.output

    monkeypatch.setenv("SEBRUS_HOME", str(tmp_path))
    monkeypatch.setenv("SEBRUS_RPC_URL", stage.chain.url)
    operator = load_operator(tmp_path / "keys" / "operator.key")
    assert f"The operator {operator.address} has no ether on chain 31337" in run(code=2)
    stage.chain.set_balance(operator.address, 10**18)
    said = run(code=2)
    assert "goes to chain 31337" in said and "add --yes" in said
    assert "The node is on chain 31337, not on 1; correct SEBRUS_RPC_URL." in run("--yes", "--chain-id", "1", code=2)
    assert int(stage.rpc("eth_getTransactionCount", operator.address, "latest"), 16) == 0, "nothing was sent"
    said = run("--yes", "--chain-id", "31337")
    assert "Judgement: at 0x" in said and "Sebrus is at 0x" in said
    assert run().splitlines()[-1] == said.splitlines()[-1], "and there it stays"
    assert int(stage.rpc("eth_getTransactionCount", operator.address, "latest"), 16) == 2
