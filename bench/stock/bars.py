"""Bars in → corrections out: a bar that came again with other values."""

from __future__ import annotations

from typing import Any

import msgspec

from bench.stock.state import raw_topic, state_of
from schemas.events.market import BarClosed, BarCorrected, BarValues
from streams.bars import BarRecord
from streams.catalog import BARS, CORRECTIONS
from streams.codec import event_headers
from streams.settings import Settings

NUMBERS = tuple(BarValues.model_fields)


def attach(app: Any, _settings: Settings, *, durable: bool) -> None:
    """One agent."""
    corrections = raw_topic(app, CORRECTIONS.name)
    last = state_of(app, "bars", durable=durable)
    decode = msgspec.json.Decoder(BarRecord).decode

    @app.agent(raw_topic(app, BARS.name))  # type: ignore[untyped-decorator]  # faust has no types
    async def compare(stream: Any) -> None:
        async for event in stream.events():
            bar = decode(event.value)
            before = last.get(event.key)
            last[event.key] = event.value
            if before is None:
                continue
            earlier = decode(before)
            if earlier.ts == bar.ts and earlier != bar:
                corrected = corrected_bar(bar, earlier, event.message.offset)
                await corrections.send(
                    key=event.key,
                    value=corrected.model_dump_json().encode(),
                    headers=event_headers(
                        corrected.event_type(), f"{event.message.offset}", "/stock", bar.ts
                    ),
                )


def corrected_bar(bar: BarRecord, earlier: BarRecord, offset: int) -> BarCorrected:
    """The event of a bar that differs from an earlier one of the same ts."""
    return BarCorrected(
        **BarClosed(**msgspec.structs.asdict(bar)).model_dump(),
        previous=BarValues(**{name: getattr(earlier, name) for name in NUMBERS}),
        source_offset=offset,
        seq=0,
    )
