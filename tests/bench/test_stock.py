"""The stock agents do the same work as ours: bar by bar they come to the same values."""

from __future__ import annotations

from collections import UserDict

import msgspec
import numpy as np

from bench.market import Market, random_walks
from bench.records import Fetched, as_records
from bench.stock.panels import PerBar
from processors.indicators.agent import panel_source
from processors.indicators.core import IndicatorsFold
from sandbox.compiler.driver import compile_source
from sandbox.host.engine import SandboxEngine
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from streams.bars import BarRecord
from streams.catalog import INDICATORS
from streams.snapshots import Snapshot

MARKET = random_walks("bench", symbols=2, bars=60)
CUT = 50


class Table(UserDict[bytes, bytes]):
    """Keeps what is stored, as a Faust table does."""


def per_bar(panel: PerBar, records: list[Fetched]) -> list[list[float]]:
    decode = msgspec.json.Decoder(BarRecord).decode
    return [panel.evaluate(r.key, decode(r.value)).plots[:, 0].tolist() for r in records]


def one_partition(market: Market) -> list[Fetched]:
    return as_records(market, partitions=1, partition=0)


async def test_per_bar_values_are_those_of_our_agent() -> None:
    module = load_module(SandboxEngine(), compile_source(panel_source()).wasm)
    fold = IndicatorsFold(0, 1, Instance(module, 10), Snapshot())
    records = one_partition(MARKET)
    outputs = await fold.advance(records)
    rows = [msgspec.json.decode(o.value or b"") for o in outputs[INDICATORS.name]]
    names = module.metadata.plots
    ours = [[np.nan if row[n] is None else row[n] for n in names] for row in rows]
    assert len(rows) == len(MARKET)
    np.testing.assert_array_equal(per_bar(PerBar(panel_source(), {}), records), ours)


def test_state_in_a_table_goes_on_after_a_restart() -> None:
    records = one_partition(MARKET)
    whole = per_bar(PerBar(panel_source(), {}), records)
    table = Table()
    before = per_bar(PerBar(panel_source(), table), records[:CUT])
    after = per_bar(PerBar(panel_source(), table), records[CUT:])
    np.testing.assert_array_equal(before + after, whole)
