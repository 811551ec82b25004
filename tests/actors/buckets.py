"""A real object store of the tests: Ceph's gateway, with one monitor and one object daemon that keep all in memory."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sebrus.chain.embedded import die_with_parent
from sebrus.store.blobs import BlobStore
from sebrus.store.disk import DiskBlobs
from sebrus.store.places import open_blobs

from .ports import ports_in_a_row

PROGRAMS = ("ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
START_SECONDS = 300.0
CONFIGURATION = """
[global]
fsid = {fsid}
mon host = [v1:127.0.0.1:{port}]
public addr = 127.0.0.1
ms bind ipv6 = false
run dir = {folder}
admin socket = {folder}/$name.asok
pid file = {folder}/$name.pid
log file = {folder}/$name.log
mon data = {folder}/mon
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 1073741824
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 2
osd pool default pgp num = 2
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
keyring = {folder}/keyring
[osd]
keyring = {folder}/osd/keyring
[client]
rgw frontends = beast endpoint=127.0.0.1:{gateway_port}
rgw thread pool size = 32
"""


@dataclass(frozen=True)
class Gateway:
    """A running S3-compatible store."""

    endpoint: str
    client: Any

    def make(self, prefix: str = "") -> str:
        """Make a bucket; returns the address of an empty store in it."""
        bucket = f"test-{secrets.token_hex(6)}"
        self.client.create_bucket(Bucket=bucket)
        return f"s3://{bucket}/{prefix}?endpoint={self.endpoint}"


@dataclass
class Cluster:
    """The daemons below the gateway."""

    folder: Path
    monitor_port: int
    gateway_port: int

    def run(self, *command: str) -> str:
        """Run one of Ceph's programs to its end."""
        about: dict[str, Any] = {"cwd": self.folder, "env": self._environment(), "timeout": START_SECONDS}
        done = subprocess.run(command, capture_output=True, text=True, check=False, **about)
        assert done.returncode == 0, (command, done.stderr)
        return done.stdout

    @contextmanager
    def daemon(self, *command: str) -> Iterator[None]:
        """Run a daemon while the block lasts."""
        with (self.folder / f"{command[0]}.out").open("wb") as out:
            dying = die_with_parent if sys.platform == "linux" else None
            running = subprocess.Popen(
                command, stdout=out, stderr=out, cwd=self.folder, env=self._environment(), preexec_fn=dying
            )
        try:
            yield
        finally:
            running.kill()  # nothing of it is kept
            running.wait()

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "CEPH_CONF": str(self.folder / "ceph.conf")}

    def prepare(self) -> None:
        """Write what the daemons start from: configuration, keys and the list of monitors."""
        fsid = str(uuid.uuid4())
        text = CONFIGURATION.format(
            fsid=fsid, folder=self.folder, port=self.monitor_port, gateway_port=self.gateway_port
        )
        (self.folder / "ceph.conf").write_text(text)
        keyring = str(self.folder / "keyring")
        everything = ("--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *")
        self.run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        self.run("ceph-authtool", keyring, "--gen-key", "-n", "client.admin", *everything)
        self.run(
            "monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v1:127.0.0.1:{self.monitor_port}]", "monmap"
        )
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", keyring)

    def prepare_storage(self) -> None:
        """Enter the object daemon with the monitor, and make its store."""
        number = str(uuid.uuid4())
        (self.folder / "osd").mkdir()
        self.run("ceph", "osd", "new", number)
        key = self.run("ceph", "auth", "get-or-create", "osd.0", "mon", "allow profile osd", "osd", "allow *")
        (self.folder / "osd" / "keyring").write_text(key)
        self.run("ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", number)


@pytest.fixture(scope="session")
def s3_gateway() -> Iterator[Gateway]:
    """A gateway on a free port, gone with the tests; its keys are where every tool of S3 looks for them."""
    if any(shutil.which(program) is None for program in PROGRAMS):
        pytest.skip("Ceph's gateway is not installed: apt-get install radosgw ceph-mon ceph-osd")
    session = pytest.importorskip("botocore.session", reason="botocore is not installed: pip install 'sebrus[s3]'")
    folder = Path(tempfile.mkdtemp(prefix="sebrus-ceph-"))
    first = ports_in_a_row(2)
    cluster = Cluster(folder, first, first + 1)
    access, secret = secrets.token_hex(8), secrets.token_hex(16)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        cluster.prepare()
        stack.enter_context(cluster.daemon("ceph-mon", "-i", "a", "-f"))
        cluster.prepare_storage()
        stack.enter_context(cluster.daemon("ceph-osd", "-i", "0", "-f"))
        keys = (f"--access-key={access}", f"--secret-key={secret}")
        cluster.run("radosgw-admin", "user", "create", "--uid=sebrus", "--display-name=sebrus", *keys)
        stack.enter_context(cluster.daemon("radosgw", "-n", "client.admin", "-f"))
        endpoint = f"http://127.0.0.1:{cluster.gateway_port}"
        _wait_for(endpoint)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("AWS_ACCESS_KEY_ID", access)
        patch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        client = session.get_session().create_client("s3", endpoint_url=endpoint, region_name="us-east-1")
        stack.callback(client.close)
        yield Gateway(endpoint, client)


def _wait_for(endpoint: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(endpoint, timeout=5).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "the gateway does not answer"
            time.sleep(0.1)


# ---------------------------------------------------------------- stores in it


@dataclass(frozen=True)
class Kept:
    """A blob store, and its insides for those who spoil them."""

    url: str
    store: BlobStore
    gateway: Gateway | None

    def places(self) -> list[str]:
        """Where anything lies, below the root."""
        if isinstance(self.store, DiskBlobs):
            files = (path for path in self.store.root.rglob("*") if path.is_file())
            return sorted(str(path.relative_to(self.store.root)) for path in files)
        bucket, prefix = self._bucket()
        assert self.gateway is not None
        found = self.gateway.client.list_objects_v2(Bucket=bucket, Prefix=prefix)
        return [entry["Key"].removeprefix(prefix) for entry in found.get("Contents", [])]

    def read(self, place: str) -> bytes:
        """What lies at a place."""
        if isinstance(self.store, DiskBlobs):
            return (self.store.root / place).read_bytes()
        bucket, prefix = self._bucket()
        assert self.gateway is not None
        body: bytes = self.gateway.client.get_object(Bucket=bucket, Key=prefix + place)["Body"].read()
        return body

    def spoil(self, place: str, data: bytes) -> None:
        """Put other bytes at a place, as a fault of the store or an intruder would."""
        if isinstance(self.store, DiskBlobs):
            (self.store.root / place).parent.mkdir(parents=True, exist_ok=True)
            (self.store.root / place).write_bytes(data)
            return
        bucket, prefix = self._bucket()
        assert self.gateway is not None
        self.gateway.client.put_object(Bucket=bucket, Key=prefix + place, Body=data)

    def _bucket(self) -> tuple[str, str]:
        bucket, _, rest = self.url.removeprefix("s3://").partition("/")
        return bucket, rest.partition("?")[0] + "/"


@pytest.fixture(params=["disk", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    """An empty store of each kind in turn."""
    if request.param == "disk":
        url = (tmp_path / "blobs").as_uri()
        return Kept(url, open_blobs(url), None)
    gateway: Gateway = request.getfixturevalue("s3_gateway")
    url = gateway.make("a/prefix")
    return Kept(url, open_blobs(url), gateway)


@pytest.fixture
def any_blob_url(kept: Kept) -> str:
    """The address of an empty store of each kind in turn."""
    return kept.url
