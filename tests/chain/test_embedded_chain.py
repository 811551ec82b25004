"""The embedded chain keeps its state through a stop and a kill, and says in a sentence why it cannot start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from sebrus.chain.embedded import EmbeddedChain, call, find_anvil, running_anvil, visit
from sebrus.chain.errors import ChainError
from sebrus.chain.supervise import supervise

from ..actors.ports import ports_in_a_row

pytestmark = [pytest.mark.chain, pytest.mark.usefixtures("anvil")]

SOMEONE = "0x" + "22" * 20


@pytest.fixture
def chain(tmp_path):
    made = EmbeddedChain(tmp_path, ports_in_a_row(1))
    yield made
    made.kill()


def balance(chain):
    return int(chain.rpc("eth_getBalance", SOMEONE, "latest"), 16)


def test_state_survives_stop_and_start(chain):
    chain.start()
    chain.set_balance(SOMEONE, 123)
    chain.mine(5)
    chain.stop()
    assert not chain.running
    chain.start()
    assert balance(chain) == 123
    assert int(chain.rpc("eth_blockNumber"), 16) >= 5


def test_a_kill_loses_what_came_after_the_last_snapshot_and_nothing_else(chain):
    chain.start()
    chain.set_balance(SOMEONE, 1)
    chain.mine(1)
    chain.save()
    chain.set_balance(SOMEONE, 2)
    chain.mine(1)
    os.kill(running_anvil(chain.directory)["pid"], signal.SIGKILL)
    chain._process.wait()
    assert not chain.running
    chain.kill()
    chain.start()
    assert balance(chain) == 1


def test_the_supervisor_restarts_a_killed_chain(chain):
    stop, starts = threading.Event(), []
    chain.start()  # forking is for the main thread; the supervisor finds it running
    chain.kill()
    watcher = threading.Thread(target=supervise, args=(chain, stop, lambda: starts.append(1)))
    watcher.start()
    try:
        deadline = time.monotonic() + 120
        while not starts and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(running_anvil(chain.directory)["pid"], signal.SIGKILL)
        while len(starts) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(starts) == 2
    finally:
        stop.set()
        watcher.join()
    assert chain.state_path.exists() and not chain.running


def test_a_torn_snapshot_is_never_in_place(chain):
    """What a kill leaves half-written has another name."""
    chain.start()
    chain.set_balance(SOMEONE, 9)
    chain.mine(1)
    chain.save()
    chain.state_path.with_suffix(".new").write_bytes(b"{half")
    chain.kill()
    chain.start()
    assert balance(chain) == 9


def test_a_corrupt_snapshot_is_named(chain):
    chain.start()
    chain.mine(1)
    chain.stop()
    chain.state_path.write_bytes(chain.state_path.read_bytes()[:40])
    with pytest.raises(ChainError) as caught:
        chain.start()
    assert str(chain.state_path) in str(caught.value)
    assert not chain.running


def test_a_port_in_use_is_named(chain, tmp_path):
    """Also when what holds it answers as a chain would."""
    chain.start()
    other = EmbeddedChain(tmp_path / "other", chain.port)
    with pytest.raises(ChainError) as caught:
        other.start()
    assert str(chain.port) in str(caught.value) and "port" in str(caught.value)
    assert not other.running
    assert chain.running, "the other's chain is left alone"


def test_a_second_one_does_not_take_the_home_of_the_first(chain, tmp_path):
    chain.start()
    second = EmbeddedChain(tmp_path, ports_in_a_row(1))
    with pytest.raises(ChainError, match="run by another process"):
        second.start()
    second.kill()
    assert chain.running and running_anvil(chain.directory)["port"] == chain.port
    chain.stop()
    second.start()
    assert second.running
    second.kill()


def test_the_chain_dies_with_its_supervisor(tmp_path):
    if sys.platform != "linux":
        pytest.skip("the parent-death signal is Linux's")
    port = ports_in_a_row(1)
    program = f"""
        import time
        from pathlib import Path
        from sebrus.chain.embedded import EmbeddedChain
        EmbeddedChain(Path({str(tmp_path)!r}), {port}).start()
        print("up", flush=True)
        time.sleep(60)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"up\n"
        found = running_anvil(tmp_path / "chain")
        assert found is not None
        child.kill()
    deadline = time.monotonic() + 60
    while running_anvil(tmp_path / "chain") is not None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert running_anvil(tmp_path / "chain") is None


def test_a_visit_changes_nothing(chain, tmp_path):
    import httpx

    chain.start()
    chain.set_balance(SOMEONE, 5)
    chain.mine(1)
    chain.stop()
    before = chain.state_path.read_bytes()
    with visit(tmp_path) as url, httpx.Client(timeout=60) as http:
        assert int(call(http, url, "eth_getBalance", SOMEONE, "latest"), 16) == 5
        call(http, url, "anvil_setBalance", SOMEONE, "0x0")
    assert chain.state_path.read_bytes() == before


def test_a_missing_anvil_is_a_sentence(monkeypatch):
    monkeypatch.setenv("SEBRUS_ANVIL", "/nowhere/anvil")
    with pytest.raises(ChainError, match="SEBRUS_ANVIL names /nowhere/anvil, which is not a file"):
        find_anvil()


def test_old_states_do_not_pile_up_in_the_users_home(chain, tmp_path, monkeypatch):
    user = tmp_path / "user"
    user.mkdir()
    monkeypatch.setenv("HOME", str(user))
    chain.start()
    chain.mine(600)
    chain.kill()
    assert [path for path in user.rglob("*") if path.is_file()] == []


def test_a_snapshot_that_cannot_be_written_leaves_the_last_one_and_the_chain_runs_on(chain):
    chain.start()
    chain.save()
    before = chain.state_path.read_bytes()
    chain.mine(1)
    in_the_way = chain.state_path.with_suffix(".new")
    in_the_way.mkdir()
    with pytest.raises(ChainError, match="runs on in memory"):
        chain.save()
    in_the_way.rmdir()
    assert chain.running
    assert chain.state_path.read_bytes() == before
    chain.save()
    assert chain.state_path.read_bytes() != before


def test_time_does_not_go_back_when_a_chain_that_was_ahead_starts_again(chain):
    chain.start()
    chain.rpc("evm_increaseTime", 5000)
    chain.mine(1)
    before = newest(chain)  # and the chain mines on, so that what is saved may be later
    chain.save()
    chain.kill()
    chain.start()
    assert before <= newest(chain) < before + 4000


def newest(chain):
    return int(chain.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)


def test_a_chain_that_hung_and_then_died_is_revived_at_once(chain):
    stop = threading.Event()
    keeper = threading.Thread(target=supervise, args=(chain, stop, lambda: None))
    keeper.start()
    try:
        first = await_other_anvil(chain, None)
        while not chain.state_path.exists():
            time.sleep(0.05)
        os.kill(first, signal.SIGSTOP)
        time.sleep(4)  # a snapshot waits so long, and would be given twenty times that as a pause
        os.kill(first, signal.SIGCONT)
        time.sleep(1)
        os.kill(first, signal.SIGKILL)
        assert await_other_anvil(chain, first) != first
    finally:
        stop.set()
        keeper.join()


def await_other_anvil(chain, before):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        running = running_anvil(chain.directory)
        if running and running["pid"] != before and chain.running:
            return running["pid"]
        time.sleep(0.05)
    raise AssertionError("no chain was started")
