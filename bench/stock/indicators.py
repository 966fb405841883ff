"""Bars in → one row of indicator values a bar out."""

from __future__ import annotations

from typing import Any

import msgspec

from bench.stock.panels import PerBar
from bench.stock.state import raw_topic, state_of
from processors.indicators.agent import panel_source
from processors.indicators.core import EVENT_TYPE, IndicatorsRecord
from schemas.series import interval_us
from streams.bars import BarRecord
from streams.catalog import BARS, INDICATORS
from streams.codec import event_headers
from streams.settings import Settings


def attach(app: Any, _settings: Settings, *, durable: bool) -> None:
    """One agent."""
    indicators = raw_topic(app, INDICATORS.name)
    panel = PerBar(panel_source(), state_of(app, "panel", durable=durable))
    library = panel.instance.metadata.library_version
    decode = msgspec.json.Decoder(BarRecord).decode
    encode = msgspec.json.Encoder().encode

    @app.agent(raw_topic(app, BARS.name))  # type: ignore[untyped-decorator]  # faust has no types
    async def compute(stream: Any) -> None:
        async for event in stream.events():
            bar = decode(event.value)
            outputs = panel.evaluate(event.key, bar)
            offset = event.message.offset
            values = [None if v != v else v for v in outputs.plots[:, 0].tolist()]
            row = IndicatorsRecord(
                bar.feed, bar.symbol, bar.interval, bar.ts, offset, 0, library, *values
            )
            await indicators.send(
                key=event.key,
                value=encode(row),
                headers=event_headers(
                    EVENT_TYPE,
                    f"{INDICATORS.name}/{event.message.partition}/{offset}/0",
                    "/stock/indicators",
                    bar.ts + interval_us(bar.interval),
                ),
            )
