"""Backup and restore of a system with a history, beside `pg_dump` of its database alone."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.chain import our_chain
from bench.figures import Figure, Peer
from bench.system import ROOT, our_programs, pids, running, temporary_folder
from deploy.backup.database import connect, major_version
from deploy.backup.files import decompressed
from deploy.backup.manifest import Manifest
from deploy.backup.place import Place, open_place
from deploy.backup.postgres_programs import connection_variables, program
from deploy.backup.restoring import Progress, restore
from deploy.backup.servers import servers
from deploy.backup.taking import take
from deploy.embedded.ports import free_port
from streams.settings import BackupSettings, DatabaseSettings, KafkaSettings, Settings

CHAIN_BUDGET_S = 60.0
RUNS = 3
BARS = 100_000
COPY_BYTES = 1 << 20
SAVING = "one core: aiokafka's fetching and msgpack in Python, then zstd; the parts come in turn"
CHECKING = "the same, and reading it back: one core, most of it unpacking of records"
RESTORING = "one core: checking all of it, making topics, then record batches in Python"
DUMPING = "PostgreSQL's COPY of one table after the other, and the disk"


@dataclass
class Seconds:
    """How long each run took."""

    dump: list[float] = field(default_factory=list)
    save: list[float] = field(default_factory=list)
    check: list[float] = field(default_factory=list)
    restore: list[float] = field(default_factory=list)


def backup_figures() -> Iterator[Figure]:
    """Rates of unpacked bytes and of records."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # as `peripheral restore` does
    taken_s = Seconds()
    with temporary_folder() as folder:
        place = open_place(str(folder / "backups"), BackupSettings())
        with running(our_programs) as supervisor:
            settings = supervisor.settings
            chain = our_chain(settings, pids(supervisor))
            asyncio.run(chain.runs(BARS, 1, CHAIN_BUDGET_S))
            for _ in range(RUNS):
                taken_s.dump.append(_dump(settings, folder / "alone.dump"))
                taken_s.save.append(_timed_take(settings, place, verify=False)[1])
                manifest, took_s = _timed_take(settings, place, verify=True)
                taken_s.check.append(took_s)
        taken_s.restore += [_restore(place, manifest.name) for _ in range(RUNS)]
        dump_mb = _unpacked(place, manifest, "database/") / 1e6
        mb = dump_mb + _unpacked(place, manifest, "log/") / 1e6
    alone = [dump_mb / each for each in taken_s.dump]
    details = {"records": manifest.records, "unpacked_mb": mb, "packed_mb": manifest.bytes / 1e6}
    yield Figure("backup", "pg_dump alone", "MB/s", alone, DUMPING, (), {"unpacked_mb": dump_mb})
    for name, seconds, limit in (
        ("backup", taken_s.save, SAVING),
        ("backup, read back", taken_s.check, CHECKING),
        ("restore", taken_s.restore, RESTORING),
    ):
        rates = [mb / each for each in seconds]
        peer = Peer("pg_dump alone", sorted(alone)[len(alone) // 2])
        yield Figure("backup", name, "MB/s", rates, limit, [peer], details)
        yield Figure("backup", name, "records/s", [manifest.records / s for s in seconds], limit)


def _dump(settings: Settings, path: Path) -> float:
    with connect(settings.database_url) as connection:
        dumping = program("pg_dump", major_version(connection))
    began_s = time.monotonic()
    subprocess.run(
        [str(dumping.path), "--format=custom", "--compress=0", f"--file={path}"],
        env=connection_variables(settings.database_url),
        check=True,
    )
    return time.monotonic() - began_s


def _timed_take(settings: Settings, place: Place, *, verify: bool) -> tuple[Manifest, float]:
    began_s = time.monotonic()
    manifest, _ = take(settings, place, _quiet, _quiet if verify else None)
    return manifest, time.monotonic() - began_s


def _restore(place: Place, name: str) -> float:
    """Into a system of its own, which runs by then."""
    with temporary_folder() as folder:
        settings = Settings(
            data_dir=folder,
            runtime_dir=ROOT / ".data" / "runtime",
            kafka=KafkaSettings(embedded_port=free_port()),
            database=DatabaseSettings(embedded_port=free_port()),
        )
        with servers(settings, lambda _: None):
            began_s = time.monotonic()
            restore(settings, place, name, Progress(lambda _: None, _quiet, _quiet))
            return time.monotonic() - began_s


def _unpacked(place: Place, manifest: Manifest, below: str) -> int:
    total = 0
    for file in manifest.files:
        if file.path.startswith(below):
            with decompressed(place, manifest.name, file) as reader:
                while data := reader.read(COPY_BYTES):
                    total += len(data)
    return total


def _quiet(_topic: str, _records: int) -> None:
    """Nobody watches."""
