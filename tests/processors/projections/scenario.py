"""A seeded log of every projected topic, with all that can be wrong on it."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import date
from typing import Any

from schemas.diagnostics import Diagnostic
from schemas.events.actions import DividendDeclared, SplitDeclared
from schemas.events.base import Event
from schemas.events.chat import (
    ReplyCompleted,
    ReplyDelta,
    ReplyFailed,
    ReplyStarted,
    TurnPosted,
)
from schemas.events.faults import DeploymentSuspended, StrategyTrapped
from schemas.events.fills import FillTerms
from schemas.events.indicators import PANEL_COLUMNS, IndicatorsComputed
from schemas.events.instruments import InstrumentListed
from schemas.events.market import BarClosed, BarCorrected, BarValues
from schemas.events.signals import AlertRaised, Intent, OrderEmitted, Receipt, SignalEmitted
from schemas.events.strategies import (
    DeploymentRefused,
    ParamSpec,
    PartitionClaimed,
    SeriesFilter,
    StrategyActivated,
    StrategyCompiled,
    StrategyDeactivated,
    StrategyDeleted,
    StrategyDeployed,
    StrategyEdited,
    StrategyRejected,
    StrategyUndeployed,
)
from schemas.series import Series
from streams import catalog
from streams.producer import partition_of
from tests.processors.projections.memory_log import PARTITIONS, MemoryLog
from tests.processors.projections.scenario_research import START_US, study, try_out, watch

MINUTE_US = 60_000_000
INT64_MAX = 2**63 - 1


def bar(series: Series, minute: int, close: float, **changes: float) -> BarClosed:
    values = {"open": close, "high": close + 1, "low": close - 1, "close": close, "volume": 10.0}
    return BarClosed(
        feed=series.feed,
        symbol=series.symbol,
        interval=series.interval,
        ts=START_US + minute * MINUTE_US,
        **(values | changes),
    )


def indicators(closed: BarClosed, source_offset: int, known: int) -> IndicatorsComputed:
    """A panel of which the first `known` columns have warmed up."""
    panel = {
        name: closed.close / (column + 3) if column < known else None
        for column, name in enumerate(PANEL_COLUMNS)
    }
    return IndicatorsComputed(
        feed=closed.feed,
        symbol=closed.symbol,
        interval=closed.interval,
        ts=closed.ts,
        source_offset=source_offset,
        seq=0,
        library=f"1.{known % 2}",
        **panel,
    )


def signal(closed: BarClosed, partition: int, source_offset: int, seq: int = 0) -> SignalEmitted:
    receipt = Receipt(
        topic=catalog.BARS.name,
        partition=partition,
        offset=source_offset,
        wasm_sha256="ab" * 32,
        library_version="1.0",
        params={"length": 20.0, "tiny": 1e-300, "huge": 1e22},
        active_from_offset=0,
        previous="0" * 64,
        hash="cd" * 32,
    )
    return SignalEmitted(
        feed=closed.feed,
        symbol=closed.symbol,
        interval=closed.interval,
        ts=closed.ts,
        source_offset=source_offset,
        seq=seq,
        deployment_id="d1",
        strategy_id="s1",
        version=1,
        action="enter_long",
        price=closed.close,
        size=None,
        score=-0.0,
        plots={"ema": closed.close / 3, "zero": -0.0, "warm": None},
        receipt=receipt,
    )


def order(sent: SignalEmitted) -> OrderEmitted:
    """The order that a signal would be, with some of what one may have."""
    fields = dict(sent) | {"action": "order", "size": -2.5, "limit": sent.price, "exit_trail": 0.1}
    return OrderEmitted(**fields | {"sizing": "percent", "tif": "day"})


def intent(closed: BarClosed, partition: int, source_offset: int, seq: int) -> Intent:
    """A signal, or every other time an order."""
    sent = signal(closed, partition, source_offset, seq)
    return order(sent) if source_offset % 2 else sent


def said_besides(
    closed: BarClosed, source_offset: int
) -> tuple[AlertRaised, StrategyTrapped, DeploymentSuspended]:
    """An alert, a trap and a suspension at a bar."""
    fields: dict[str, Any] = {
        **closed.model_dump(include={"feed", "symbol", "interval", "ts"}),
        "source_offset": source_offset,
        "deployment_id": "d1",
        "strategy_id": "s1",
        "version": 1,
    }
    line = source_offset % 5 + 1 if source_offset % 3 else None
    fault = fields | {"reason": "budget_spent", "line": line, "traps": 3}
    return (
        AlertRaised(**fields, seq=7, alert=7, message="it's \u20ac"),
        StrategyTrapped(**fault, seq=2),
        DeploymentSuspended(**fault, seq=3, author="ann"),
    )


def correction(closed: BarClosed, previous: BarClosed, source_offset: int) -> BarCorrected:
    return BarCorrected(
        **closed.model_dump(),
        source_offset=source_offset,
        seq=0,
        previous=BarValues(**previous.model_dump(include=set(BarValues.model_fields))),
    )


def market(seed: int, symbols: int = 6, bars: int = 300) -> MemoryLog:
    """Bars with repeats, corrections, late ones and broken ones, and what agents derive of them;
    each derived partition is written again from somewhere, as after a crash, several times."""
    rng = random.Random(seed)
    log = MemoryLog()
    every = [Series("test", f"S{number}", "1m") for number in range(symbols)]
    last: dict[Series, tuple[int, BarClosed]] = {}
    for _ in range(bars):
        series = rng.choice(every)
        minute, previous = last.get(series, (-1, None))
        close = round(rng.uniform(10, 100), 3)
        kind = rng.choices(("next", "repeat", "correct", "late", "broken"), (12, 1, 2, 1, 1))[0]
        if previous is None or kind == "next":
            closed = bar(series, minute + rng.randint(1, 3), close)
            record = log.append(catalog.BARS, closed, series.key)
            minute = (closed.ts - START_US) // MINUTE_US
            known = min(minute // 3, len(PANEL_COLUMNS))
            derived = indicators(closed, record.offset, known)
            log.append(catalog.INDICATORS, derived, series.key)
            for seq in range(rng.choice((0, 0, 1, 2))):
                sent = intent(closed, record.partition, record.offset, seq)
                log.append(catalog.SIGNALS, sent, series.key)
            if rng.random() < 0.2:
                alert, *faults = said_besides(closed, record.offset)
                log.append(catalog.ALERTS, alert, series.key)
                for fault in faults[: rng.randint(1, 2)]:
                    log.append(catalog.FAULTS, fault, series.key)
            last[series] = (minute, closed)
        elif kind == "repeat":
            log.append(catalog.BARS, previous, series.key)
        elif kind == "correct":
            closed = bar(series, minute, close)
            record = log.append(catalog.BARS, closed, series.key)
            corrected = correction(closed, previous, record.offset)
            log.append(catalog.CORRECTIONS, corrected, series.key)
            last[series] = (minute, closed)
        elif kind == "late":
            log.append(catalog.BARS, bar(series, minute - 1, close), series.key)
        else:
            broken(log, rng, series, bar(series, minute + 1, close))
        if rng.random() < 0.02:
            rewind(log, rng)
    return log


def broken(log: MemoryLog, rng: random.Random, series: Series, closed: BarClosed) -> None:
    """One record that no projection may count, on a topic of the series."""
    topic = rng.choice((catalog.BARS, catalog.INDICATORS, catalog.SIGNALS, catalog.CORRECTIONS))
    right = partition_of(series.key.encode(), PARTITIONS)
    match rng.randrange(7):
        case 0:
            log.raw(topic, right, series.key.encode(), b"{not json")
        case 1:
            log.raw(topic, right, series.key.encode(), None)
        case 2:
            log.append(catalog.BARS, closed, series.key, partition=(right + 1) % PARTITIONS)
        case 3:
            log.append(catalog.BARS, closed, Series("test", "OTHER", "1m").key)
        case 4:
            # Nobody derives this: below the mark, yet unlike what the mark was raised by.
            log.append(catalog.INDICATORS, indicators(closed, 0, 3), series.key)
        case 5:
            log.append(catalog.SIGNALS, signal(closed, right, 0, 3), series.key)
        case _:
            value = closed.model_dump() | {"high": closed.low - 5}
            log.raw(catalog.BARS, right, series.key.encode(), json.dumps(value).encode())


def rewind(log: MemoryLog, rng: random.Random) -> None:
    """Write the newest records of a derived partition again, byte for byte the same."""
    derived = [topic for topic in catalog.EVENT_TOPICS if topic.derived_from == catalog.BARS.name]
    topic = rng.choice(derived)
    partition = rng.randrange(PARTITIONS)
    records = log.topics[topic.name][partition]
    for record in records[len(records) - rng.randint(0, 20) :]:
        log.raw(topic, partition, record.key, record.value, record.headers)


def workshop(seed: int, steps: int = 300) -> MemoryLog:
    """Edits, versions, deployments, activations, conversations, and what is said of instruments,
    in a seeded disorder."""
    rng = random.Random(seed)
    log = MemoryLog()
    for step in range(steps):
        strategy = f"s{rng.randrange(4)}"
        edit(log, rng, strategy, step)
        deploy(log, rng, strategy)
        activate(log, rng)
        talk(log, rng, step)
        list_and_act(log, rng)
        study(log, rng, step)
        watch(log, rng, step)
        try_out(log, rng, step)
        if rng.random() < 0.05:
            topic = rng.choice((catalog.EDITS, catalog.DEPLOYMENTS, catalog.CHAT, catalog.ACTIONS))
            log.raw(topic, rng.randrange(PARTITIONS), b"who", b'{"what": 1}')
    return log


def edit(log: MemoryLog, rng: random.Random, strategy: str, step: int) -> None:
    fields: dict[str, Any] = {"strategy_id": strategy, "edit_id": f"e{rng.randrange(60)}"}
    if rng.random() < 0.2:
        log.append(catalog.EDITS, StrategyDeleted(**fields, author="a"), strategy)
        return
    name = "nul \0 byte" if rng.random() < 0.05 else f"strategy {step}"
    edited = StrategyEdited(**fields, name=name, source=f"x = {step}\n\t\\'\"", author="ann")
    record = log.append(catalog.EDITS, edited, strategy)
    origin = {"source_offset": record.offset, "seq": 0}
    if rng.random() < 0.3:
        found = Diagnostic(
            line=1,
            column=1,
            end_line=1,
            end_column=2,
            code="E1",
            message="no",
            remedy="yes",
            source_line="x = 1",
        )
        rejected = StrategyRejected(**fields, **origin, diagnostics=(found,))
        log.append(catalog.VERSIONS, rejected, strategy)
        return
    log.append(catalog.VERSIONS, version(fields | origin, step), strategy)


def version(fields: dict[str, Any], step: int) -> StrategyCompiled:
    return StrategyCompiled(
        **fields,
        version=step + 1,
        name=f"strategy {step}",
        author="ann",
        source=f"x = {step}",
        source_sha256="00" * 32,
        wasm=bytes(range(256)),
        wasm_sha256="11" * 32,
        language_version="1",
        library_version="1.0",
        params=(ParamSpec(name="length", type="int", default=20.0),),
        plots=("ema",),
        alerts=("it's high",) if step % 2 else (),
        state_bytes=80,
    )


def deploy(log: MemoryLog, rng: random.Random, strategy: str) -> None:
    fields: dict[str, Any] = {"deployment_id": f"d{rng.randrange(12)}", "strategy_id": strategy}
    if rng.random() < 0.4:
        ended: StrategyUndeployed | DeploymentRefused = StrategyUndeployed(**fields, author="b")
        if rng.random() < 0.5:
            why = {"reason": "state_budget", "message": "Too large."}
            ended = DeploymentRefused(**fields, author="b", **why)
        log.append(catalog.DEPLOYMENTS, ended, strategy)
        return
    deployed = StrategyDeployed(
        **fields,
        version=rng.randint(1, 9),
        params={"length": rng.random()},
        series=SeriesFilter(symbols=("A", "B")),
        author="b",
        traps_max=rng.randint(1, 30),
        rules=rng.choice((None, FillTerms(), FillTerms(rate=0.001, cash=1e5))),
    )
    log.append(catalog.DEPLOYMENTS, deployed, strategy)


def activate(log: MemoryLog, rng: random.Random) -> None:
    partition, epoch = rng.randrange(PARTITIONS), rng.randint(1, 6)
    lies_on = partition if rng.random() < 0.95 else (partition + 1) % PARTITIONS
    if rng.random() < 0.2:
        claimed = PartitionClaimed(partition=partition, epoch=epoch, owner="w")
        log.append(catalog.ACTIVATIONS, claimed, "w", partition=lies_on)
        return
    kind = rng.choice((StrategyActivated, StrategyDeactivated))
    event = kind(
        deployment_id=f"d{rng.randrange(12)}",
        strategy_id="s1",
        partition=partition,
        from_offset=rng.randrange(1000),
        epoch=epoch,
    )
    log.append(catalog.ACTIVATIONS, event, event.deployment_id, partition=lies_on)


def list_and_act(log: MemoryLog, rng: random.Random) -> None:
    """Splits and dividends, repeated and corrected, and instruments listed anew."""
    names: dict[str, Any] = {"feed": rng.choice(("f", "g")), "symbol": f"S{rng.randrange(3)}"}
    day = date(2005, 2, 20 + rng.randrange(4))
    split = SplitDeclared(**names, ex_date=day, ratio=rng.choice((2.0, 1 / 3)))
    dividend = DividendDeclared(
        **names,
        ex_date=day,
        amount=rng.choice((0.0, 0.1)),
        currency=rng.choice((None, "USD")),
        number=rng.choice((1, 2)),
    )
    listed = InstrumentListed(
        **names,
        tick_size=0.01,
        lot=rng.choice((1.0, 100.0)),
        currency="USD",
        sector=rng.choice((None, "Technology")),
        calendar="XNYS",
        first_day=rng.choice((None, date(1980, 12, 12))),
    )
    key = split.instrument.key
    log.append(catalog.ACTIONS, rng.choice((split, dividend)), key)
    if rng.random() < 0.3:
        log.append(catalog.INSTRUMENTS, listed, key, at_ms=rng.randrange(10**9))
    if rng.random() < 0.03:
        log.append(catalog.ACTIONS, split, f"{key}/1d")


def talk(log: MemoryLog, rng: random.Random, step: int) -> None:
    conversation = f"c{rng.randrange(3)}"
    ids: dict[str, Any] = {"conversation_id": conversation, "turn_id": f"t{rng.randrange(5)}"}
    attempt = rng.randint(1, 3)
    text = "a \0 b" if rng.random() < 0.03 else f"text {step} "
    events: Sequence[Event] = (
        TurnPosted(**ids, author="me", text=text),
        ReplyStarted(**ids, attempt=attempt, model="m", lease_s=5),
        ReplyDelta(**ids, attempt=attempt, index=0, text=text),
        ReplyDelta(**ids, attempt=attempt, index=1, text=text),
        ReplyCompleted(
            **ids,
            attempt=attempt,
            text="whole",
            model="m",
            prompt_tokens=1,
            completion_tokens=None,
        ),
        ReplyFailed(**ids, attempt=attempt - 1, reason="r", remedy="configure"),
    )
    weights = (6, 6, 9, 9, 1, 1)
    log.append(catalog.CHAT, rng.choices(events, weights)[0], conversation)
