"""A person's file → bars on the log, and a summary of what went in and what did not.

Consumes a CSV or Parquet file; produces records of market.bars.v1. What the log already holds of
a series is not published again: the repeats would fill the dead-letter topic.
"""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from aiokafka.errors import KafkaError
from numpy.typing import NDArray

from deploy.errors import UserError
from deploy.known import last_times
from schemas.columns import BarColumns
from schemas.series import Series
from streams.catalog import BARS
from streams.codec import Outgoing, rfc3339
from streams.producer import Publisher, partition_of
from streams.reader import LogCutShortError
from streams.settings import Settings
from streams.sources.encoding import BarEncoder
from streams.sources.errors import Reject, TableError
from streams.sources.order import by_symbol
from streams.sources.table import Names, Table, read_table
from streams.topics import TopicMismatchError, UnfinishedRestoreError, ensure_topics

BLOCK_ROWS = 4_096
BLOCKS_IN_FLIGHT = 8
ACKNOWLEDGED_LIMIT_S = 60.0
"""A broker that is away for longer is told of, and does not come back while one waits."""
CLOSE_LIMIT_S = 1.0
"""All was acknowledged before, or something has failed: then the rest need not go in."""
REJECTS_SHOWN = 20

EXIT_ALL_IN = 0
EXIT_SOME_BAD = 1

Progress = Callable[[str, int, int | None], None]
"""What is being done, how many rows of it are done, and of how many when that is known."""


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """What went in of one series. first, last: RFC 3339, of the rows in the file."""

    series: str
    rows: int
    published: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a file. skipped: good rows that the log already reached, or that say again
    what a row before them says. look_at: what to ask the API for."""

    file: str
    rows_read: int
    published: int
    skipped: int
    rejects: list[Reject]
    rejects_file: str | None
    series: list[SeriesSummary]
    notes: list[str]
    look_at: str | None

    @property
    def exit_code(self) -> int:
        return EXIT_SOME_BAD if self.rejects else EXIT_ALL_IN


def ingest_file(
    path: Path,
    settings: Settings,
    names: Names,
    *,
    force: bool = False,
    rejects_path: Path | None = None,
    progress: Progress = lambda _what, _done, _all: None,
) -> Summary:
    """Publish the bars of a file. force: also those at or before what the log holds.

    Rejects beyond the first 20 are written to `rejects_path`, by default FILE.rejects.csv; with
    `rejects_path` given, all are. Raises UserError when nothing could be done.
    """
    try:
        table = read_table(path, names, lambda rows: progress("read", rows, None))
    except TableError as error:
        raise UserError(f"{path}: {error}") from None
    with outages_as_sentences(settings, "what went in is skipped."):
        fresh, notes = asyncio.run(deliver(table, settings, force=force, progress=progress))
    series = summarise(table, fresh)
    written, problem = write_rejects(table.rejects, path, rejects_path)
    return Summary(
        file=str(path),
        rows_read=table.rows_read,
        published=int(fresh.sum()),
        skipped=int((~fresh).sum()),
        rejects=table.rejects,
        rejects_file=written,
        series=series,
        notes=[*table.notes, *notes, *problem],
        look_at=bars_path(Series.parse(series[0].series)) if series else None,
    )


@contextmanager
def outages_as_sentences(settings: Settings, again: str) -> Iterator[None]:
    """UserError where the broker can't take what is published. again: what a second try does."""
    try:
        yield
    except (TopicMismatchError, UnfinishedRestoreError, LogCutShortError) as error:
        raise UserError(str(error)) from None
    except (KafkaError, OSError) as error:
        raise UserError(
            f"The broker at {settings.bootstrap_servers} could not take the rows ({error!r}): "
            f"start it with `peripheral up`, then ingest the file again; {again}"
        ) from None


def bars_path(series: Series) -> str:
    """Where the API shows a series."""
    return f"/v1/bars/{series.symbol}?feed={series.feed}&interval={series.interval}&limit=5"


async def deliver(
    table: Table, settings: Settings, *, force: bool, progress: Progress
) -> tuple[NDArray[np.bool_], list[str]]:
    """Publish what is fresh; which rows were, bool (n,), and what to say of the others."""
    await ensure_topics(settings)
    fresh = np.ones(len(table), np.bool_)
    notes: list[str] = []
    if not force and len(table):
        known, notes = await last_times(settings, table.series)
        fresh = is_fresh(table, known)
        notes += skipped_notes(table, fresh, known)
    await publish(table, fresh, settings, progress)
    return fresh, notes


def is_fresh(table: Table, known: dict[Series, int]) -> NDArray[np.bool_]:
    """Which rows are later than what the log holds of their series, bool (n,)."""
    earliest = np.iinfo(np.int64).min
    last = np.array([known.get(series, earliest) for series in table.series], np.int64)
    fresh: NDArray[np.bool_] = table.columns.ts > last[table.codes]
    return fresh


def skipped_notes(table: Table, fresh: NDArray[np.bool_], known: dict[Series, int]) -> list[str]:
    """A sentence per series of which rows are skipped."""
    counts = np.bincount(table.codes[~fresh], minlength=len(table.series)).tolist()
    return [
        f"{count:,} rows of {series.key} are skipped: the log already has it up to "
        f"{rfc3339(known[series])} (--force publishes them anyway)"
        for series, count in zip(table.series, counts, strict=True)
        if count
    ]


async def publish(
    table: Table, fresh: NDArray[np.bool_], settings: Settings, progress: Progress
) -> None:
    """Write the fresh rows in the order of the table; returns once all are acknowledged."""
    partitions = settings.kafka.partitions
    encoders = [BarEncoder(series, f"/peripheral/ingest/{series.feed}") for series in table.series]
    homes = [partition_of(encoder.key, partitions) for encoder in encoders]
    rows = np.flatnonzero(fresh)
    publisher = Publisher(settings, "ingest")
    await publisher.start()
    try:
        flights: list[asyncio.Future[list[Any]]] = []
        for start in range(0, len(rows), BLOCK_ROWS):
            block = rows[start : start + BLOCK_ROWS]
            records: list[list[Outgoing]] = [[] for _ in range(partitions)]
            codes = table.codes[block].tolist()
            for code, row in zip(codes, rows_of(table.columns, block), strict=True):
                records[homes[code]].append(encoders[code].encode(*row))
            landed = [
                future
                for partition, written in enumerate(records)
                if written
                for future in await publisher.publish_many(BARS.name, partition, written)
            ]
            flights.append(asyncio.gather(*landed))
            if len(flights) >= BLOCKS_IN_FLIGHT:
                await asyncio.wait_for(flights.pop(0), ACKNOWLEDGED_LIMIT_S)
            progress("published", start + len(block), len(rows))
        await asyncio.wait_for(asyncio.gather(*flights), ACKNOWLEDGED_LIMIT_S)
    finally:
        await publisher.stop(CLOSE_LIMIT_S)


def rows_of(
    columns: BarColumns, rows: NDArray[np.int64]
) -> zip[tuple[int, float, float, float, float, float]]:
    """Those rows as Python's own numbers."""
    return zip(
        columns.ts[rows].tolist(),
        columns.open[rows].tolist(),
        columns.high[rows].tolist(),
        columns.low[rows].tolist(),
        columns.close[rows].tolist(),
        columns.volume[rows].tolist(),
        strict=True,
    )


def summarise(table: Table, fresh: NDArray[np.bool_]) -> list[SeriesSummary]:
    """Each series that has good rows."""
    found = []
    for rows in by_symbol(table.codes):
        series = table.series[int(table.codes[rows[0]])]
        first, last = (rfc3339(int(table.columns.ts[row])) for row in (rows[0], rows[-1]))
        published = int(fresh[rows].sum())
        found.append(SeriesSummary(series.key, len(rows), published, first, last))
    return found


def write_rejects(
    rejects: list[Reject], path: Path, wanted: Path | None
) -> tuple[str | None, list[str]]:
    """Write the bad rows to a CSV of line and reason, when there are many or it was asked for."""
    if not rejects or (wanted is None and len(rejects) <= REJECTS_SHOWN):
        return None, []
    target = wanted or path.with_name(path.name + ".rejects.csv")
    try:
        with target.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(Reject._fields)
            writer.writerows(rejects)
    except OSError as error:
        return None, [f"the bad rows could not be written to {target}: {error.strerror}"]
    return str(target), []
