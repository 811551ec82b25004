"""The embedded development chain: an anvil process started, snapshotted, restarted and stopped by ours.

anvil keeps its state in memory. A snapshot is taken about once a second and renamed into place, so a kill at any
instant costs at most the blocks since the last one: the rest of the system sees a reorganisation and sends again
what was lost.
"""

from __future__ import annotations

import ctypes
import fcntl
import gzip
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import httpx

from sebrus.chain.dumps import is_of_one_moment
from sebrus.chain.errors import ChainError

CHAIN_ID = 31337
BLOCK_TIME_SECONDS = 1
PAST_STATES = 3600
# The BLOCKHASH opcode reaches 256 blocks back. A restarted anvil answers it wrongly for blocks loaded from a snapshot,
# so as many blocks are mined after a restart that the opcode answers zero and draws ask for new entropy.
BLOCKHASH_REACH = 257
DUMPS = 5
"""How often in a row a state is dumped that may be torn."""


def find_anvil() -> Path:
    """Return the native anvil binary: `SEBRUS_ANVIL`, the npm package beside the working tree, or one on PATH.

    Raises:
        ChainError: none of them is there.
    """
    named = os.environ.get("SEBRUS_ANVIL")
    if named:
        if not Path(named).is_file():
            raise ChainError(f"SEBRUS_ANVIL names {named}, which is not a file.")
        return Path(named)
    for root in (Path.cwd(), Path(__file__).resolve().parents[3]):
        for binary in sorted(root.glob("node_modules/@foundry-rs/anvil-*/bin/anvil*")):
            return binary
    on_path = shutil.which("anvil")
    if on_path:
        return Path(on_path)
    raise ChainError(
        "The embedded chain needs anvil: run `npm install @foundry-rs/anvil`, "
        "or set SEBRUS_RPC_URL to a node of your own."
    )


def die_with_parent() -> None:
    """Ask Linux to kill this child when its parent dies, so that no orphan holds the port (prctl(2))."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL)


class EmbeddedChain:
    """One anvil with its state under `home/chain`.

    Example:
        >>> chain = EmbeddedChain(Path("build/demo"), port=8545)  # doctest: +SKIP
        >>> chain.start(); chain.save(); chain.stop()  # doctest: +SKIP
    """

    def __init__(self, home: Path, port: int) -> None:
        self.directory = home / "chain"
        self.state_path = self.directory / "state.json"
        self.pid_path = self.directory / "anvil.json"
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        # Not in the home, whose disk it might fill.
        name = hashlib.sha256(str(self.directory.absolute()).encode()).hexdigest()[:16]
        self.past_path = Path(tempfile.gettempdir()) / f"sebrus-chain-{name}"
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._saved_block = -1

    @property
    def running(self) -> bool:
        """Whether the anvil process is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start anvil from the last snapshot, or from genesis when there is none, and wait until it answers.

        Raises:
            ChainError: the home or the port is taken, or anvil does not start.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        self._take()
        try:
            self._kill_leftover()
            refuse_taken_port(self.port)
            self._start()
        except ChainError:
            self.kill()
            raise

    def _start(self) -> None:
        restored = self.state_path.exists()
        snapshot = self.state_path if restored else None
        self._forget_the_past()
        self._process = spawn_anvil(self.port, snapshot, self.directory / "anvil.log", self.past_path)
        self.pid_path.write_text(json.dumps({"pid": self._process.pid, "port": self.port}))
        try:
            wait_until_ready(self._process, self.url)
        except ChainError as error:
            if restored and (self._process.poll() or 0) > 0:  # below 0 somebody killed it
                raise ChainError(
                    f"anvil does not load its snapshot {self.state_path}; restore it from a backup, "
                    "or move it away to begin with an empty chain."
                ) from error
            raise
        if restored:
            self._keep_clock()
            self.mine(BLOCKHASH_REACH)

    def stop(self) -> None:
        """Save the state and end anvil."""
        try:
            if self.running:
                self.save()
        finally:
            self.kill()

    def kill(self) -> None:
        """End anvil at once, without saving."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._lock is not None:
            self._forget_the_past()
            self.pid_path.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def _forget_the_past(self) -> None:
        """Remove the states of old blocks: an anvil that starts again does not know them any more."""
        shutil.rmtree(self.past_path, ignore_errors=True)

    def save(self) -> None:
        """Snapshot the state into place atomically; does nothing when no block was mined since the last snapshot.

        A dump that is torn between two blocks is not taken (`dumps`).

        Raises:
            ChainError: the node does not answer, mines too fast, or the disk refuses; the last snapshot stays.
        """
        block = self._block()
        if block == self._saved_block:
            return
        for left in reversed(range(DUMPS)):
            state = gzip.decompress(bytes.fromhex(self.rpc("anvil_dumpState")[2:]))
            after = self._block()
            # Where somebody set a nonce by hand, a chain that stood still has to do.
            if is_of_one_moment(state) or (left == 0 and after == block):
                self._write(state)
                self._saved_block = block
                return
            block = after
        raise ChainError(
            f"Blocks were mined each time the chain's state was to be saved to {self.state_path}; "
            "the last snapshot stays, and another is taken in a moment."
        )

    def _block(self) -> int:
        return int(self.rpc("eth_blockNumber"), 16)

    def _write(self, state: bytes) -> None:
        temporary = self.state_path.with_suffix(".new")
        try:
            with temporary.open("wb") as file:
                file.write(state)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.state_path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink()  # half a snapshot would keep a full disk full
            raise ChainError(
                f"The chain's state cannot be saved to {self.state_path} ({error.strerror}); it runs on in memory, "
                "so free some space before it ends."
            ) from error

    def mine(self, blocks: int) -> None:
        """Mine empty blocks without moving the clock ahead."""
        self.rpc("anvil_mine", hex(blocks))

    def set_balance(self, address: str, wei: int) -> None:
        """Give an account ether, as a faucet does."""
        self.rpc("anvil_setBalance", address, hex(wei))

    def rpc(self, method: str, *params: Any) -> Any:
        """Call the node.

        Raises:
            ChainError: the node refuses or does not answer.
        """
        with httpx.Client(timeout=30) as http:
            return call(http, self.url, method, *params)

    def _keep_clock(self) -> None:
        """Go on from the snapshot's time where the chain was ahead of this machine: time never goes back on a chain."""
        newest = int(self.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        ahead = newest - int(time.time())
        if ahead > 0:
            self.rpc("evm_increaseTime", ahead)

    def _take(self) -> None:
        """Be the only one who runs this home's chain; the system lets go of the lock when we die, however we die."""
        if self._lock is not None:
            return
        lock = (self.directory / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise ChainError(
                f"The chain of {self.directory.parent} is run by another process; stop it, or use another SEBRUS_HOME."
            ) from None
        self._lock = lock

    def _kill_leftover(self) -> None:
        """End an anvil of ours that outlived its supervisor (where the system has no parent-death signal)."""
        running = running_anvil(self.directory)
        if running is not None:
            os.kill(running["pid"], signal.SIGKILL)
        self.pid_path.unlink(missing_ok=True)


def spawn_anvil(port: int, state: Path | None, log_path: Path, past: Path) -> subprocess.Popen[bytes]:
    """Start the anvil process, from a snapshot if one is given.

    Its words go to `log_path`, the states of old blocks to the folder `past`.
    """
    command = [
        str(find_anvil()),
        *("--host", "127.0.0.1", "--port", str(port), "--chain-id", str(CHAIN_ID)),
        *("--block-time", str(BLOCK_TIME_SECONDS), "--mixed-mining", "--accounts", "1", "--silent"),
        # It writes older states to disk, by default into the user's home, and leaves them there when it ends. Whoever
        # verifies a release asks for states of the past.
        *("--max-persisted-states", str(PAST_STATES), "--cache-path", str(past)),
        *(("--load-state", str(state)) if state is not None else ()),
    ]
    with log_path.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - the binary is ours, the arguments are numbers and a path
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent if sys.platform == "linux" else None,
        )


def wait_until_ready(process: subprocess.Popen[bytes], url: str, seconds: float = 60.0) -> None:
    """Wait until anvil answers.

    Raises:
        ChainError: it ended, or did not answer in time.
    """
    deadline = time.monotonic() + seconds
    with httpx.Client(timeout=5) as http:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise ChainError(f"anvil ended at once; another program may hold the port of {url}.")
            try:
                call(http, url, "eth_chainId")
                return
            except ChainError:
                time.sleep(0.05)
    raise ChainError(f"anvil did not answer at {url} within {seconds:.0f} seconds.")


def running_anvil(directory: Path) -> dict[str, int] | None:
    """Process id and port of the anvil that runs on this state folder; None when none does."""
    try:
        record: dict[str, int] = json.loads((directory / "anvil.json").read_text())
        alive = b"anvil" in Path(f"/proc/{record['pid']}/cmdline").read_bytes()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return record if alive else None


def refuse_taken_port(port: int) -> None:
    """Make sure that what answers at the port later is the chain we start.

    Raises:
        ChainError: another program listens there.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ChainError(
                f"Another program uses port {port}; end it, or set SEBRUS_CHAIN_PORT to another port."
            ) from error


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def visit(home: Path) -> Iterator[str]:
    """The URL of a home's embedded chain: the running one, or one started from its snapshot while the block lasts.

    Nothing is saved, so a visit changes nothing.
    """
    directory = home / "chain"
    running = running_anvil(directory)
    if running is not None:
        yield f"http://127.0.0.1:{running['port']}"
        return
    with tempfile.TemporaryDirectory() as scratch:
        port = free_port()
        process = spawn_anvil(port, directory / "state.json", Path(scratch) / "anvil.log", Path(scratch) / "past")
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(process, url)
            yield url
        finally:
            process.kill()
            process.wait()


@contextmanager
def rpc_for(release: Path) -> Iterator[str]:
    """The URL of the embedded chain a release was published on: of the home it lies in, or of `SEBRUS_HOME`.

    Raises:
        ChainError: neither has one.
    """
    named = Path(os.environ.get("SEBRUS_HOME", "~/.sebrus")).expanduser()
    for home in (release.absolute().parent, named):
        if (home / "chain" / "state.json").exists():
            with visit(home) as url:
                yield url
            return
    raise ChainError("No node is known: give --rpc URL or set SEBRUS_RPC_URL.")


def call(http: httpx.Client, url: str, method: str, *params: Any) -> Any:
    """Make one JSON-RPC call and return its result, or raise `ChainError`."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    try:
        answer = http.post(url, json=body).json()
    except (httpx.HTTPError, json.JSONDecodeError) as error:
        raise ChainError(f"The chain at {url} does not answer: {error}.") from error
    if "error" in answer:
        raise ChainError(f"The chain refused {method}: {answer['error'].get('message', answer['error'])}.")
    return answer["result"]
