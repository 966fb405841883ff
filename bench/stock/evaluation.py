"""Bars in → signals of deployed examples out, with receipts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from bench.live.strategies import TEN, THREE, Deployment
from bench.stock.panels import PerBar
from bench.stock.state import raw_topic, state_of
from processors.evaluation.run import ACTION_OF, numbers
from sandbox.columns import unpacked
from sandbox.host.outputs import Outputs
from schemas.events.signals import FIRST_IN_CHAIN, Receipt, SignalEmitted, sealed
from schemas.series import interval_us
from streams.bars import BarRecord
from streams.catalog import BARS, SIGNALS
from streams.codec import event_headers
from streams.settings import Settings

STRATEGIES = "BENCH_STOCK_STRATEGIES"
CHOICES = {"three": THREE, "ten": TEN}


@dataclass(frozen=True, slots=True)
class Strategy:
    """A deployment as it runs. seq: its place among those that see a bar."""

    about: Deployment
    seq: int
    code: PerBar
    chains: dict[bytes, str]
    """Each series' last receipt."""

    def signal(self, key: bytes, bar: BarRecord, outputs: Outputs, message: Any) -> bytes:
        """What it said at the bar."""
        metadata = self.code.instance.metadata
        signal = SignalEmitted(
            feed=bar.feed,
            symbol=bar.symbol,
            interval=bar.interval,
            ts=bar.ts,
            source_offset=message.offset,
            seq=self.seq,
            deployment_id=self.about.name,
            strategy_id=self.about.strategy,
            version=1,
            action=ACTION_OF[unpacked(int(outputs.signal[0])).code],
            price=bar.close,
            size=numbers(outputs.size)[0],
            score=numbers(outputs.score)[0],
            plots=dict(zip(metadata.plots, numbers(outputs.plots[:, 0]), strict=True)),
            receipt=Receipt(
                topic=BARS.name,
                partition=message.partition,
                offset=message.offset,
                wasm_sha256=self.code.wasm_sha256,
                library_version=metadata.library_version,
                params=self.about.params,
                active_from_offset=0,
                previous=self.chains.get(key, FIRST_IN_CHAIN),
                hash="",
            ),
        )
        value, self.chains[key] = sealed(signal.model_dump_json().encode())
        return value


def strategies(app: Any, *, durable: bool) -> list[Strategy]:
    """As many as BENCH_STOCK_STRATEGIES says, compiled."""
    chosen = CHOICES[os.environ.get(STRATEGIES, "three")]
    return [
        Strategy(about, seq, per_bar(app, about, durable=durable), {})
        for seq, about in enumerate(chosen)
    ]


def per_bar(app: Any, about: Deployment, *, durable: bool) -> PerBar:
    """A deployment's code with its state."""
    return PerBar(about.path.read_text(), state_of(app, about.name, durable=durable), about.params)


def attach(app: Any, _settings: Settings, *, durable: bool) -> None:
    """One agent."""
    signals = raw_topic(app, SIGNALS.name)
    running = strategies(app, durable=durable)
    decode = msgspec.json.Decoder(BarRecord).decode

    @app.agent(raw_topic(app, BARS.name))  # type: ignore[untyped-decorator]  # faust has no types
    async def evaluate(stream: Any) -> None:
        async for event in stream.events():
            bar = decode(event.value)
            for strategy in running:
                outputs = strategy.code.evaluate(event.key, bar)
                if not np.any(outputs.signal):
                    continue
                place = f"{event.message.partition}/{event.message.offset}/{strategy.seq}"
                await signals.send(
                    key=event.key,
                    value=strategy.signal(event.key, bar, outputs, event.message),
                    headers=event_headers(
                        SignalEmitted.event_type(),
                        f"{SIGNALS.name}/{place}",
                        "/stock/evaluation",
                        bar.ts + interval_us(bar.interval),
                    ),
                )
