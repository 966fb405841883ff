"""Files → bars on a real log, without flooding it when they come again."""

from __future__ import annotations

import asyncio
import csv
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from deploy import ingest
from deploy.commands.ingest import command
from deploy.environment import settings_variables
from deploy.errors import UserError
from deploy.ingest import ingest_file
from schemas.events.market import BarClosed
from schemas.series import Series
from streams.catalog import BARS
from streams.codec import decode, header
from streams.producer import partition_of
from streams.reader import read_topic
from streams.settings import DatabaseSettings, Settings
from streams.sources.table import FROM_FILE, Names
from tests.stack import Stack, temporary_settings

HEADER = "date,symbol,open,high,low,close,volume\n"


def rows(symbol: str, days: range) -> str:
    return "".join(f"2024-01-{day:02},{symbol},10,12,9,{9 + day % 3},{day}\n" for day in days)


def write(folder: Path, name: str, *parts: str) -> Path:
    path = folder / f"{name}.csv"
    path.write_text(HEADER + "".join(parts))
    return path


def days_on_log(settings: Settings, feed: str) -> dict[str, list[int]]:
    """The days on the log, in its order, by symbol; each is on its series' partition."""
    found: dict[str, list[int]] = {}
    for partition, records in asyncio.run(read_topic(settings, BARS.name)).items():
        for record in records:
            if (record.key or b"").startswith(f"{feed}/".encode()):
                bar = decode(record.value, record.headers, (BarClosed,))
                assert isinstance(bar, BarClosed)
                assert partition == partition_of(record.key or b"", settings.kafka.partitions)
                assert header(record.headers, "ce_source") == f"/peripheral/ingest/{feed}".encode()
                day = datetime.fromtimestamp(bar.ts / 1e6, UTC).day
                found.setdefault(bar.symbol, []).append(day)
    return found


def run(settings: Settings, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command."""
    done = CliRunner(env=settings_variables(settings)).invoke(
        command, arguments, standalone_mode=False
    )
    if done.exception is not None:
        raise done.exception
    return int(done.return_value), done.stdout, done.stderr


def test_good_rows_go_in_bad_ones_are_listed_and_the_exit_code_says_so(
    live_settings: Settings, tmp_path: Path
) -> None:
    path = write(tmp_path, "mixed", rows("A", range(1, 4)), rows("B", range(1, 3)), "x,A,1,1,1,1,1")
    code, shown, _ = run(live_settings, str(path))
    assert code == 1
    assert "6 rows read, 5 published, 0 skipped, 1 bad" in shown
    assert "line 7: time 'x' can't be read" in shown
    assert "/v1/bars/A?feed=mixed&interval=1d" in shown
    assert not list(tmp_path.glob("*.rejects.csv"))
    assert days_on_log(live_settings, "mixed") == {"A": [1, 2, 3], "B": [1, 2]}


def test_what_the_log_has_is_skipped_and_said_unless_forced(
    live_settings: Settings, tmp_path: Path
) -> None:
    path = write(tmp_path, "again", rows("A", range(1, 4)), rows("B", range(1, 6)))
    first = ingest_file(path, live_settings, FROM_FILE)
    second = ingest_file(path, live_settings, FROM_FILE)
    write(tmp_path, "again", rows("A", range(1, 6)), rows("B", range(1, 6)))
    third = ingest_file(path, live_settings, FROM_FILE)
    assert [one.published for one in (first, second, third)] == [8, 0, 2]
    assert [one.skipped for one in (first, second, third)] == [0, 8, 8]
    assert any("rows of again/B/1d are skipped" in note for note in second.notes)
    assert second.exit_code == 0
    assert days_on_log(live_settings, "again") == {"A": [1, 2, 3, 4, 5], "B": [1, 2, 3, 4, 5]}
    forced = ingest_file(path, live_settings, FROM_FILE, force=True)
    assert (forced.published, forced.skipped) == (10, 0)


def test_without_a_database_the_log_alone_says_what_is_there(
    live_settings: Settings, tmp_path: Path
) -> None:
    away = live_settings.model_copy(update={"database": DatabaseSettings(embedded_port=9)})
    path = write(tmp_path, "alone", rows("A", range(1, 4)))
    assert ingest_file(path, away, FROM_FILE).published == 3
    again = ingest_file(path, away, FROM_FILE)
    assert (again.published, again.skipped) == (0, 3)
    assert any("the database can't be reached" in note for note in again.notes)


def test_what_only_the_database_knows_counts_too(live_settings: Settings, tmp_path: Path) -> None:
    series = Series("known", "A", "1d")
    with psycopg.connect(live_settings.database_url) as connection:
        connection.execute(
            "INSERT INTO series (series_id, feed, symbol, interval, partition, last_ts)"
            " VALUES (%s, 'known', 'A', '1d', 0, '2024-01-02T00:00:00Z')",
            [series.id],
        )
    path = write(tmp_path, "known", rows("A", range(1, 4)))
    assert ingest_file(path, live_settings, FROM_FILE).published == 1
    assert days_on_log(live_settings, "known") == {"A": [3]}


def test_many_bad_rows_are_written_beside_the_file(live_settings: Settings, tmp_path: Path) -> None:
    bad = "".join(f"no-{n},A,1,1,1,1,1\n" for n in range(30))
    path = write(tmp_path, "many", rows("A", range(1, 3)), bad)
    code, shown, _ = run(live_settings, str(path))
    assert (code, shown.count("  line ")) == (1, 20)
    assert "10 more bad rows, all in" in shown
    with (tmp_path / "many.csv.rejects.csv").open(newline="") as stream:
        written = list(csv.DictReader(stream))
    assert [int(row["line"]) for row in written] == list(range(4, 34))


def test_a_file_that_is_no_use_leaves_the_others_to_go_in(
    live_settings: Settings, tmp_path: Path
) -> None:
    good = write(tmp_path, "good", rows("A", range(1, 3)))
    missing = tmp_path / "missing.csv"
    code, shown, errors = run(live_settings, str(missing), str(good), "--json")
    assert code == 2
    assert "missing.csv: the file can't be read: No such file" in errors
    assert "Traceback" not in errors
    summary = json.loads(shown)
    assert (summary["published"], summary["rejects"]) == (2, [])
    assert summary["series"][0]["series"] == "good/A/1d"


def test_a_broker_that_is_away_is_a_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    path = write(tmp_path, "x", rows("A", range(1, 3)))
    with temporary_settings() as settings, pytest.raises(UserError, match="`peripheral up`"):
        ingest_file(path, settings, Names(feed="x"))


def test_a_broker_that_goes_away_is_a_sentence_too_and_the_rest_goes_in_later(
    tmp_path: Path, new_stack: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiokafka would wait for it for ever."""
    monkeypatch.setattr(ingest, "ACKNOWLEDGED_LIMIT_S", 2.0)
    stack = new_stack()
    minutes = 3 * ingest.BLOCK_ROWS
    first = datetime(2024, 1, 1, tzinfo=UTC)
    path = tmp_path / "long.csv"
    lines = (f"{first + timedelta(minutes=n)},A,10,12,9,11,{n}\n" for n in range(minutes))
    path.write_text(HEADER + "".join(lines))

    def leave(what: str, done: int, _all: int | None) -> None:
        if what == "published" and done == ingest.BLOCK_ROWS:
            stack.broker.kill()

    names = Names(feed="long", interval="1m")
    began_s = time.monotonic()
    with pytest.raises(UserError, match="ingest the file again; what went in is skipped"):
        ingest_file(path, stack.settings, names, progress=leave)
    assert time.monotonic() - began_s < 60.0
    stack.broker.start()
    assert ingest_file(path, stack.settings, names).published > 0
    partition = partition_of(b"long/A/1m", stack.settings.kafka.partitions)
    found = asyncio.run(read_topic(stack.settings, BARS.name))[partition]
    assert len(found) == minutes
