"""A full disk, a kill or a rival writer never leaves a half-written file in the store."""

import errno
import hashlib
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sebrus.store.blobs import BlobConflict, BlobNotWritten, blob_place
from sebrus.store.disk import DiskBlobs

ROOT = "cd" * 32


@pytest.fixture
def store(tmp_path):
    return DiskBlobs(tmp_path)


def _files(store):
    return [path for path in store.root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("broken", ["fsync", "link", "replace"])
def test_a_disk_that_refuses_leaves_nothing(store, monkeypatch, broken):
    def fail(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    if broken == "replace":
        monkeypatch.setattr("pathlib.Path.replace", fail)
    else:
        monkeypatch.setattr(os, broken, fail)
    if broken != "link":
        with pytest.raises(BlobNotWritten, match="No space left"):
            store.put(b"pixels")
    if broken != "replace":
        with pytest.raises(BlobNotWritten, match="nothing was acknowledged"):
            store.put_named("manifest", ROOT, b"a")
    assert _files(store) == []
    monkeypatch.undo()
    assert store.get(store.put(b"pixels")) == b"pixels"


def test_a_disk_that_refuses_halfway_through_many_leaves_only_whole_files(store, monkeypatch):
    many = [bytes([n]) * 1_000 for n in range(20)]
    replace, allowed = type(store.root).replace, iter(range(7))

    def fail(path, target):
        if next(allowed, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace(path, target)

    monkeypatch.setattr(type(store.root), "replace", fail)
    with pytest.raises(BlobNotWritten, match="20 files"):
        store.put_all(many)
    monkeypatch.undo()
    assert len(_files(store)) == len(list(store)) == 7
    assert store.put_all(many) == [hashlib.sha256(data).hexdigest() for data in many]
    assert sorted(store.get(sha256) for sha256 in store) == many


@pytest.mark.skipif(sys.platform != "linux", reason="the files behind descriptors are looked up as Linux shows them")
def test_nothing_is_named_before_it_is_on_the_disk(store, monkeypatch):
    """A power cut after the answer must find every file whole: contents first, then names, then the folders."""
    done, fsync, replace = [], os.fsync, type(store.root).replace

    def note(file):
        done.append(str(Path(f"/proc/self/fd/{file}").readlink()))
        fsync(file)

    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(type(store.root), "replace", lambda a, b: (done.append((str(a), str(b))), replace(a, b)))
    digests = store.put_all([bytes([n]) for n in range(10)])
    named = [at for at, step in enumerate(done) if isinstance(step, tuple)]
    assert {done[at][0] for at in named} == {step for step in done[: named[0]] if isinstance(step, str)}
    after = set(done[named[-1] + 1 :])
    assert {str((store.root / blob_place(sha256)).parent) for sha256 in digests} | {str(store.root / "sha256")} == after


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limit to set")
def test_a_disk_that_is_full_halfway_leaves_nothing(tmp_path):
    script = (
        "import resource, signal, sys, pathlib\n"
        "from sebrus.store.blobs import BlobNotWritten\n"
        "from sebrus.store.disk import DiskBlobs\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "store = DiskBlobs(pathlib.Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: store.put(bytes(1_000_000))\n"
        "except BlobNotWritten: sys.exit(7)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False).returncode == 7
    assert _files(DiskBlobs(tmp_path)) == []


def test_a_killed_writer_leaves_only_a_file_that_a_later_start_removes(store):
    script = (
        "import os, sys, pathlib\n"
        "from sebrus.store import disk\n"
        "disk.os.fsync = lambda _: os._exit(9)\n"
        "disk.DiskBlobs(pathlib.Path(sys.argv[1])).put(b'pixels')\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(store.root)], check=False).returncode == 9
    (leftover,) = _files(store)
    assert leftover.parent.name == "writing"
    assert list(store) == []
    DiskBlobs(store.root)
    assert leftover.exists(), "it may belong to a writer at work"
    old = time.time() - 2 * 3600
    os.utime(leftover, (old, old))
    DiskBlobs(store.root)
    assert not leftover.exists()


def test_a_start_removes_nothing_that_is_stored(store):
    sha256 = store.put(b"pixels")
    os.utime(store.root / blob_place(sha256), (0, 0))
    assert DiskBlobs(store.root).get(sha256) == b"pixels"


def test_many_writers_of_the_same_and_of_different_blobs(store):
    contents = [bytes([n % 20]) * 1_000 for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(DiskBlobs(store.root).put, contents))
    assert [store.get(digest) for digest in digests] == contents
    assert len(_files(store)) == 20


def test_of_rival_documents_exactly_one_stays(store):
    def put(data):
        try:
            store.put_named("manifest", ROOT, data)
        except BlobConflict:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(put, [bytes([n]) for n in range(50)]))
    assert sum(stored) == 1
    assert store.get_named("manifest", ROOT) == bytes([stored.index(1)])
    assert len(_files(store)) == 1


def test_a_folder_that_cannot_be_made_says_so(tmp_path):
    (tmp_path / "file").write_text("a")
    with pytest.raises(BlobNotWritten, match="SEBRUS_HOME"):
        DiskBlobs(tmp_path / "file" / "blobs")


def test_a_file_in_the_place_of_a_folder_is_an_error_not_a_success(store):
    (store.root / "named" / "manifest").write_text("a")
    with pytest.raises(BlobNotWritten):
        store.put_named("screening", ROOT, b"a") or store.put_named("manifest", ROOT, b"a")
