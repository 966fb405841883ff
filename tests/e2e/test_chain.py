"""A bar goes in, a signal comes out: over the command line, Kafka, the database, REST and SSE."""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx_sse import connect_sse

from deploy.environment import child_environment
from deploy.services import PERIPHERAL, Program
from processors.projections.topics import PROJECTED
from schemas.events.indicators import PANEL_COLUMNS
from schemas.events.market import BarClosed
from streams.catalog import ACTIVATIONS, BARS, INDICATORS, SIGNALS
from streams.codec import Outgoing, header, rfc3339
from streams.producer import Publisher, partition_of
from streams.reader import read_topic
from streams.records import Record
from tests.e2e import derived
from tests.e2e.compare import assert_database_is_fold_of_log, read_log
from tests.e2e.market import market
from tests.e2e.system import SETTLE_LIMIT_S, System, publish_bars, wait_until

SYMBOLS = 4
BARS_EACH = 300


@pytest.fixture(scope="module", autouse=True)
def examples(system: System) -> list[str]:
    """The three example strategies, deployed on every series."""
    return system.deploy_examples()


class Listener(threading.Thread):
    """An SSE client that keeps every event of a feed."""

    def __init__(self, url: str, feed: str) -> None:
        super().__init__(name="sse", daemon=True)
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.open = threading.Event()
        self._url, self._feed = url, feed

    def run(self) -> None:
        try:
            params = {"feed": self._feed}
            with (
                httpx.Client(timeout=httpx.Timeout(5.0, read=60.0)) as client,
                connect_sse(client, "GET", self._url, params=params) as source,
            ):
                self.open.set()
                for sse in source.iter_sse():
                    if sse.data:
                        self.events.append((sse.event, sse.json()))
        except (httpx.HTTPError, OSError, ValueError):
            assert self.open.is_set()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for name, event in self.events if name == kind]


@contextmanager
def listening(system: System, feed: str) -> Iterator[Listener]:
    listener = Listener(system.url + "/v1/stream", feed)
    listener.start()
    assert listener.open.wait(10.0), "the stream does not open"
    yield listener


def write_csv(path: Path, bars: list[BarClosed]) -> None:
    lines = ["Date,Symbol,Open,High,Low,Close,Volume"]
    lines += [
        f"{rfc3339(bar.ts)},{bar.symbol},{bar.open!r},{bar.high!r},{bar.low!r},{bar.close!r},"
        f"{bar.volume!r}"
        for bar in bars
    ]
    path.write_text("\n".join([*lines, "yesterday,SYM0,1,1,1,1,1", "2030-01-01,SYM0,1,1,2,1,1"]))


def ingest(system: System, path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PERIPHERAL, "ingest", str(path), *options],
        env=child_environment(system.settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def pages(system: System, path: str, name: str, **params: str) -> list[dict[str, Any]]:
    """All items of a paged read."""
    found: list[dict[str, Any]] = []
    while True:
        answer = system.ask(path, limit="500", **params)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found += body[name]
        if body["next"] is None:
            return found
        params["cursor"] = body["next"]


def values_of(log: derived.Log, system: System, topic: str, feed: str) -> list[dict[str, Any]]:
    """What the pure fold writes to a topic about a feed."""
    wanted = derived.expected(log, system.settings.kafka.partitions)[topic]
    events = [json.loads(value or b"") for records in wanted.values() for _, value, _ in records]
    return [event for event in events if event["feed"] == feed]


def place(event: dict[str, Any]) -> tuple[str, int, int]:
    return event["symbol"], event["source_offset"], event["seq"]


@pytest.mark.timeout(240)
def test_a_csv_becomes_indicators_and_signals_everywhere(system: System, tmp_path: Path) -> None:
    feed = "chain"
    write_csv(tmp_path / "chain.csv", market(SYMBOLS, BARS_EACH, feed=feed))
    with listening(system, feed) as listener:
        done = ingest(system, tmp_path / "chain.csv", "--feed", feed)
        assert done.returncode == 1, done.stderr + done.stdout
        assert "line 1202" in done.stdout + done.stderr
        assert "line 1203" in done.stdout + done.stderr
        assert_database_is_fold_of_log(system.settings)
        log = read_log(system.settings)
        indicators = values_of(log, system, INDICATORS.name, feed)
        signals = values_of(log, system, SIGNALS.name, feed)
        assert len(indicators) == SYMBOLS * BARS_EACH
        assert signals

        def streamed() -> bool:
            return len(listener.of("SignalEmitted")) >= len(signals) and len(
                listener.of("IndicatorsComputed")
            ) >= len(indicators)

        wait_until(streamed, SETTLE_LIMIT_S)
    assert len(listener.of("BarClosed")) == SYMBOLS * BARS_EACH
    assert sorted(listener.of("SignalEmitted"), key=place) == sorted(signals, key=place)
    assert sorted(listener.of("IndicatorsComputed"), key=place) == sorted(indicators, key=place)

    over_rest = pages(system, "/v1/signals", "signals", feed=feed)
    assert len(over_rest) == len(signals)
    by_place = {place(signal): signal for signal in signals}
    for row in over_rest:
        wanted = by_place[place(row)]
        assert row["receipt"] == wanted["receipt"]
        assert row["price"] == wanted["price"]

    for symbol in {signal["symbol"] for signal in signals}:
        rows = pages(system, f"/v1/indicators/{symbol}", "indicators", feed=feed, interval="1d")
        wanted_rows = sorted((e for e in indicators if e["symbol"] == symbol), key=place)
        found = sorted(([r["ts"], *(r[n] for n in PANEL_COLUMNS)] for r in rows), key=str)
        assert found == sorted(
            ([rfc3339(e["ts"]), *(e[n] for n in PANEL_COLUMNS)] for e in wanted_rows), key=str
        )


@pytest.mark.timeout(180)
def test_a_broken_edit_is_explained_and_the_version_that_ran_keeps_running(system: System) -> None:
    source = "import os\n\n\ndef on_bar(bar):\n    enter_lon()\n"
    answer = httpx.put(
        system.url + "/v1/strategies/ema_cross_rsi", json={"source": source}, timeout=20
    )
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["diagnostics"]
    assert all(d["line"] and d["column"] and d["remedy"] for d in problem["diagnostics"])

    asyncio.run(publish_bars(system.settings, market(2, 200, feed="after-broken")))
    assert_database_is_fold_of_log(system.settings)
    signals = pages(system, "/v1/signals", "signals", feed="after-broken", strategy="ema_cross_rsi")
    assert signals
    assert {signal["version"] for signal in signals} == {1}


async def publish_raw(system: System, topic: str, partition: int, records: list[Outgoing]) -> None:
    publisher = Publisher(system.settings, "raw")
    await publisher.start()
    try:
        await asyncio.gather(*await publisher.publish_many(topic, partition, records))
    finally:
        await publisher.stop()


def dead_letters(system: System, topic: str) -> list[Record]:
    found = asyncio.run(read_topic(system.settings, topic))
    return [record for records in found.values() for record in records]


@pytest.mark.timeout(180)
def test_a_malformed_record_on_any_topic_is_dead_lettered_with_its_origin(system: System) -> None:
    garbage = Outgoing(b"nonsense", b'{"half": ', [("ce_type", b"peripheral.Nothing.v1")])
    for topic in PROJECTED:
        asyncio.run(publish_raw(system, topic.name, 0, [garbage]))
    for topic in PROJECTED:

        def arrived(name: str = topic.dlq) -> bool:
            return any(record.value == garbage.value for record in dead_letters(system, name))

        wait_until(arrived, SETTLE_LIMIT_S, lambda name=topic.dlq: f"nothing on {name}")  # type: ignore[misc]
        letter = next(r for r in dead_letters(system, topic.dlq) if r.value == garbage.value)
        assert header(letter.headers, "dlq_topic") == topic.name.encode()
        assert header(letter.headers, "dlq_partition") == b"0"
        assert header(letter.headers, "dlq_reason")
        assert header(letter.headers, "dlq_message")
    asyncio.run(publish_bars(system.settings, market(2, 50, feed="after-garbage")))
    assert_database_is_fold_of_log(system.settings)


@pytest.mark.timeout(180)
def test_bars_that_break_the_rules_are_dead_lettered_and_a_correction_is_an_event(
    system: System,
) -> None:
    feed = "rules"
    first, second = market(1, 2, feed=feed)
    partitions = system.settings.kafka.partitions
    key = first.series.key.encode()
    right = partition_of(key, partitions)
    nan = first.model_dump_json().replace(f'"close":{first.close!r}', '"close":NaN').encode()
    upside_down = first.model_dump() | {"high": 1.0, "low": 2.0}
    corrected = second.model_copy(update={"close": (second.high + second.low) / 2})

    def raw(value: bytes | str) -> Outgoing:
        return Outgoing(key, value.encode() if isinstance(value, str) else value, [])

    asyncio.run(publish_bars(system.settings, [first, second, second, corrected]))
    asyncio.run(
        publish_raw(
            system,
            BARS.name,
            right,
            [
                raw(nan),
                raw(json.dumps(upside_down).encode()),
                raw(first.model_dump_json()),
            ],
        )
    )
    wrong = (right + 1) % partitions
    asyncio.run(publish_raw(system, BARS.name, wrong, [raw(second.model_dump_json().encode())]))
    assert_database_is_fold_of_log(system.settings)

    def reasons() -> list[bytes]:
        letters = [r for r in dead_letters(system, BARS.dlq) if r.key == key]
        return sorted(header(r.headers, "dlq_reason") or b"" for r in letters)

    wanted = [b"malformed", b"malformed", b"out_of_order", b"wrong_partition"]
    wait_until(lambda: reasons() == wanted, SETTLE_LIMIT_S, lambda: str(reasons()))
    bars = pages(system, "/v1/bars/SYM0", "bars", feed=feed, interval="1d")
    assert [bar["close"] for bar in bars] == [first.close, corrected.close]


@pytest.mark.timeout(240)
def test_workers_that_join_and_leave_change_nothing(system: System) -> None:
    """A third evaluation worker takes partitions over and is killed, with bars under way."""
    third = Program(
        "evaluation-3",
        ["worker", "evaluation"],
        system.settings,
        variables={"PERIPHERAL_WORKER__INSTANCE_ID": "evaluation-3"},
    )
    bars = market(8, 400, feed="rebalance")
    try:
        asyncio.run(publish_bars(system.settings, bars[:1000]))
        third.start()
        system.wait_ready(third)
        asyncio.run(publish_bars(system.settings, bars[1000:2200]))
    finally:
        third.stop(10.0)
    asyncio.run(publish_bars(system.settings, bars[2200:]))
    assert_database_is_fold_of_log(system.settings)


@pytest.mark.timeout(180)
def test_a_deployment_that_ends_is_silent_from_a_stated_bar_on(system: System) -> None:
    feed = "ended"
    bars = market(2, 300, feed=feed)
    body = {"id": "short-lived", "strategy_id": "bollinger_reversion"}
    answer = httpx.post(system.url + "/v1/deployments", json=body, timeout=20)
    assert answer.status_code in (201, 202), answer.text

    def active_everywhere() -> bool:
        deployment = system.ask("/v1/deployments/short-lived").json()
        return len(deployment.get("activations", ())) == system.settings.kafka.partitions

    wait_until(active_everywhere, SETTLE_LIMIT_S)
    asyncio.run(publish_bars(system.settings, bars[:300]))
    assert_database_is_fold_of_log(system.settings)
    answer = httpx.delete(system.url + "/v1/deployments/short-lived", timeout=20)
    assert answer.status_code in (200, 202, 204), answer.text

    def ended() -> bool:
        found = asyncio.run(read_topic(system.settings, ACTIVATIONS.name))
        kind = b"peripheral.StrategyDeactivated.v1"
        ends = [
            r
            for records in found.values()
            for r in records
            if header(r.headers, "ce_type") == kind and b"short-lived" in (r.value or b"")
        ]
        return len(ends) == system.settings.kafka.partitions

    wait_until(ended, SETTLE_LIMIT_S)
    asyncio.run(publish_bars(system.settings, bars[300:]))
    assert_database_is_fold_of_log(system.settings)
    signals = pages(system, "/v1/signals", "signals", feed=feed, deployment="short-lived")
    assert signals
    assert max(signal["ts"] for signal in signals) < rfc3339(bars[300].ts)
