"""Settings, each an environment variable `SEBRUS_...`; docs/configuration.md explains them."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from sebrus.platform.origin import require_origin

CREDENTIAL_NAME = "operator-passphrase"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Settings(BaseSettings):
    """Where things are and how the processes behave."""

    model_config = SettingsConfigDict(env_prefix="SEBRUS_", extra="ignore", frozen=True)

    home: Path = Field(Path("~/.sebrus"), description="Folder of chain state, database, images and keys.")
    database_url: str | None = Field(None, description="SQLAlchemy URL; default: SQLite in the home folder.")
    rpc_url: str | None = Field(None, description="JSON-RPC URL of an EVM node; default: the embedded chain.")
    public_rpc_url: str | None = Field(
        None, description="URL of a node for everybody; default: the embedded chain's, where only this machine listens."
    )
    blob_url: str | None = Field(None, description="Where images lie, file:// or s3://; default: `images` in the home.")
    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(8080, ge=1, le=65535, description="Port the server listens on.")
    chain_port: int = Field(8545, ge=1, le=65535, description="Port of the embedded chain.")
    confirmations: int = Field(0, ge=0, description="Blocks on top of an event before it is read.")
    poll_seconds: float = Field(0.3, gt=0, description="Pause of indexer and worker when there is nothing to do.")
    lease_seconds: float = Field(5.0, ge=1, description="Silence after which a worker counts as dead.")
    max_image_bytes: int = Field(10_000_000, ge=100, description="Largest image file taken in.")
    max_image_side: int = Field(4096, ge=1, description="Largest width or height of an image, in pixels.")
    max_image_pixels: int = Field(16_000_000, ge=1, description="Most pixels of an image.")
    max_upload_files: int = Field(500, ge=1, description="Most files in one upload request.")
    public_url: str | None = Field(
        None, description="Origins at which browsers reach the server, by commas; default: this machine's, at the port."
    )
    session_hours: int = Field(24, ge=1, le=2160, description="Hours that a sign-in lasts at most.")
    max_body_bytes: int = Field(16_000_000, ge=100_000, description="Largest request body that is no upload.")
    max_upload_bytes: int = Field(200_000_000, ge=100_000, description="Largest upload request.")
    reads_per_minute: int = Field(6000, ge=0, description="Reads of one address or account in a minute; 0: no limit.")
    acts_per_minute: int = Field(600, ge=0, description="Acts of one address or account in a minute; 0: no limit.")
    uploaded_bytes_per_minute: int = Field(
        1_000_000_000, ge=0, description="Bytes that one address or account uploads in a minute; 0: no limit."
    )
    max_streams: int = Field(200, ge=1, description="Most connections that follow events, in one server process.")
    max_streams_per_address: int = Field(10, ge=1, description="Most connections of one address that follow events.")
    fdr: float = Field(0.05, gt=0, lt=1, description="Share of false findings the detector may make.")
    log: Literal["text", "json"] = Field("text", description="Form of the log lines.")
    metrics_host: str = Field("127.0.0.1", description="Address the metrics are given at.")
    metrics_port: int | None = Field(None, ge=1, le=65533, description="Port of the server's metrics; default: off.")
    warn_batches: int = Field(50, ge=0, description="Warn when the operator's ether pays for fewer batches.")
    operator_passphrase_file: Path | None = Field(None, description="File of the passphrase of the operator's key.")

    @field_validator("public_url")
    @classmethod
    def _origins(cls, value: str | None) -> str | None:
        for origin in [] if value is None else value.split(","):
            require_origin(origin.strip())
        return value

    @property
    def origins(self) -> tuple[str, ...]:
        """Where browsers reach the server: only there people sign in, and only from there a session acts."""
        if self.public_url is not None:
            return tuple(origin.strip() for origin in self.public_url.split(","))
        return (f"http://127.0.0.1:{self.port}", f"http://localhost:{self.port}")

    @cached_property
    def home_path(self) -> Path:
        """The home folder, absolute."""
        return self.home.expanduser().absolute()

    @property
    def embedded(self) -> bool:
        """Whether the chain is ours to run."""
        return self.rpc_url is None

    @property
    def effective_rpc_url(self) -> str:
        """The node to talk to."""
        return self.rpc_url or f"http://127.0.0.1:{self.chain_port}"

    @property
    def advised_rpc_url(self) -> str | None:
        """The node that people are told of who check releases. `rpc_url` is not told: it may hold a secret."""
        if self.public_rpc_url is not None:
            return self.public_rpc_url
        return self.effective_rpc_url if self.embedded and self.host in LOOPBACK else None

    @property
    def effective_database_url(self) -> str:
        """The database to use."""
        return self.database_url or f"sqlite:///{self.home_path / 'sebrus.db'}"

    @property
    def effective_blob_url(self) -> str:
        """The image store to use."""
        return self.blob_url or (self.home_path / "images").as_uri()

    @property
    def detector_path(self) -> Path:
        """The detector's states, a folder per dataset: a cache."""
        return self.home_path / "detector"

    @property
    def releases_path(self) -> Path:
        """Releases that the server hands out: a folder per dataset id, in it one per version."""
        return self.home_path / "releases"

    @property
    def deployment_path(self) -> Path:
        """The record of where the contract lives."""
        return self.home_path / "deployment.json"

    @property
    def operator_key_path(self) -> Path:
        """The key of this server's relayer and detector."""
        return self.home_path / "keys" / "operator.key"

    @property
    def passphrase_path(self) -> Path | None:
        """Where the passphrase of the operator's key is: the setting's file, or the credential systemd hands us."""
        if self.operator_passphrase_file is not None:
            return self.operator_passphrase_file.expanduser()
        given = Path(os.environ.get("CREDENTIALS_DIRECTORY", os.devnull)) / CREDENTIAL_NAME
        return given if given.is_file() else None
