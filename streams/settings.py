"""Every setting of every process, read from `PERIPHERAL_…` variables into one frozen object.

A nested field is spelled with two underscores: `PERIPHERAL_KAFKA__BOOTSTRAP_SERVERS`.
"""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_TEXT = r"(?:[^:/?#\[\]@%\s]|%[0-9A-Fa-f]{2})*"
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[^:/?#\[\]@,\s]*)(?::[0-9]*)?"
DATABASE_URL = re.compile(
    rf"postgres(?:ql)?://(?:{_TEXT}(?::{_TEXT})?@)?{_HOST}(?:,{_HOST})*(?:/{_TEXT})?(?:\?\S*)?\Z"
)
"""A connection URI (PostgreSQL's manual, "Connection URIs") that libpq reads as it was meant."""


DATABASE_KEEPALIVES: dict[str, Any] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""libpq's: a server that vanished is known to be away in half a minute, where the system's own
defaults take up to two hours."""


_Text = TypeVar("_Text", str | None, SecretStr | None)


class Section(BaseModel):
    """A frozen, closed group of settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class KafkaSettings(Section):
    """The log. Without `bootstrap_servers` the embedded broker is used."""

    bootstrap_servers: str | None = None
    embedded_port: int = Field(default=9092, ge=1, le=65535)
    partitions: int = Field(default=4, ge=1, le=256)
    """Partitions of every keyed topic; made once, never changed: keys would move."""
    replication_factor: int = Field(default=1, ge=1, le=5)


class DatabaseSettings(Section):
    """The view. Without `url` the embedded PostgreSQL is used."""

    url: SecretStr | None = None
    embedded_port: int = Field(default=5433, ge=1, le=65535)
    pool_size_max: int = Field(default=8, ge=1, le=100)
    keep_days: int | None = Field(default=None, ge=1, le=100_000)
    """Quarters of bars and indicators that ended longer ago are dropped; None keeps all."""

    @field_validator("url")
    @classmethod
    def _readable(cls, url: SecretStr | None) -> SecretStr | None:
        """Refuse what libpq can't read: its own error would repeat the URL, password and all."""
        if url is not None and not DATABASE_URL.match(url.get_secret_value()):
            raise ValueError(
                "must be postgresql://USER:PASSWORD@HOST:PORT/NAME, with each of :/?#[]@% in "
                "the password percent-encoded"
            )
        return url


class ApiSettings(Section):
    """Where the HTTP API listens; loopback unless told otherwise."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    allowed_hosts: tuple[str, ...] = ()
    """Names, as JSON, that a request's Host header may have besides localhost's; without any, only
    localhost's where it listens on loopback, and all elsewhere."""
    write_wait_s: float = Field(default=2.0, gt=0)
    """How long a write waits for the event that answers it before it says 202."""


class WorkerSettings(Section):
    """The Faust workers."""

    checkpoint_interval_s: float = Field(default=1.0, gt=0)
    evaluation_workers: int = Field(default=1, ge=1, le=64)
    instance_id: str | None = None
    """Stable name of this worker in its consumer group; unique, never shared."""


class EvaluationSettings(Section):
    """What the deployments of one author may take, so that nobody starves the others."""

    author_state_bytes_max: int = Field(default=512 * 1024 * 1024, ge=1)
    """State of all series in all; each partition's owner lets an equal share of it on."""
    author_steps_per_bar_max: int = Field(default=2_000_000, ge=1)
    """Steps per bar of a partition, all deployments together, on average: two that use up their own
    budget at every bar, or some 370 ordinary ones on every series."""


class FeedSettings(Section):
    """The sample feed's pace in its second, bar by bar part."""

    bars_per_s: float = Field(default=5.0, gt=0)


class AssistantSettings(Section):
    """The model that answers chat turns, as litellm names it; none by default."""

    model: str | None = None
    api_base: str | None = None
    api_key: SecretStr | None = None
    timeout_s: float = Field(default=120.0, gt=0)
    """How long a whole answer may take."""
    lease_s: float = Field(default=15.0, gt=0)
    """Without a record of a reply for this long, its worker counts as dead."""


class ResearchSettings(Section):
    """The processes that do research: each of both roles, interactive and batch, has its own."""

    workers: int = Field(default=1, ge=1, le=256)
    """Processes for requests that somebody waits for; they are kept warm."""
    batch_workers: int = Field(default=1, ge=1, le=256)
    """Processes for the others, started when there is work."""
    timeout_s: float = Field(default=60.0, gt=0)
    """How long an attempt at an interactive request may take."""
    batch_timeout_s: float = Field(default=3600.0, gt=0)
    lease_s: float = Field(default=5.0, gt=0)
    """Without a record of an attempt for this long, its worker counts as dead."""


class BackupSettings(Section):
    """Backups. Credentials and endpoint may also come by the usual AWS_… variables."""

    to: str | None = None
    """A folder or s3://bucket/prefix; `peripheral up` then takes a backup there each day."""
    at: time = time(2, 0)
    """The time of day, UTC."""
    keep_days: int = Field(default=30, ge=0)
    """Older backups in `to` are deleted, but for the newest; 0: none for its age."""
    keep_count: int = Field(default=0, ge=0)
    """Of those in `to` so many are kept at most; 0: any number."""
    endpoint_url: str | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_access_key: SecretStr | None = None

    @field_validator("to", "endpoint_url", "region", "access_key_id", "secret_access_key")
    @classmethod
    def _given(cls, text: _Text) -> _Text | None:
        """An empty variable is none: `to` would be the folder that one happens to be in."""
        return text or None


class Settings(BaseSettings):
    """All settings, with defaults for one machine."""

    model_config = SettingsConfigDict(
        env_prefix="PERIPHERAL_",
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,  # some are secrets
    )

    data_dir: Path = Path(".data")
    """Holds the embedded broker's log, the embedded database and the runtime's caches."""
    runtime_dir: Path | None = None
    """Where the broker's jars are kept; shared by several data folders when set."""
    kafka: KafkaSettings = KafkaSettings()
    database: DatabaseSettings = DatabaseSettings()
    api: ApiSettings = ApiSettings()
    worker: WorkerSettings = WorkerSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    feed: FeedSettings = FeedSettings()
    assistant: AssistantSettings = AssistantSettings()
    research: ResearchSettings = ResearchSettings()
    backup: BackupSettings = BackupSettings()

    @property
    def runtime_path(self) -> Path:
        """The folder of what is downloaded or compiled once: `<data_dir>/runtime` by default."""
        return (self.runtime_dir or self.data_dir / "runtime").absolute()

    @property
    def run_dir(self) -> Path:
        """The folder of pid records and ready files of the processes that run now."""
        return self.data_dir.absolute() / "run"

    @property
    def log_dir(self) -> Path:
        """The folder of the processes' logs, `NAME.log`."""
        return self.data_dir.absolute() / "logs"

    @property
    def module_cache_dir(self) -> Path:
        """The folder of strategies' native code, which this user alone may open."""
        return self.data_dir.absolute() / "cache" / "modules"

    @property
    def database_password_file(self) -> Path:
        """The embedded database's password, in libpq's `pgpass` format, mode 0600."""
        return self.data_dir.absolute() / "pgpass"

    @property
    def bootstrap_servers(self) -> str:
        """The broker to talk to, embedded or given: `host:port[,host:port…]`."""
        return self.kafka.bootstrap_servers or f"127.0.0.1:{self.kafka.embedded_port}"

    @property
    def database_url(self) -> str:
        """A libpq URL of the database to talk to, embedded or given."""
        if self.database.url is not None:
            return self.database.url.get_secret_value()
        port = self.database.embedded_port
        passfile = quote(str(self.database_password_file), safe="")
        return f"postgresql://peripheral@127.0.0.1:{port}/peripheral?passfile={passfile}"
