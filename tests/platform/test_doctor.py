"""`sebrus doctor` finds what is missing, says what to do, changes nothing and always ends."""

from __future__ import annotations

import json
import secrets
import socket
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from sebrus.chain.artifact import artifact
from sebrus.chain.code import is_code_of
from sebrus.cli import app
from sebrus.platform.doctor import diagnose
from sebrus.platform.doctor.chain import judge_clock
from sebrus.platform.doctor.lines import bounded, ok
from sebrus.platform.operator import load_operator
from sebrus.platform.sending import MOST_FAILURES
from sebrus.platform.settings import Settings
from sebrus.platform.signatures import MOST_WALLET_FAILURES
from sebrus.store.models import FailedStep, FailingWallet, SetAside, SignedMovement

from ..actors.ports import ports_in_a_row


def look(settings: Settings, seconds: float = 120) -> dict[str, tuple[str, str]]:
    """Name -> state and sentence."""
    lines = diagnose(settings, seconds)
    assert len({line.name for line in lines}) == len(lines)
    return {line.name: (line.state, line.says) for line in lines}


def tree(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*")}


def on_stage(stage, **changed) -> Settings:
    return stage.application.settings.model_copy(update={"port": ports_in_a_row(1), **changed})


# ---------------------------------------------------------------- all is well


@pytest.mark.chain
def test_a_running_stage_is_well(own_stage):
    stage = own_stage  # the shared one's clock is far ahead: its tests let windows pass
    stage.wait(max(1, int(time.time()) - stage.now()))
    found = look(on_stage(stage))
    assert {state for state, _ in found.values()} == {"ok"}, found
    assert set(found) == {
        *("home", "operator key", "database", "image store", "anvil", "server port", "chain port"),
        *("chain", "clock", "contract", "index", "ether"),
    }
    assert stage.application.deployment.address in found["contract"][1]


@pytest.mark.chain
def test_looking_changes_nothing(stage):
    home = stage.application.settings.home_path
    before = tree(home)
    look(on_stage(stage))
    assert {path for path in tree(home) ^ before if not path.endswith(("-wal", "-shm"))} == set()


def test_an_empty_home_is_no_failure_and_stays_empty(tmp_path, monkeypatch):
    monkeypatch.setenv("SEBRUS_ANVIL", "/bin/true")
    settings = Settings(home=tmp_path / "new", port=ports_in_a_row(1), chain_port=ports_in_a_row(1))
    found = look(settings)
    assert {name: state for name, (state, _) in found.items() if state != "ok"} == dict.fromkeys(
        ["home", "operator key", "database", "image store", "chain"], "warning"
    )
    assert tree(tmp_path) == set()


# ---------------------------------------------------------------- what is wrong


@pytest.mark.chain
def test_a_node_of_another_chain_and_a_contract_that_is_not_ours(own_stage):
    stage = own_stage
    path = stage.application.settings.deployment_path
    known = json.loads(path.read_text())
    for change, words in [
        ({"chain_id": 1}, "It is on chain 1, the node on 31337"),
        ({"address": "0x" + "33" * 20}, "There is no code at"),
        ({"address": stage.application.contract.call("judgement")}, "is not this version's"),
        ({"epoch_length": 7}, "tells other constants"),
    ]:
        path.write_text(json.dumps(known | change))
        state, says = look(on_stage(stage))["contract"]
        assert state == "failed" and words in says, says
    path.unlink()
    assert look(on_stage(stage))["contract"] == ("failed", f"{path} does not exist; run: sebrus deploy")


@pytest.mark.chain
def test_a_lagging_index_an_empty_wallet_and_jobs_set_aside(own_stage):
    stage = own_stage
    stage.rpc("anvil_mine", hex(300))
    stage.chain.set_balance(stage.application.operator.address, 10**12)
    with stage.application.database.write() as session:
        session.add(SetAside(duty="screen", batch_id="0x00", reason="a reason"))
    found = look(on_stage(stage))
    assert found["index"][0] == "warning" and "300 blocks behind" in found["index"][1]
    assert found["ether"][0] == "warning" and "send it more" in found["ether"][1]
    assert found["set aside"][0] == "warning" and "a reason" not in found["set aside"][1]
    stage.rpc("evm_setNextBlockTimestamp", int(time.time()) + 3600)
    stage.rpc("evm_mine")
    assert "ahead of this machine's clock" in look(on_stage(stage))["clock"][1]


def given_up(stage, account: str, failures: int, **when) -> None:
    """A movement, a wallet and a step of the keeper that failed so often."""
    reason = "It failed on chain." if failures >= MOST_FAILURES else None
    move = {"kind": "stake", "account": account, "amount": 1, "deadline": 2**40, "signature": "0x", "refusal": reason}
    with stage.application.database.write() as session:
        session.add(SignedMovement(nonce=secrets.randbelow(2**31), failures=failures, **move, **when))
        session.merge(FailingWallet(account=account, failures=failures))
        session.add(FailedStep(call_sha256=secrets.token_hex(32), function="finalize", failures=failures))


@pytest.mark.chain
def test_what_failed_on_chain_is_named_with_why_and_what_to_do_once_it_is_given_up(own_stage):
    stage, accounts = own_stage, [f"0x{number:040x}" for number in range(5)]
    aside = ("actions aside", "wallets aside", "steps aside")
    given_up(stage, accounts[0], MOST_FAILURES - 1)
    found = look(on_stage(stage))
    assert not found.keys() & set(aside), "what failed once is tried again"
    given_up(stage, accounts[1], MOST_WALLET_FAILURES)
    found = look(on_stage(stage))
    for name, named, why, what in (
        (aside[0], f"movement of {accounts[1]}:", "failed on chain 2 times", "send it to the contract directly"),
        (aside[1], f"{accounts[1]}:", "failed on chain 4 times", "delete its row in failing_wallet"),
        (aside[2], "finalize (1):", "failed on chain 2 times", "delete their rows in failed_step"),
    ):
        state, says = found[name]
        assert state == "warning" and says.startswith(named) and why in says and what in says and says.endswith(".")
        assert accounts[0] not in says
    for account in accounts[2:]:
        given_up(stage, account, MOST_WALLET_FAILURES)
    assert f"{accounts[3]} and 1 more:" in look(on_stage(stage))["wallets aside"][1], "of many the first three"


@pytest.mark.chain
def test_an_action_that_failed_long_ago_is_no_matter_any_more(own_stage):
    given_up(own_stage, "0x" + "11" * 20, MOST_FAILURES, created=datetime.now(UTC) - timedelta(days=8))
    found = look(on_stage(own_stage))
    assert "actions aside" not in found and "steps aside" in found


def test_a_database_that_is_broken_newer_locked_away_or_unknown(tmp_path):
    broken, newer = tmp_path / "broken.db", tmp_path / "newer.db"
    broken.write_bytes(b"no database at all " * 100)
    with sqlite3.connect(newer) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('from the future')")
    connection.close()
    for url, state, words in [
        (f"sqlite:///{broken}", "failed", "not a database"),
        (f"sqlite:///{newer}", "failed", "made by a newer version"),
        (f"sqlite:///{tmp_path}/none.db", "warning", "does not exist yet"),
        ("no url with secret", "failed", "no address of a database"),
        ("nonsense://user:secret@host/db", "failed", "SEBRUS_DATABASE_URL"),
    ]:
        found = look(Settings(home=tmp_path, database_url=url, port=ports_in_a_row(1)))["database"]
        assert found[0] == state and words in found[1] and "secret" not in found[1], found


def test_a_store_that_is_full_or_of_another_kind(tmp_path, monkeypatch):
    import shutil

    settings = Settings(home=tmp_path, blob_url="ftp://somewhere", port=ports_in_a_row(1))
    assert look(settings)["image store"][0] == "failed"
    (tmp_path / "images").mkdir()
    settings = Settings(home=tmp_path, port=ports_in_a_row(1))
    for free, state in [(10**6, "failed"), (10**9, "warning"), (10**11, "ok")]:
        usage = shutil._ntuple_diskusage(10**12, 10**12, free)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, usage=usage: usage)
        assert look(settings)["image store"][0] == state


def test_a_key_others_can_read_or_that_is_plain_among_strangers(tmp_path):
    path = tmp_path / "keys" / "operator.key"
    load_operator(path)
    node = {"rpc_url": f"http://127.0.0.1:{ports_in_a_row(1)}"}
    assert look(Settings(home=tmp_path, port=ports_in_a_row(1)))["operator key"][0] == "ok"
    state, says = look(Settings(home=tmp_path, port=ports_in_a_row(1), **node))["operator key"]
    assert state == "warning" and "not encrypted" in says
    path.chmod(0o644)
    state, says = look(Settings(home=tmp_path, port=ports_in_a_row(1)))["operator key"]
    assert state == "warning" and f"chmod 600 {path}" in says
    path.write_text("0xdeadbeef is my secret")
    state, says = look(Settings(home=tmp_path, port=ports_in_a_row(1)))["operator key"]
    assert state == "failed" and "secret" not in says


def test_ports_that_others_hold(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other, socket.create_server(("127.0.0.1", 0)) as another:
        ports = {"port": other.getsockname()[1], "chain_port": another.getsockname()[1]}
        found = look(Settings(home=tmp_path, **ports), 16)
    assert found["server port"][0] == found["chain port"][0] == "failed"
    assert "SEBRUS_PORT" in found["server port"][1] and "SEBRUS_CHAIN_PORT" in found["chain port"][1]


@pytest.mark.chain
def test_a_port_that_our_own_server_holds_is_well(stage):
    found = look(on_stage(stage, port=int(stage.url.rsplit(":", 1)[1])))
    assert found["server port"][0] == "ok" and "a SeBRUS server answers" in found["server port"][1]


# ---------------------------------------------------------------- it ends


def test_a_silent_node_does_not_hold_it_up(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/secret"
        started = time.monotonic()
        found = look(Settings(home=tmp_path, rpc_url=url, port=ports_in_a_row(1)), 1)
        assert time.monotonic() - started < 120
    assert found["chain"] == ("failed", "No answer within 1 seconds; check that it runs and can be reached.")


def test_what_a_check_did_not_foresee_is_told_without_its_words():
    def broken():
        raise RuntimeError("a secret")

    (line,) = bounded("thing", 120, broken)
    assert line.state == "failed" and "RuntimeError" in line.says and "secret" not in line.says
    assert bounded("thing", 120, lambda: [ok("thing", "well")]) == [ok("thing", "well")]


@given(st.integers(0, 2**40), st.floats(0.01, 600), st.floats(-(10**6), 10**6))
def test_a_clock_is_judged_by_its_distance_alone(newest, pause, age):
    state = judge_clock(newest, pause, newest + age).state
    if age < -20 or age > max(70, 11 * pause):
        assert state == "warning"
    if -10 < age < max(50, 9 * pause):
        assert state == "ok"


# ---------------------------------------------------------------- the contract's code


@given(st.data())
def test_code_is_known_whatever_its_immutables_and_by_every_other_byte(data):
    code = bytearray.fromhex(artifact()["deployedBytecode"][2:])
    holes, at = [], -1
    while (at := bytes(code).find(b"\x7f" + bytes(32), at + 1)) >= 0:
        holes.append(at + 1)
    assert holes
    for hole in holes:
        code[hole : hole + 32] = data.draw(st.binary(min_size=32, max_size=32))
    assert is_code_of(bytes(code), "Sebrus") and not is_code_of(bytes(code), "Judgement")
    at = data.draw(st.integers(0, len(code) - 1).filter(lambda i: not any(h <= i < h + 32 for h in holes)))
    code[at] ^= data.draw(st.integers(1, 255))
    assert not is_code_of(bytes(code), "Sebrus")
    assert not is_code_of(bytes(code[:-1]), "Sebrus")


# ---------------------------------------------------------------- the command


def test_the_command_ends_with_1_when_something_failed(tmp_path, monkeypatch):
    monkeypatch.setenv("SEBRUS_HOME", str(tmp_path / "new"))
    monkeypatch.setenv("SEBRUS_PORT", str(ports_in_a_row(1)))
    monkeypatch.setenv("SEBRUS_CHAIN_PORT", str(ports_in_a_row(1)))
    monkeypatch.setenv("SEBRUS_ANVIL", "/bin/true")
    well = CliRunner().invoke(app, ["doctor", "--json", "--timeout", "120"])
    said = json.loads(well.stdout)
    assert (well.exit_code, said["ok"]) == (0, True)
    assert {*said["checks"][0]} == {"name", "state", "says"}
    monkeypatch.setenv("SEBRUS_RPC_URL", f"http://127.0.0.1:{ports_in_a_row(1)}")
    ill = CliRunner().invoke(app, ["doctor"])
    assert ill.exit_code == 1 and "failed   chain" in ill.stdout
    monkeypatch.setenv("SEBRUS_PORT", "x")
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 2
