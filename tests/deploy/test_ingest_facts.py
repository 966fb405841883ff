"""Files of actions and instruments → a real log and a real database, once and again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import psycopg
import pytest

from deploy.errors import UserError
from deploy.ingest import Summary
from deploy.ingest_facts import ACTION_FILE, INSTRUMENT_FILE, ingest_facts
from processors.projections.projector import Projector
from schemas.events.base import Event
from streams.admission import admit
from streams.catalog import ACTIONS, INSTRUMENTS, Topic
from streams.codec import header
from streams.reader import read_topic
from streams.settings import Settings
from streams.sources.table import FROM_FILE, Names
from tests.deploy.test_ingest import rows, run, write
from tests.stack import temporary_settings

ACTS = "symbol,ex_date,type,ratio,amount,currency\n"
SPLIT = "AAPL,2005-02-28,split,2:1,,\n"
DIVIDEND = "AAPL,2012-08-09,dividend,,2.65,USD\n"
LISTING = "symbol,tick_size,lot,currency,sector,calendar\n"


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def on_log(settings: Settings, topic: Topic, feed: str) -> list[tuple[bytes, Event]]:
    """Ids and events of a feed, each where an event of its instrument must lie."""
    found = []
    for records in asyncio.run(read_topic(settings, topic.name)).values():
        for record in records:
            if (record.key or b"").startswith(f"{feed}/".encode()):
                assert header(record.headers, "ce_source") == f"/peripheral/ingest/{feed}".encode()
                event = admit(record, topic, settings.kafka.partitions)
                found.append((header(record.headers, "ce_id") or b"", event))
    return found


def project(settings: Settings, topic: Topic) -> None:
    """Bring the topic's tables up to its end."""

    async def work() -> None:
        projector = Projector(settings)
        await projector.start()
        try:
            for partition, records in (await read_topic(settings, topic.name)).items():
                start = await projector.load(topic.name, partition)
                fresh = [record for record in records if record.offset >= start]
                if fresh:
                    await projector.handle(topic.name, partition, fresh)
        finally:
            await projector.stop()

    asyncio.run(work())


def table(settings: Settings, statement: str, feed: str) -> list[tuple[object, ...]]:
    with psycopg.connect(settings.database_url) as connection:
        return connection.execute(statement.encode(), [feed]).fetchall()


def test_actions_go_in_and_a_second_time_changes_nothing(
    live_settings: Settings, tmp_path: Path
) -> None:
    path = file(tmp_path, "acts.csv", ACTS + SPLIT + DIVIDEND)

    def ingest() -> tuple[Summary, list[tuple[object, ...]]]:
        summary = ingest_facts(path, live_settings, Names("facts-a"), kind=ACTION_FILE)
        project(live_settings, ACTIONS)
        statement = (
            "SELECT ex_date::text, type, number, ratio, amount, currency, source_offset"
            " FROM actions WHERE feed = %s ORDER BY ex_date"
        )
        return summary, table(live_settings, statement, "facts-a")

    first, stored = ingest()
    assert (first.rows_read, first.published, first.skipped, first.rejects) == (2, 2, 0, [])
    assert [row[:-1] for row in stored] == [
        ("2005-02-28", "split", 1, 2.0, None, None),
        ("2012-08-09", "dividend", 1, None, 2.65, "USD"),
    ]
    _, again = ingest()
    assert again == stored
    written = on_log(live_settings, ACTIONS, "facts-a")
    assert len(written) == 4
    assert len(set(written)) == 2, "the same event has the same id"
    file(tmp_path, "acts.csv", ACTS + SPLIT.replace("2:1", "1") + DIVIDEND.replace("2.65", "0"))
    _, taken_back = ingest()
    assert [row[3:5] for row in taken_back] == [(1.0, None), (None, 0.0)]


def test_instruments_go_in_and_the_latest_counts(live_settings: Settings, tmp_path: Path) -> None:
    for tick in ("0.05", "0.01"):
        path = file(tmp_path, "listed.csv", f"{LISTING}AAPL,{tick},1,USD,Technology,NASDAQ\n")
        ingest_facts(path, live_settings, Names("facts-b"), kind=INSTRUMENT_FILE)
    project(live_settings, INSTRUMENTS)
    statement = "SELECT symbol, tick_size, lot, currency, sector, calendar FROM instruments"
    found = table(live_settings, f"{statement} WHERE feed = %s", "facts-b")
    assert found == [("AAPL", 0.01, 1.0, "USD", "Technology", "NASDAQ")]


def test_the_command_lists_bad_rows_and_says_whom_a_file_is_about(
    live_settings: Settings, tmp_path: Path
) -> None:
    path = file(tmp_path, "facts-c.csv", f"{ACTS}{SPLIT}AAPL,2005-02-28,split,3:1,,\n")
    code, shown, _ = run(live_settings, str(path), "--actions")
    assert code == 1
    assert "2 rows read, 1 published, 0 skipped, 1 bad" in shown
    assert "line 3: line 2 has another split of AAPL on 2005-02-28" in shown
    assert "this is about the bars of feed 'facts-c', as the file is named" in shown
    assert "feed 'facts-c' has no bars of AAPL yet" in shown
    assert "/v1/actions?feed=facts-c&symbol=AAPL" in shown


def test_a_feed_whose_bars_are_there_is_not_doubted(
    live_settings: Settings, tmp_path: Path
) -> None:
    with psycopg.connect(live_settings.database_url) as connection:
        connection.execute(
            "INSERT INTO series (series_id, feed, symbol, interval, partition, last_ts)"
            " VALUES (7007, 'facts-d', 'AAPL', '1d', 0, '2024-01-02T00:00:00Z')"
        )
    path = file(tmp_path, "any.csv", ACTS + SPLIT)
    code, shown, _ = run(live_settings, str(path), "--actions", "--feed", "facts-d", "--json")
    assert code == 0
    assert json.loads(shown)["notes"] == []


def test_a_file_is_one_kind_or_the_other(live_settings: Settings, tmp_path: Path) -> None:
    path = write(tmp_path, "bars", rows("A", range(1, 3)))
    with pytest.raises(UserError, match="one of the two"):
        run(live_settings, str(path), "--actions", "--instruments")
    code, _, errors = run(live_settings, str(path), "--actions")
    assert code == 2
    assert "columns are missing: type" in errors


def test_a_broker_that_is_away_is_a_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    path = file(tmp_path, "acts.csv", ACTS + SPLIT)
    with temporary_settings() as settings, pytest.raises(UserError, match="`peripheral up`"):
        ingest_facts(path, settings, FROM_FILE, kind=ACTION_FILE)
