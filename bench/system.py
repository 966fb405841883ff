"""A system of its own for a measurement: broker, database and processes in a temporary folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.processes import Pids
from deploy.embedded.broker import EmbeddedBroker
from deploy.embedded.database import EmbeddedDatabase
from deploy.embedded.ports import free_port
from deploy.migrate import migrate
from deploy.screen import Screen
from deploy.services import PERIPHERAL, Program, Service, workers
from deploy.summary import api_answers
from deploy.supervisor import Supervisor, supervised
from deploy.topics import make_missing_topics
from streams.settings import ApiSettings, DatabaseSettings, KafkaSettings, Settings

ROOT = Path(__file__).parent.parent

MakePrograms = Callable[[Settings], Sequence[Service]]


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that others may pass through, since root's PostgreSQL runs as somebody else."""
    folder = Path(tempfile.mkdtemp(prefix="peripheral-bench-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(make_programs: MakePrograms, **fields: Any) -> Iterator[Supervisor]:
    """Broker, database, topics, tables, then these programs; `fields` are further settings."""
    with temporary_folder() as folder:
        settings = Settings(
            data_dir=folder,
            runtime_dir=ROOT / ".data" / "runtime",
            kafka=KafkaSettings(embedded_port=free_port()),
            database=DatabaseSettings(embedded_port=free_port()),
            api=ApiSettings(port=free_port()),
            **fields,
        )
        with supervised(settings, Screen(Console(file=StringIO()))) as supervisor:
            supervisor.start([EmbeddedBroker(settings), EmbeddedDatabase(settings)])
            make_missing_topics(settings)
            migrate(settings.database_url)
            supervisor.start(list(make_programs(settings)))
            yield supervisor


def our_programs(settings: Settings, command: tuple[str, ...] = PERIPHERAL) -> list[Service]:
    """What `peripheral up` runs, without its feed."""
    probe = partial(api_answers, settings)
    api = Program("api", ["api"], settings, probe=probe, command=command)
    return [*workers(settings, command), api]


def pids(supervisor: Supervisor) -> Pids:
    """Every process of the system."""
    found = {service.name: service.pid for service in supervisor.services}
    return {name: pid for name, pid in found.items() if pid is not None}
