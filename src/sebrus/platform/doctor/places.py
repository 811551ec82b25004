"""What is on this machine: the home, the key, the database, the image store, the ports and anvil."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import stat
import subprocess
from pathlib import Path

import httpx
from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session

from sebrus.chain.embedded import find_anvil, running_anvil
from sebrus.chain.errors import ChainError
from sebrus.platform.doctor.aside import aside
from sebrus.platform.doctor.lines import Line, failed, ok, warning
from sebrus.platform.operator import OperatorKeyInvalid, is_encrypted, read_key
from sebrus.platform.settings import Settings
from sebrus.store.blobs import BlobError, BlobStore
from sebrus.store.database import open_engine
from sebrus.store.disk import DiskBlobs
from sebrus.store.places import open_blobs
from sebrus.store.revisions import is_known, newest_revision, revision_of

FEW_BYTES = 2 * 10**9
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_key(settings: Settings) -> list[Line]:
    """The operator's key: there, its owner's only, opened by the passphrase, and not plain where ether has a price."""
    path, name = settings.operator_key_path, "operator key"
    if not path.exists():
        return [warning(name, f"{path} does not exist; the first start makes a key, or bring yours: sebrus key import")]
    try:
        address = read_key(path, settings.passphrase_path).address
    except OperatorKeyInvalid as error:
        return [failed(name, str(error))]
    except OSError as error:
        return [failed(name, f"{path} cannot be read ({error.strerror}); run as the user it belongs to.")]
    open_to_others = [
        f"chmod {'700' if place.is_dir() else '600'} {place}"
        for place in (path.parent, path, settings.passphrase_path)
        if place is not None and place.stat().st_mode & OTHERS
    ]
    if open_to_others:
        return [warning(name, f"Others on this machine can read it; run: {' && '.join(open_to_others)}")]
    if not is_encrypted(path) and not settings.embedded:
        return [
            warning(name, f"{path} is not encrypted; set SEBRUS_OPERATOR_PASSPHRASE_FILE and run: sebrus key encrypt")
        ]
    return [ok(name, f"{address}, {'encrypted' if is_encrypted(path) else 'plain'}")]


def check_database(settings: Settings) -> list[Line]:
    """The database opens, is of this version, and takes writes (none is kept)."""
    name, url = "database", settings.effective_database_url
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
            return [warning(name, f"{parsed.database} does not exist yet; the first start makes it.")]
        engine = open_engine(url)
    except ArgumentError:
        return [
            failed(name, "SEBRUS_DATABASE_URL is no address of a database; write sqlite:////path or postgresql://...")
        ]
    except ModuleNotFoundError as error:
        return [failed(name, f"The database of SEBRUS_DATABASE_URL needs the package {error.name}; install it.")]
    try:
        revision = revision_of(engine)
        if revision != newest_revision():
            return [_other_revision(revision)]
        with engine.connect() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
            connection.rollback()
        with Session(engine.execution_options(sebrus_read_only=True)) as session:
            waiting = aside(session)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()[0]
        return [failed(name, f"It cannot be used ({reason}); check SEBRUS_DATABASE_URL, its server and permissions.")]
    finally:
        engine.dispose()
    return [ok(name, f"{parsed.get_backend_name()}, schema {revision}, writable"), *waiting]


def _other_revision(revision: str | None) -> Line:
    if revision is None:
        return warning("database", "It is empty yet; the first start makes its tables.")
    if is_known(revision):
        return warning("database", "It is older than this version; the next start migrates it: back it up first.")
    return failed("database", "It was made by a newer version; update, or use another SEBRUS_DATABASE_URL.")


def check_store(settings: Settings) -> list[Line]:
    """The image store takes a file, gives it back and lets it go, and has space."""
    name = "image store"
    try:
        if settings.blob_url is None and not (settings.home_path / "images").exists():
            return [warning(name, f"{settings.home_path / 'images'} does not exist yet; the first start makes it.")]
        blobs: BlobStore = open_blobs(settings.effective_blob_url)
        if not isinstance(blobs, DiskBlobs):
            return [ok(name, f"answers for {len(blobs.get(blobs.put(b'SeBRUS')))} bytes that were written")]
        _write_and_remove(blobs.root / "writing")
        free = shutil.disk_usage(blobs.root).free
    except BlobError as error:
        return [failed(name, str(error))]
    except OSError as error:
        return [
            failed(name, f"It does not take files ({error.strerror}); check the disk and the folder's permissions.")
        ]
    left = f"{free / 10**9:.1f} GB left"
    if free <= settings.max_image_bytes:
        return [failed(name, f"{left}: full; free some space.")]
    return [warning(name, f"{left}; free some space soon.")] if free < FEW_BYTES else [ok(name, f"writable, {left}")]


def _write_and_remove(folder: Path) -> None:
    probe, data = folder / f"doctor-{secrets.token_hex(8)}", secrets.token_bytes(64)
    try:
        probe.write_bytes(data)
        if probe.read_bytes() != data:
            raise OSError(5, "what was written reads differently")
    finally:
        probe.unlink(missing_ok=True)


def check_anvil(settings: Settings, patience: float) -> list[Line]:
    """The binary of the embedded chain is there and says its version within `patience` seconds."""
    if not settings.embedded:
        return []
    try:
        binary = find_anvil()
        asked = (str(binary), "--version")
        said = subprocess.run(asked, capture_output=True, text=True, timeout=patience, check=True)  # noqa: S603
    except ChainError as error:
        return [failed("anvil", str(error))]
    except (OSError, subprocess.SubprocessError):
        return [failed("anvil", f"{binary} does not run; install it anew, or set SEBRUS_ANVIL.")]
    return [ok("anvil", (said.stdout.splitlines() or ["no version told"])[0])]


def check_ports(settings: Settings, patience: float) -> list[Line]:
    """The ports are free, or held by our own processes; a server of ours answers within `patience` seconds."""
    lines = [_server_port(settings, patience)]
    if settings.embedded:
        running = running_anvil(settings.home_path / "chain")
        if running is not None and running["port"] == settings.chain_port:
            lines.append(ok("chain port", f"{settings.chain_port}: the embedded chain of this home"))
        else:
            taken = failed("chain port", f"{settings.chain_port} is taken by another program; set SEBRUS_CHAIN_PORT.")
            free = _is_free("127.0.0.1", settings.chain_port)
            lines.append(ok("chain port", f"{settings.chain_port} is free") if free else taken)
    return lines


def _server_port(settings: Settings, patience: float) -> Line:
    host, port, name = settings.host, settings.port, "server port"
    if _is_free(host, port):
        return ok(name, f"{host}:{port} is free")
    try:
        here = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not listened on
        answer = httpx.get(f"http://{here}:{port}/api/health", timeout=patience)
        if "indexed_block" in answer.json():
            return ok(name, f"{host}:{port}: a SeBRUS server answers")
    except (httpx.HTTPError, ValueError, TypeError):
        pass
    return failed(name, f"{host}:{port} is taken by another program, or no address of this machine; set SEBRUS_PORT.")


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def check_home(settings: Settings) -> list[Line]:
    """The home is there and may be written."""
    home, name = settings.home_path, "home"
    if not home.exists():
        return [warning(name, f"{home} does not exist yet; the first start makes it.")]
    if not home.is_dir() or not os.access(home, os.W_OK | os.X_OK):
        return [failed(name, f"{home} cannot be written; check SEBRUS_HOME and its permissions.")]
    return [ok(name, str(home))]
