"""One row of indicator values a bar, the same bytes however the log is cut or owned."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.indicators.agent import panel_source
from processors.indicators.core import IndicatorsFold
from sandbox.compiler.driver import compile_source
from sandbox.host.engine import SandboxEngine
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from schemas.events.indicators import PANEL_COLUMNS, IndicatorsComputed
from streams.bars import BarDecoder, SeriesGate, Verdict
from streams.catalog import INDICATORS
from streams.codec import decode, header
from streams.records import Record
from streams.snapshots import Snapshot
from tests.processors.owners import EVERYTHING, Partition, Step, live, steps
from tests.records import SERIES, Written, all_written, bar, pieces, walk

WALK = walk(240, seed=2)


class Panel:
    """The panel, compiled."""

    def __init__(self, engine: SandboxEngine) -> None:
        self._module = load_module(engine, compile_source(panel_source()).wasm)
        self.whole = self.folded([WALK])

    async def make_fold(self, snapshot: Snapshot) -> IndicatorsFold:
        return IndicatorsFold(0, 1, Instance(self._module, 1000), snapshot)

    def folded(self, batches: Sequence[Sequence[Record]]) -> list[Written]:
        async def fold() -> list[Written]:
            indicators = await self.make_fold(Snapshot())
            outputs = [await indicators.advance(batch) for batch in batches]
            return all_written(outputs)[INDICATORS.name]

        return asyncio.run(fold())


@pytest.fixture(scope="module")
def panel() -> Iterator[Panel]:
    engine = SandboxEngine()
    yield Panel(engine)
    engine.close()


def test_each_bar_that_counts_has_a_row_and_no_other(panel: Panel) -> None:
    batch = BarDecoder(0, 1).decode(WALK)
    verdicts, _ = SeriesGate().admit(batch)
    counting = batch.offsets[verdicts == Verdict.ADMITTED].tolist()
    assert [json.loads(value or b"")["source_offset"] for _, value, _, _ in panel.whole] == counting
    assert len(counting) < len(WALK), "some do not count"


def test_a_row_is_the_published_event_and_the_contract_reads_it(panel: Panel) -> None:
    for key, value, headers, _ in panel.whole:
        event = decode(value, headers, (IndicatorsComputed,))
        assert isinstance(event, IndicatorsComputed)
        assert event.series.key.encode() == key
        assert json.loads(value or b"") == event.model_dump(), "no field is left out or added"


def test_values_are_those_of_the_series_alone(panel: Panel) -> None:
    one = SERIES[0].key.encode()
    alone = panel.folded([[record for record in WALK if record.key == one]])
    assert [row for row in panel.whole if row[0] == one] == alone


def test_an_average_warms_up_and_is_then_the_mean(panel: Panel) -> None:
    closes = [2.0 + 0.01 * day for day in range(25)]
    rows = panel.folded([[bar(day, day=day, close=close) for day, close in enumerate(closes)]])
    means = [json.loads(value or b"")["sma_20"] for _, value, _, _ in rows]
    assert means[:19] == [None] * 19
    assert math.isclose(means[24], float(np.mean(closes[5:])), rel_tol=1e-12)


def test_values_beyond_a_double_are_null(panel: Panel) -> None:
    huge = [bar(day, day=day, low=-1.7e308, high=1.7e308, close=1.7e308) for day in range(25)]
    rows = [json.loads(value or b"") for _, value, _, _ in panel.folded([huge])]
    assert rows[24]["sma_20"] is None
    assert all(set(PANEL_COLUMNS) < set(row) for row in rows)


def test_a_row_carries_trace_time_and_an_id_made_of_its_place(panel: Panel) -> None:
    _, value, headers, timestamp_ms = next(
        row for row in panel.whole if header(row[2], "traceparent")
    )
    offset = json.loads(value or b"")["source_offset"]
    assert header(headers, "traceparent") == b"00-%032x-01" % offset
    assert header(headers, "ce_id") == f"indicators.values.v1/0/{offset}/0".encode()
    assert timestamp_ms == WALK[offset].timestamp


@settings(max_examples=30, deadline=None, derandomize=True)
@given(cuts=st.lists(st.integers(1, len(WALK)), max_size=12))
def test_outputs_do_not_depend_on_where_the_log_is_cut(panel: Panel, cuts: list[int]) -> None:
    assert panel.folded(pieces(WALK, cuts)) == panel.whole


def test_outputs_are_the_same_record_by_record(panel: Panel) -> None:
    assert panel.folded([[record] for record in WALK]) == panel.whole


@settings(max_examples=100, deadline=None, derandomize=True)
@given(happens=steps())
def test_whatever_happens_to_owners_readers_see_each_row_once(
    panel: Panel, happens: list[Step]
) -> None:
    seen = asyncio.run(live(Partition(WALK, panel.make_fold), happens))
    assert seen == {INDICATORS.name: panel.whole}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(first=st.integers(1, 200), more=st.integers(1, 40), kept=st.integers(0, 6))
def test_a_checkpoint_may_be_cut_short_anywhere(
    panel: Panel, first: int, more: int, kept: int
) -> None:
    happens = [
        ("publish", 0, 240),
        ("advance", 0, first),
        ("save", 0, EVERYTHING),
        ("advance", 0, more),
        ("save", 0, kept),
    ]
    assert asyncio.run(live(Partition(WALK, panel.make_fold), happens)) == {
        INDICATORS.name: panel.whole
    }
