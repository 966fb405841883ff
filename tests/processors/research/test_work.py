"""A worker's bench: the same request gives the same report as the offline command's own path."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from processors.research import studied
from processors.research.frames import Config, Done, Refused, RefusedError
from processors.research.report.as_json import as_json
from processors.research.resident import resident_of
from processors.research.stored import stored_bars
from processors.research.stored_listings import stored_actions
from processors.research.study import Study, report_of
from processors.research.work import Bench
from sandbox.compiler.driver import compile_source
from sandbox.fills import FillRules
from schemas.events.fills import FillTerms
from schemas.events.research import RunBacktest
from schemas.series import Series
from streams.actions import ActionError, Actions
from streams.catalog import ACTIONS, INSTRUMENTS, Topic
from streams.catalog import BARS as BARS_TOPIC
from streams.settings import Settings
from tests.processors.research.bars import insert_bars
from tests.sandbox.running import body

CROSS = Path(__file__).parents[3].joinpath("docs/strategies/ema_cross_rsi.py").read_text()
BARS = 20_000
SERIES = [Series("bench", symbol, "1m") for symbol in ("AAA", "BBB")]


@pytest.fixture(scope="module")
def url(live_database_settings: Settings) -> str:
    for seed, series in enumerate(SERIES):
        insert_bars(live_database_settings.database_url, series, BARS, seed)
    return live_database_settings.database_url


@pytest.fixture
def bench(url: str) -> Iterator[Bench]:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Bench(Config(url, folder), lambda: pytest.fail("it is there"))) as made,
    ):
        yield made


def request(**fields: Any) -> RunBacktest:
    given = {"source": CROSS, "equity": False, **fields}
    return RunBacktest(
        request_id="r", author="", feed="bench", symbols=("AAA", "BBB"), interval="1m", **given
    )


def test_a_request_gives_what_the_same_run_gives_offline(url: str, bench: Bench) -> None:
    with psycopg.connect(url) as connection:
        bars = stored_bars(connection, SERIES)
    begin_us = int(bars[0].ts[5_000])
    terms = {"rate": 0.001, "cash": 5_000.0, "leverage": 2.0}
    study = Study(
        compiled=compile_source(CROSS),
        source_name="source",
        symbols=("AAA", "BBB"),
        interval="1m",
        bars=bars,
        params={},
        rules=FillRules(**terms),
        begin_us=begin_us,
    )
    run = request(begin_ts=begin_us, rules=FillTerms(**terms))
    answers = [bench.perform(run, lambda _done, _total: None) for _ in range(2)]
    assert answers[0] == answers[1]
    assert isinstance(answers[0], Done)
    whole = as_json(report_of(study))
    assert answers[0].report_bytes == len(whole)
    assert answers[0].summary == {name: json.loads(whole)[name] for name in answers[0].summary}


def test_stored_bars_are_those_of_the_table_and_none_for_a_series_without(url: str) -> None:
    asked = [SERIES[1], Series("bench", "NONE", "1m"), SERIES[0]]
    rows = "SELECT ts, open, high, low, close, volume FROM bars WHERE series_id = %s ORDER BY ts"
    with psycopg.connect(url) as connection:
        found = stored_bars(connection, asked)
        meant = [connection.execute(rows, (each.id,)).fetchall() for each in asked]
        assert stored_bars(connection, []) == []
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SET LOCAL search_path = pg_catalog")
            stored_bars(connection, asked)
    assert [len(each) for each in found] == [BARS, 0, BARS]
    for bars, table in zip(found, meant, strict=True):
        columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
        told = zip(*(column.tolist() for column in columns), strict=True)
        assert list(told) == [row[1:] for row in table]
        assert bars.ts.tolist() == [round(row[0].timestamp() * 1e6) for row in table]
        assert bars.ts.dtype == np.int64 and bars.close.dtype == np.float64


@pytest.mark.parametrize("topic", [BARS_TOPIC, ACTIONS, INSTRUMENTS], ids=lambda each: each.name)
def test_a_universe_stays_in_memory_until_there_is_more_to_see(
    url: str, bench: Bench, topic: Topic
) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        reached = "INSERT INTO consumer_offsets VALUES (%s, %s, 0, %s) ON CONFLICT DO NOTHING"
        moved = "UPDATE consumer_offsets SET next_offset = next_offset + 1 WHERE projection = %s"
        connection.execute(reached, ("resident", topic.name, 7))
        first = bench.resident(SERIES, None)
        assert bench.resident(SERIES, None) is first and len(first) == 2 * BARS
        assert bench.resident(SERIES[:1], None).symbols == ("AAA",)
        kept = bench.resident(SERIES, None)
        connection.execute(moved, ("resident",))
        again = bench.resident(SERIES, None)
        assert again is not kept and again.digests == first.digests
        connection.execute("DELETE FROM consumer_offsets WHERE projection = 'resident'")


def test_a_screen_in_memory_sees_an_action_that_has_come(url: str, bench: Bench) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        raw = dict(zip(("AAA", "BBB"), stored_bars(connection, SERIES), strict=True))
        day = raw["AAA"].ts[BARS // 2].astype("datetime64[us]").astype("datetime64[D]")
        assert raw["AAA"].ts[0] < day.astype("datetime64[us]").astype(np.int64), "amid the bars"
        reached = "INSERT INTO consumer_offsets VALUES ('resident', %s, 0, %s)"
        connection.execute(reached, (BARS_TOPIC.name, 7))
        before = bench.resident(SERIES, None)
        assert before.digests == resident_of(raw).digests
        split = (
            "INSERT INTO actions (symbol, feed, ex_date, type, number, ratio, source_offset)"
            " VALUES ('AAA', %s, %s, 'split', 1, 2.0, 0)"
        )
        connection.execute(split, (SERIES[0].feed, day.item()))
        connection.execute(reached, (ACTIONS.name, 1))
        after = bench.resident(SERIES, None)
        connection.execute("DELETE FROM consumer_offsets WHERE projection = 'resident'")
        connection.execute("DELETE FROM actions")
    begin = day.astype("datetime64[us]").astype(np.int64)
    acts = Actions(np.array([begin]), np.array([2.0]), np.zeros(1))
    assert after.digests == resident_of(raw, {"AAA": acts}).digests
    assert after.digests["AAA"] != before.digests["AAA"]
    assert after.digests["BBB"] == before.digests["BBB"]


def test_amounts_in_another_currency_than_the_instruments_are_refused(url: str) -> None:
    with psycopg.connect(url) as connection:
        for symbol, currency in (("AAA", "EUR"), ("BBB", None)):
            connection.execute(
                "INSERT INTO actions (symbol, feed, ex_date, type, number, amount, currency,"
                " source_offset) VALUES (%s, 'bench', '2024-01-01', 'dividend', 1, 1.0, %s, 0)",
                (symbol, currency),
            )
        assert stored_actions(connection, "bench", ["AAA", "BBB"]).keys() == {"AAA", "BBB"}
        connection.execute(
            "INSERT INTO instruments (symbol, feed, tick_size, lot, currency, calendar,"
            " source_offset) SELECT symbol, feed, 0.01, 1, 'USD', '24/7', 0 FROM actions"
        )
        assert stored_actions(connection, "bench", ["BBB"])["BBB"].dividend == 1.0
        with pytest.raises(ActionError, match=r"^a dividend of AAA .* is in EUR"):
            stored_actions(connection, "bench", ["AAA", "BBB"])
        connection.rollback()


def test_progress_goes_from_nothing_to_all_bars(bench: Bench) -> None:
    told: list[tuple[int, int]] = []
    bench.perform(request(), lambda done, total: told.append((done, total)))
    assert told[0] == (0, 2 * BARS)
    assert told[-1] == (2 * BARS, 2 * BARS)
    assert len(told) > 4
    assert told == sorted(told)


def test_bars_behind_the_end_are_left_out(url: str, bench: Bench) -> None:
    with psycopg.connect(url) as connection:
        end_ts = int(stored_bars(connection, SERIES[:1])[0].ts[100])
    answer = bench.perform(request(end_ts=end_ts), lambda _done, _total: None)
    assert isinstance(answer, Done)
    assert answer.bars == 200


def test_a_server_that_is_gone_is_told_from_a_bad_question(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        with socket.socket(fileno=os.dup(connection.fileno())) as beneath:
            beneath.shutdown(socket.SHUT_RDWR)
        with pytest.raises(psycopg.OperationalError):
            stored_bars(connection, SERIES)


@pytest.mark.parametrize("begin", [None, 5_000])
def test_bars_that_are_too_many_are_gone_through_to_the_same_report(
    url: str, bench: Bench, begin: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(url) as connection:
        bars = stored_bars(connection, SERIES)
    run = request(begin_ts=None if begin is None else int(bars[0].ts[begin]))
    told: list[tuple[int, int]] = []
    whole = bench.perform(run, lambda _done, _total: None)
    monkeypatch.setattr(studied, "WHOLE_MAX", 1_000)
    long = bench.perform(run, lambda done, total: told.append((done, total)))
    assert isinstance(whole, Done) and isinstance(long, Done)
    assert (long.summary, long.bars, long.period) == (whole.summary, whole.bars, whole.period)
    assert told[0][0] == 0 and told[-1][0] == 2 * BARS
    assert all(done <= total for done, total in told)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"symbols": ("AAA", "NONE")}, "no 1m bars of NONE"),
        ({"begin_ts": 4 * 10**15}, "begin_ts"),
        ({"end_ts": 10**15}, "no 1m bars of AAA, BBB"),
    ],
)
def test_of_bars_that_are_too_many_it_is_told_which_are_missing(
    bench: Bench, fields: dict[str, Any], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studied, "WHOLE_MAX", 1_000)
    run = request().model_copy(update=fields)
    answer = bench.perform(run, lambda _done, _total: None)
    assert isinstance(answer, Refused)
    assert (answer.reason, says in answer.message) == ("no_bars", True), answer.message


def test_the_order_in_which_symbols_are_asked_for_changes_nothing(bench: Bench) -> None:
    source = body(
        "if bar.index % 9 == 1: enter_long(percent=100.0)", "if bar.index % 9 == 5: exit()"
    )
    orders = ("AAA", "BBB"), ("BBB", "AAA")
    runs = [request(source=source).model_copy(update={"symbols": each}) for each in orders]
    first, second = (bench.perform(run, lambda _done, _total: None) for run in runs)
    assert isinstance(first, Done)
    assert first == second


def test_what_the_database_cannot_do_is_refused_and_not_tried_for_ever(bench: Bench) -> None:
    def too_much(connection: psycopg.Connection) -> None:
        connection.execute("SET statement_timeout = '20ms'")
        try:
            connection.execute("SELECT pg_sleep(5)")
        finally:
            connection.execute("RESET statement_timeout")

    with pytest.raises(psycopg.errors.QueryCanceled):
        bench.reading(too_much)
    with pytest.raises(RefusedError, match="256 are the most"):
        bench.kept(bytes((256 << 20) + 1))


def test_a_full_disk_of_the_database_is_waited_out(url: str, tmp_path: Path) -> None:
    tries, waits = [], []

    def keep(connection: psycopg.Connection) -> int:
        tries.append(connection)
        if len(tries) < 3:
            connection.execute("DO $$ BEGIN RAISE 'no space left' USING ERRCODE = '53100'; END $$")
        return len(tries)

    with closing(Bench(Config(url, str(tmp_path)), lambda: waits.append(1))) as made:
        assert made.reading(keep) == 3
    assert len(waits) == 2
