"""The database as a projection's target: a batch's rows and its offset in one transaction.

Consumes rows, and the position before and after a batch; produces committed rows, or StalePosition
when somebody else has moved the partition's position. The offset row is changed first, so of two
writers one waits for the other, and then fails.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
from psycopg import AsyncConnection
from psycopg.types.string import TextLoader

from processors.projections.tables import Table
from streams.marks import NO_MARK, Mark
from streams.settings import DATABASE_KEEPALIVES

Connection = AsyncConnection[tuple[Any, ...]]

PROJECTION = "tables"
SESSIONS = "peripheral projections"
"""What sessions of live projections are called."""
CONNECT_TIMEOUT_S = 5
TERMINATION_WAIT_MS = 5_000

BEGIN_PARTITION = """
    INSERT INTO consumer_offsets (projection, topic, partition, next_offset)
    VALUES (%s, %s, %s, 0) ON CONFLICT DO NOTHING
"""
# A worker that was paused in mid-transaction holds the offset row, and would for as long as it is
# paused. Whoever changes a row in an open transaction is the owner of the row's xmax.
END_PREDECESSORS = """
    SELECT pg_terminate_backend(lock.pid, %s)
    FROM consumer_offsets AS mine
    JOIN pg_locks AS lock ON lock.locktype = 'transactionid' AND lock.granted
        AND lock.transactionid = mine.xmax
    JOIN pg_stat_activity AS session ON session.pid = lock.pid
        AND session.application_name = %s
    WHERE mine.projection = %s AND mine.topic = %s AND mine.partition = %s
        AND lock.pid <> pg_backend_pid()
"""
READ_POSITION = """
    SELECT next_offset, mark_offset, mark_seq, generation FROM consumer_offsets
    WHERE projection = %s AND topic = %s AND partition = %s
"""
MOVE_POSITION = """
    UPDATE consumer_offsets SET next_offset = %s, mark_offset = %s, mark_seq = %s
    WHERE projection = %s AND topic = %s AND partition = %s AND next_offset = %s
        AND generation = %s
"""
# TimescaleDB's; elsewhere it is unknown and does nothing. A correction may turn a whole series'
# part of a chunk back into rows.
DECOMPRESS_ANY = "SET timescaledb.max_tuples_decompressed_per_dml_transaction = 0"

COPY_ROWS_MIN = 20
"""From here on COPY is faster than one INSERT, in spite of its savepoint."""


class Bulk(Protocol):
    """Rows of one table in two forms."""

    def __len__(self) -> int: ...

    def rows(self) -> Iterable[tuple[Any, ...]]: ...

    def copy_data(self) -> bytes:
        """The rows in binary COPY."""


class StalePosition(RuntimeError):  # noqa: N818  # a fact about the position, not a fault
    """Another worker has moved the partition's position: load it and go on from there."""

    def __init__(self, topic: str, partition: int, expected: int) -> None:
        super().__init__(f"{topic}/{partition} is no longer at offset {expected}")
        self.topic = topic
        self.partition = partition
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Position:
    """How far a partition is projected. mark: the highest seen of a derived topic; generation: how
    often its tables were made anew."""

    next_offset: int
    mark: Mark = NO_MARK
    generation: int = 0


class Sink:
    """A connection for each session at a time, made when it is needed; all that are at rest are
    dropped after any error.

    name: of its sessions, as the database shows it.
    """

    def __init__(self, url: str, name: str = SESSIONS) -> None:
        self._url = url
        self._name = name
        self._resting: list[Connection] = []

    async def close(self) -> None:
        """End the connections that nobody uses."""
        while self._resting:
            await self._resting.pop().close()

    async def load(self, topic: str, partition: int) -> Position:
        """Where the partition stands; ends the session of a predecessor that still writes it."""
        name = (PROJECTION, topic, partition)
        async with self.session() as connection:
            await connection.execute(END_PREDECESSORS, (TERMINATION_WAIT_MS, self._name, *name))
            await connection.execute(BEGIN_PARTITION, name)
            cursor = await connection.execute(READ_POSITION, name)
            found = await cursor.fetchone()
        assert found is not None
        return Position(found[0], (found[1], found[2]), found[3])

    @asynccontextmanager
    async def advance(
        self, topic: str, partition: int, before: Position, after: Position
    ) -> AsyncIterator[Connection]:
        """A transaction that moves the position and in which the batch's rows are written.

        Raises StalePosition when the partition is not at `before`.
        """
        async with self.session() as connection, connection.transaction():
            moved = await connection.execute(
                MOVE_POSITION,
                (
                    after.next_offset,
                    *after.mark,
                    PROJECTION,
                    topic,
                    partition,
                    before.next_offset,
                    before.generation,
                ),
            )
            if moved.rowcount != 1:
                raise StalePosition(topic, partition, before.next_offset)
            yield connection

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Connection]:
        """A connection; one that met the database's going away is not used again."""
        if self._resting:
            connection = self._resting.pop()
        else:
            connection = await connect(self._url, self._name)
        try:
            yield connection
        except BaseException:
            await connection.close()
            await self.close()
            raise
        self._resting.append(connection)


async def connect(url: str, name: str = SESSIONS) -> Connection:
    """A connection on which JSON comes back as the text it is."""
    connection = await AsyncConnection.connect(
        url,
        autocommit=True,
        connect_timeout=CONNECT_TIMEOUT_S,
        application_name=name,
        **DATABASE_KEEPALIVES,
    )
    connection.adapters.register_loader("json", TextLoader)
    await connection.execute(DECOMPRESS_ANY)
    return connection


async def insert(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows; those whose key is there stay as they are."""
    if rows:
        await connection.execute(table.insert, columns_of(rows))


async def upsert(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, or replace those whose key is there; each key may occur once."""
    if rows:
        await connection.execute(table.upsert, columns_of(rows))


async def select(
    connection: Connection, table: Table, keys: Iterable[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """The rows of the keys, as far as they are there."""
    wanted = list(keys)
    if not wanted:
        return []
    cursor = await connection.execute(table.select, columns_of(wanted))
    return await cursor.fetchall()


async def store(connection: Connection, table: Table, bulk: Bulk) -> None:
    """Insert rows, by COPY where there are many; those whose key is there stay as they are."""
    if len(bulk) < COPY_ROWS_MIN:
        await insert(connection, table, list(bulk.rows()))
        return
    try:
        async with (
            connection.transaction(),
            connection.cursor() as cursor,
            cursor.copy(table.copy) as stream,
        ):
            await stream.write(bulk.copy_data())
    except psycopg.errors.UniqueViolation:
        await insert(connection, table, list(bulk.rows()))


def columns_of(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows as one list a column."""
    return [list(column) for column in zip(*rows, strict=True)]


def reason_of(error: Exception) -> str:
    """What to log of an outage, never the database's URL: libpq repeats one it can't read."""
    if isinstance(error, psycopg.ProgrammingError) and error.sqlstate is None:
        return type(error).__name__
    return str(error).strip() or repr(error)
