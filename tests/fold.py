"""The oracle: what the database must hold, folded from the log in memory by the plainest code.

It shares the contract (`schemas`), the codec and the partitioner with the product, and nothing of
the projections' or the agents' own ways. `expected` folds a log, `actual` reads a database; both
are tables of rows by key, in which JSON is decoded and floats are exact (compare with `==` on
`comparable`, which also tells -0.0 from 0.0).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg

from processors.projections.tables import TABLES
from schemas.events.base import DerivedEvent, InstrumentEvent, SeriesEvent
from schemas.events.indicators import PANEL_COLUMNS
from streams import catalog
from streams.catalog import Topic
from streams.codec import RecordError, decode
from streams.producer import partition_of
from streams.records import Record

Log = Mapping[str, Mapping[int, Sequence[Record]]]
"""Records in offset order by topic and partition, as `streams.reader.read_topic` gives them."""

Row = dict[str, Any]
Rows = dict[tuple[Any, ...], Row]
State = dict[str, Rows]

VALUES = ("open", "high", "low", "close", "volume")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def expected(log: Log, partitions: int) -> State:
    """The rows of every table, by key."""
    state: State = {table.name: {} for table in TABLES}
    for topic in catalog.EVENT_TOPICS:
        for partition, records in sorted(log.get(topic.name, {}).items()):
            for offset, event in counted(topic, partition, records, partitions):
                FOLDS[topic](state, event, offset, partition)
    return state


class Listed(NamedTuple):
    """What was said of an instrument, and when."""

    event: Any
    at_ms: int


def counted(
    topic: Topic, partition: int, records: Sequence[Record], partitions: int
) -> Iterator[tuple[int, Any]]:
    """The events of a partition that count, with their offsets, of research with their times."""
    mark = (-1, -1)
    for record in records:
        try:
            event = decode(record.value, record.headers, topic.events)
        except RecordError:
            continue
        if topic is not catalog.ACTIVATIONS:
            key = key_of(event).encode()
            if record.key != key or partition_of(key, partitions) != partition:
                continue
        elif event.partition != partition:  # type: ignore[attr-defined]  # all of them have it
            continue
        if topic.derived_from is not None:
            assert isinstance(event, DerivedEvent)
            if (event.source_offset, event.seq) <= mark:
                continue
            mark = (event.source_offset, event.seq)
        timed = topic.name.startswith("research.")
        yield record.timestamp if timed else record.offset, event
        if topic is catalog.INSTRUMENTS:
            yield record.offset, Listed(event, record.timestamp)


def key_of(event: Any) -> str:
    if isinstance(event, SeriesEvent):
        return event.series.key
    if isinstance(event, InstrumentEvent):
        return f"{event.feed}/{event.symbol}"
    for name in ("request_id", "screen_id", "universe", "strategy_id", "conversation_id"):
        if hasattr(event, name):
            return str(getattr(event, name))
    raise AssertionError(event)


def utc(ts_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=ts_us)


def fold_bar(state: State, event: Any, offset: int, partition: int) -> None:
    series = event.series
    last = state["series"].get((series.id,))
    if last is not None and utc(event.ts) < last["last_ts"]:
        return
    values = {name: getattr(event, name) for name in VALUES}
    key = (series.id, utc(event.ts))
    stored = state["bars"].get(key)
    if stored is not None and all(stored[name] == values[name] for name in VALUES):
        return
    if stored is not None:
        replaced = stored | {"until_offset": offset}
        state["superseded_bars"][(*key, stored["source_offset"])] = replaced
    state["bars"][key] = {
        "series_id": series.id,
        "ts": utc(event.ts),
        **values,
        "source_offset": offset,
    }
    state["series"][(series.id,)] = {
        "series_id": series.id,
        "feed": series.feed,
        "symbol": series.symbol,
        "interval": series.interval,
        "partition": partition,
        "last_ts": utc(event.ts),
    }


def fold_indicators(state: State, event: Any, _offset: int, _partition: int) -> None:
    row = {"series_id": event.series.id, "ts": utc(event.ts)}
    row |= {name: getattr(event, name) for name in PANEL_COLUMNS}
    row |= {"library": event.library, "source_offset": event.source_offset}
    state["indicators"].setdefault((event.series.id, utc(event.ts)), row)


def fold_correction(state: State, event: Any, _offset: int, _partition: int) -> None:
    key = (event.series.id, event.source_offset, event.seq)
    state["corrections"][key] = {
        "series_id": event.series.id,
        "source_offset": event.source_offset,
        "seq": event.seq,
        "ts": utc(event.ts),
        "new_values": {name: getattr(event, name) for name in VALUES},
        "old_values": event.previous.model_dump(),
    }


def fold_signal(state: State, event: Any, _offset: int, _partition: int) -> None:
    key = (event.series.id, event.source_offset, event.seq)
    row = event.model_dump(exclude={"feed", "symbol", "interval"})
    row["receipt"] = event.receipt.model_dump(exclude_unset=True)  # as it was written
    state["signals"][key] = row | {"series_id": event.series.id, "ts": utc(event.ts)}


def fold_alert(state: State, event: Any, _offset: int, _partition: int) -> None:
    key = (event.series.id, event.source_offset, event.seq)
    row = event.model_dump(exclude={"feed", "symbol", "interval"})
    state["alerts"][key] = row | {"series_id": event.series.id, "ts": utc(event.ts)}


def fold_fault(state: State, event: Any, _offset: int, _partition: int) -> None:
    key = (event.series.id, event.source_offset, event.seq)
    row = event.model_dump(exclude={"feed", "symbol", "interval", "author"})
    suspends = event.event_type() == "peripheral.DeploymentSuspended.v1"
    place = {"series_id": event.series.id, "ts": utc(event.ts)}
    state["faults"][key] = row | place | {"suspends": suspends}


def fold_edit(state: State, event: Any, offset: int, _partition: int) -> None:
    key = (event.strategy_id,)
    edit = {"last_edit_id": event.edit_id, "edited_offset": offset}
    if event.event_type() == "peripheral.StrategyEdited.v1":
        fields = event.model_dump(include={"strategy_id", "name", "author", "source"})
        state["strategies"][key] = fields | edit | {"deleted": False}
    elif key in state["strategies"]:
        state["strategies"][key] |= edit | {"deleted": True}


def fold_version(state: State, event: Any, _offset: int, _partition: int) -> None:
    columns = dict.fromkeys(name for name, _ in BY_NAME["strategy_versions"].columns)
    answer = event.model_dump(exclude={"seq"})
    for name in ("params", "plots", "alerts", "diagnostics"):
        if name in answer:
            answer[name] = json.loads(json.dumps(answer[name]))
    state["strategy_versions"][event.strategy_id, event.source_offset] = columns | answer


def fold_deployment(state: State, event: Any, _offset: int, _partition: int) -> None:
    key = (event.deployment_id, event.strategy_id)
    if event.event_type() == "peripheral.StrategyDeployed.v1":
        unrefused = {"refusal_reason": None, "refusal_message": None}
        made = json.loads(event.model_dump_json()) | {"active": True} | unrefused
        if event.rules is not None:
            made["rules"] = event.rules.model_dump(exclude_defaults=True)
        state["deployments"].setdefault(key, made)
    elif key in state["deployments"] and state["deployments"][key]["active"]:
        state["deployments"][key]["active"] = False
        if event.event_type() == "peripheral.DeploymentRefused.v1":
            refusal = {"refusal_reason": event.reason, "refusal_message": event.message}
            state["deployments"][key] |= refusal


def fold_activation(state: State, event: Any, _offset: int, partition: int) -> None:
    fence = state["partition_epochs"].get((partition,), {"epoch": 0})["epoch"]
    kind = event.event_type()
    if event.epoch < fence:
        return
    if kind == "peripheral.PartitionClaimed.v1":
        state["partition_epochs"][(partition,)] = {"partition": partition, "epoch": event.epoch}
        return
    key = (event.deployment_id, partition)
    if kind == "peripheral.StrategyActivated.v1":
        row = event.model_dump(exclude={"epoch", "from_offset"})
        row |= {"from_offset": event.from_offset, "until_offset": None}
        state["activations"].setdefault(key, row)
    elif key in state["activations"] and state["activations"][key]["until_offset"] is None:
        state["activations"][key]["until_offset"] = event.from_offset


def fold_chat(state: State, event: Any, offset: int, _partition: int) -> None:
    key = (event.conversation_id, event.turn_id)
    turn = state["chat_turns"].get(key)
    kind = type(event).__name__
    if kind == "TurnPosted":
        posted = event.model_dump() | {"posted_offset": offset}
        unanswered = {"reply": "", "reply_state": "waiting", "attempt": 0}
        unknown = {"model": None, "reason": None, "remedy": None}
        state["chat_turns"].setdefault(key, posted | unanswered | unknown)
        return
    if turn is None or turn["reply_state"] in ("completed", "failed"):
        return
    if event.attempt < turn["attempt"]:
        return
    if kind == "ReplyStarted":
        turn |= {"reply": "", "reply_state": "writing", "model": event.model}
    elif kind == "ReplyCompleted":
        turn |= {"reply": event.text, "reply_state": "completed", "model": event.model}
    elif kind == "ReplyFailed":
        turn |= {"reply_state": "failed", "reason": event.reason, "remedy": event.remedy}
    elif event.attempt == turn["attempt"] and turn["reply_state"] == "writing":
        turn["reply"] += event.text
    if kind != "ReplyDelta":
        turn["attempt"] = event.attempt


def fold_action(state: State, event: Any, offset: int, _partition: int) -> None:
    kind = {"SplitDeclared": "split", "DividendDeclared": "dividend"}[type(event).__name__]
    empty = {"number": 1, "ratio": None, "amount": None, "currency": None}
    row = empty | event.model_dump() | {"type": kind}
    key = (event.symbol, event.feed, event.ex_date, kind, row["number"])
    settle(state["actions"], key, row, offset)


def fold_instrument(state: State, event: Any, offset: int, _partition: int) -> None:
    if isinstance(event, Listed):
        fields = {"symbol", "feed", "sector", "calendar", "first_day", "last_day"}
        row = event.event.model_dump(include=fields) | {"source_offset": offset}
        row |= {"known_at": utc(event.at_ms * 1000)}
        state["listings"][row["symbol"], row["feed"], offset] = row
        return
    settle(state["instruments"], (event.symbol, event.feed), event.model_dump(), offset)


def fold_universe(state: State, event: Any, offset: int, _partition: int) -> None:
    row = json.loads(event.model_dump_json()) | {"effective_at": utc(event.effective_ts)}
    del row["effective_ts"]
    settle(state["universes"], (event.universe, row["effective_at"]), row, offset)


def fold_standing(state: State, event: Any, at_ms: int, _partition: int) -> None:
    rows, key, at = state["standing_screens"], (event.screen_id,), utc(at_ms * 1000)
    kind = type(event).__name__
    if kind == "ScreenRegistered":
        row = json.loads(event.model_dump_json()) | {"registered_at": at, "state": "active"}
        row["begin_ts"] = row["begin_ts"] and utc(row["begin_ts"])
        rows.setdefault(key, row | dict.fromkeys(("ended_at", "reason", "message")))
    elif key in rows and rows[key]["state"] == "active":
        rows[key] |= {"state": "ended", "ended_at": at}
        if kind == "ScreenRefused":
            rows[key] |= {"state": "refused", "reason": event.reason, "message": event.message}


def fold_screen_close(state: State, event: Any, _at_ms: int, _partition: int) -> None:
    row = json.loads(event.model_dump_json()) | {"close_at": utc(event.close_ts)}
    del row["close_ts"]
    state["screen_closes"].setdefault((event.screen_id, row["close_at"]), row)


def settle(rows: Rows, key: tuple[Any, ...], row: Row, offset: int) -> None:
    """The latest row of a key counts; a repeat leaves its offset as it was."""
    stored = rows.get(key)
    if stored is None or {**stored, "source_offset": 0} != {**row, "source_offset": 0}:
        rows[key] = row | {"source_offset": offset}


def fold_request(state: State, event: Any, at_ms: int, queue: str) -> None:
    rows = state["research_requests"]
    key = (event.request_id, queue)
    at = utc(at_ms * 1000)
    kind = {"RunBacktest": "backtest", "RunScreen": "screen"}.get(type(event).__name__)
    if kind is not None:
        row: Row = dict.fromkeys(name for name, _ in BY_NAME["research_requests"].columns)
        row |= json.loads(event.model_dump_json()) | {"kind": kind}
        for name in ("begin_ts", "end_ts", "as_of_ts"):
            row[name] = row[name] and utc(row[name])
        rows.setdefault(key, row | {"queue": queue, "requested_at": at})
    elif key in rows and rows[key]["cancel_at"] is None:
        rows[key]["cancel_at"] = at


def fold_result(state: State, event: Any, at_ms: int, _partition: int) -> None:
    rows, key, at = state["research_results"], (event.request_id,), utc(at_ms * 1000)
    kind = type(event).__name__.removeprefix("Research").lower()
    empty = dict.fromkeys(name for name, _ in BY_NAME["research_results"].columns)
    row = rows.get(key)
    if row is not None and row["state"] != "running":
        return
    begun = empty | {"request_id": event.request_id, "state": "running", "done": 0, "total": 0}
    begun |= {"attempt": event.attempt, "updated_at": at}
    if kind == "started":
        if row is None or event.attempt > row["attempt"]:
            rows[key] = begun | {"started_at": at}
    elif kind == "progressed":
        if row is not None and row["attempt"] == event.attempt:
            row |= {"done": event.done, "total": event.total, "updated_at": at}
    else:
        said = json.loads(event.model_dump_json())
        rows[key] = (row or begun) | said | {"state": kind, "updated_at": at, "ended_at": at}
        if kind == "completed":
            rows[key] |= {"done": event.bars, "total": event.bars}


def fold_trials(state: State, event: Any, at_ms: int, _partition: int) -> None:
    said = json.loads(event.model_dump_json())
    for trial in said.pop("trials"):
        told = [said["wasm_sha256"], sorted(said["symbols"]), said["interval"]]
        told += [
            said["begin_ts"],
            said["end_ts"],
            [[k, v] for k, v in sorted(trial["params"].items())],
        ]
        digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
        row = said | trial | {"trial_sha256": digest, "made_at": utc(at_ms * 1000)}
        row |= {"begin_ts": utc(said["begin_ts"]), "end_ts": utc(said["end_ts"])}
        state["research_trials"].setdefault((event.strategy_id, digest), row)


BY_NAME = {table.name: table for table in TABLES}
FOLDS = {
    catalog.BARS: fold_bar,
    catalog.CORRECTIONS: fold_correction,
    catalog.ACTIONS: fold_action,
    catalog.INSTRUMENTS: fold_instrument,
    catalog.INDICATORS: fold_indicators,
    catalog.SIGNALS: fold_signal,
    catalog.ALERTS: fold_alert,
    catalog.FAULTS: fold_fault,
    catalog.EDITS: fold_edit,
    catalog.VERSIONS: fold_version,
    catalog.DEPLOYMENTS: fold_deployment,
    catalog.ACTIVATIONS: fold_activation,
    catalog.CHAT: fold_chat,
    catalog.RESEARCH_REQUESTS: lambda s, e, at, _: fold_request(s, e, at, "interactive"),
    catalog.RESEARCH_BATCH: lambda s, e, at, _: fold_request(s, e, at, "batch"),
    catalog.RESEARCH_RESULTS: fold_result,
    catalog.UNIVERSES: fold_universe,
    catalog.STANDING: fold_standing,
    catalog.SCREENS: fold_screen_close,
    catalog.RESEARCH_TRIALS: fold_trials,
}


def actual(url: str) -> State:
    """The rows of every table of a database, by key."""
    with psycopg.connect(url, row_factory=psycopg.rows.dict_row) as connection:
        connection.execute("SET timezone = 'UTC'")
        return {
            table.name: {
                tuple(row[name] for name in table.key): row
                for row in connection.execute(table.ordered)
            }
            for table in TABLES
        }


def comparable(state: State) -> dict[str, dict[str, str]]:
    """Every row as text, by table and key: equal only if every bit of every float is."""
    return {
        name: {
            repr(key): repr({column: exact(row[column]) for column in sorted(row)})
            for key, row in rows.items()
        }
        for name, rows in state.items()
    }


def exact(value: Any) -> Any:
    """A value whose repr shows all of it and nothing else: dicts in order, times in UTC."""
    if isinstance(value, dict):
        return {key: exact(value[key]) for key in sorted(value)}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value
