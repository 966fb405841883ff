"""The cores without a database: what a batch means, in rows."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from processors.projections.core import chat, deployments, strategies
from processors.projections.core.bars import bar_rows
from processors.projections.core.binary_copy import groups, tuples
from processors.projections.core.indicators import IndicatorDecoder, indicator_rows
from processors.projections.core.repeats import rising
from schemas.events.chat import ReplyCompleted, ReplyDelta, ReplyStarted, TurnPosted
from schemas.events.indicators import PANEL_COLUMNS
from schemas.events.strategies import (
    SeriesFilter,
    StrategyDeleted,
    StrategyDeployed,
    StrategyEdited,
    StrategyUndeployed,
)
from schemas.series import Series
from streams import catalog
from streams.bars import BarDecoder, SeriesGate
from tests.processors.projections.memory_log import PARTITIONS, MemoryLog
from tests.processors.projections.scenario import bar, indicators

SERIES = Series("test", "S0", "1m")


def test_tuples_are_laid_out_as_the_manual_says() -> None:
    data = tuples((np.array([1, -2]), np.array([0.5, 1.5]), b"ab", None), 2)
    row = struct.Struct(">h i q i d i 2s i")
    assert list(row.iter_unpack(data)) == [
        (4, 8, 1, 8, 0.5, 2, b"ab", -1),
        (4, 8, -2, 8, 1.5, 2, b"ab", -1),
    ]


def test_groups_hold_each_row_once_with_its_equals() -> None:
    labels = np.array([[0, 1], [1, 1], [0, 1], [1, 0]])
    found = sorted(group.tolist() for group in groups(labels))
    assert found == [[0, 2], [1], [3]]
    assert groups(np.empty((0, 2))) == []


def test_marks_that_do_not_rise_are_repeats() -> None:
    marks = [(3, 0), (4, 0), (4, 1), (4, 0), (4, 1), (5, 0)]
    assert rising((3, 5), marks) == ([1, 2, 5], (5, 0))
    assert rising((9, 0), marks) == ([], (9, 0))


def test_a_bar_corrected_in_its_batch_ends_with_its_last_values() -> None:
    log = MemoryLog()
    for minute, close in ((0, 10.0), (1, 11.0), (1, 12.0), (1, 13.0), (0, 9.0), (2, 14.0)):
        partition = log.append(catalog.BARS, bar(SERIES, minute, close), SERIES.key).partition
    batch = BarDecoder(partition, PARTITIONS).decode(log.topics[catalog.BARS.name][partition])
    verdicts, _ = SeriesGate().admit(batch)
    rows = bar_rows(batch, verdicts)
    assert [row.close for row in rows.new.rows()] == [10.0, 11.0, 14.0]
    assert [(row.close, row.source_offset) for row in rows.corrected.rows()] == [(13.0, 3)]
    assert [row.last_ts for row in rows.series] == [rows.new.rows()[-1].ts]


def test_indicators_that_warm_up_are_null() -> None:
    log = MemoryLog()
    for minute in range(3):
        computed = indicators(bar(SERIES, minute, 7.0), minute, known=minute)
        partition = log.append(catalog.INDICATORS, computed, SERIES.key).partition
    records = log.topics[catalog.INDICATORS.name][partition]
    values, rejections = IndicatorDecoder(partition, PARTITIONS).decode(records)
    rows = list(indicator_rows(values).rows())
    assert not rejections
    assert [sum(value is None for value in row) for row in rows] == [
        len(PANEL_COLUMNS) - known for known in range(3)
    ]


def folded(fold: Any, events: list[Any]) -> Any:
    row = None
    for offset, event in enumerate(events):
        row = fold.advance(row, event, offset)
    return row


def test_a_reply_is_the_newest_attempts_until_one_is_final() -> None:
    ids: dict[str, Any] = {"conversation_id": "c", "turn_id": "t"}
    posted = TurnPosted(**ids, author="me", text="hello")

    def started(attempt: int) -> ReplyStarted:
        return ReplyStarted(**ids, attempt=attempt, model="m", lease_s=1.0)

    def delta(attempt: int, text: str) -> ReplyDelta:
        return ReplyDelta(**ids, attempt=attempt, index=0, text=text)

    def completed(attempt: int, text: str) -> ReplyCompleted:
        return ReplyCompleted(
            **ids, attempt=attempt, text=text, model="m", prompt_tokens=1, completion_tokens=1
        )

    events = [delta(1, "lost"), posted, started(1), delta(1, "a"), delta(1, "b")]
    assert folded(chat.FOLD, events).reply == "ab"
    again = [*events, started(2), delta(1, "late"), delta(2, "c"), completed(1, "late")]
    row = folded(chat.FOLD, again)
    assert (row.reply, row.reply_state, row.attempt) == ("c", chat.WRITING, 2)
    row = folded(chat.FOLD, [*again, completed(2, "whole"), started(3), delta(3, "more")])
    assert (row.reply, row.reply_state, row.attempt) == ("whole", chat.COMPLETED, 2)


def test_a_deleted_strategy_comes_back_with_its_next_edit() -> None:
    edited = StrategyEdited(strategy_id="s", edit_id="1", name="n", source="x", author="a")
    deleted = StrategyDeleted(strategy_id="s", edit_id="2", author="a")
    assert folded(strategies.FOLD, [deleted]) is None
    row = folded(strategies.FOLD, [edited, deleted])
    assert (row.deleted, row.last_edit_id, row.edited_offset) == (True, "2", 1)
    assert folded(strategies.FOLD, [edited, deleted, edited]).deleted is False


def test_a_deployment_is_made_once_and_ends_once() -> None:
    def deployed(version: int) -> StrategyDeployed:
        return StrategyDeployed(
            deployment_id="d",
            strategy_id="s",
            version=version,
            params={},
            series=SeriesFilter(),
            author="a",
        )

    ended = StrategyUndeployed(deployment_id="d", strategy_id="s", author="a")
    assert folded(deployments.FOLD, [ended]) is None
    row = folded(deployments.FOLD, [deployed(1), ended, deployed(2)])
    assert (row.version, row.active) == (1, False)
