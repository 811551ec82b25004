"""Settings, each an environment variable `SEBRUS_...`; docs/configuration.md explains them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where things are and how the processes behave."""

    model_config = SettingsConfigDict(env_prefix="SEBRUS_", extra="ignore", frozen=True)

    home: Path = Field(Path("~/.sebrus"), description="Folder of chain state, database, images and keys.")
    database_url: str | None = Field(None, description="SQLAlchemy URL; default: SQLite in the home folder.")
    rpc_url: str | None = Field(None, description="JSON-RPC URL of an EVM node; default: the embedded chain.")
    blob_url: str | None = Field(None, description="Where images are kept; default: `images` in the home folder.")
    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(8080, ge=1, le=65535, description="Port the server listens on.")
    chain_port: int = Field(8545, ge=1, le=65535, description="Port of the embedded chain.")
    confirmations: int = Field(0, ge=0, description="Blocks on top of an event before it is read.")
    poll_seconds: float = Field(0.3, gt=0, description="Pause of indexer and worker when there is nothing to do.")
    max_image_bytes: int = Field(10_000_000, ge=100, description="Largest image file taken in.")
    max_image_side: int = Field(4096, ge=1, description="Largest width or height of an image, in pixels.")
    max_image_pixels: int = Field(16_000_000, ge=1, description="Most pixels of an image.")
    max_upload_files: int = Field(500, ge=1, description="Most files in one upload request.")
    max_streams: int = Field(200, ge=1, description="Most connections that follow events, in one server process.")
    max_streams_per_address: int = Field(10, ge=1, description="Most connections of one address that follow events.")
    fdr: float = Field(0.05, gt=0, lt=1, description="Share of false findings the detector may make.")

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
