"""One deployment on one partition: its state blocks, and what it says at each bar."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from processors.evaluation.values import Plots, ReceiptRecord, SignalRecord, encode_signal
from sandbox.host.instance import Instance
from sandbox.host.outputs import Outputs, SignalCode
from schemas.events.signals import ACTIONS, FIRST_IN_CHAIN, Action
from schemas.events.strategies import StrategyCompiled, StrategyDeployed
from streams.activations import Activation
from streams.bars import BarBatch
from streams.catalog import BARS

logger = logging.getLogger(__name__)

ACTION_OF: dict[int, Action] = {
    SignalCode.ENTER_LONG: ACTIONS[0],
    SignalCode.ENTER_SHORT: ACTIONS[1],
    SignalCode.EXIT: ACTIONS[2],
}


@dataclass(slots=True)
class SeriesState:
    """A deployment's state of one series. next_offset: its bars below are in the block."""

    block: int
    next_offset: int
    chain: str = FIRST_IN_CHAIN
    """Hash of the last signal's receipt."""


@dataclass(frozen=True, slots=True)
class Emission:
    """A signal to be: what the strategy said at a row of a batch."""

    run: Run
    key: bytes
    row: int
    offset: int
    action: Action
    size: float | None
    score: float | None
    plots: Plots


class Run:
    """The state blocks of a deployment's series on one partition."""

    def __init__(
        self, deployment: StrategyDeployed, version: StrategyCompiled, instance: Instance
    ) -> None:
        self.deployment = deployment
        self.version = version
        self.activation: Activation | None = None
        self._instance = instance
        self._states: dict[bytes, SeriesState | None] = {}
        """None for a series that the deployment does not run on."""
        self._moved: set[bytes] = set()

    def advance(self, batch: BarBatch, rows: NDArray[np.intp]) -> Iterator[Emission]:
        """Evaluate the rows that are this deployment's and new to it; what it says where active.

        rows: (k,) admitted rows of the batch, ascending.
        """
        states = [self._state(key, batch, code) for code, key in enumerate(batch.keys)]
        nexts = [np.iinfo(np.int64).max if s is None else s.next_offset for s in states]
        mine = rows[batch.offsets[rows] >= np.array(nexts, np.int64)[batch.codes[rows]]]
        if not len(mine):
            return
        blocks = np.array([-1 if s is None else s.block for s in states], np.int32)
        outputs = self._instance.evaluate(blocks[batch.codes[mine]], batch.columns.take(mine))
        last_offsets = dict(
            zip(batch.codes[mine].tolist(), batch.offsets[mine].tolist(), strict=True)
        )
        for code, offset in last_offsets.items():
            self._seen(batch.keys[code], offset + 1)
        self._say_trapped(int(np.count_nonzero(outputs.trapped)), batch.partition)
        if self.activation is not None:
            yield from self._said(batch, mine, outputs, self.activation)

    def _say_trapped(self, count: int, partition: int) -> None:
        if count:
            name = self.deployment.deployment_id
            logger.warning("%s could not be evaluated on %d bars of %d", name, count, partition)

    def _said(
        self, batch: BarBatch, rows: NDArray[np.intp], outputs: Outputs, activation: Activation
    ) -> Iterator[Emission]:
        """What the strategy said at those of the rows at which it is active."""
        places = np.flatnonzero(outputs.signal)
        said = zip(
            rows[places].tolist(),
            batch.offsets[rows[places]].tolist(),
            outputs.signal[places].tolist(),
            outputs.size[places].tolist(),
            outputs.score[places].tolist(),
            outputs.plots[:, places].T.tolist(),
            strict=True,
        )
        for row, offset, code, size, score, plots in said:
            if activation.covers(offset):
                yield Emission(
                    run=self,
                    key=batch.keys[batch.codes[row]],
                    row=row,
                    offset=offset,
                    action=ACTION_OF[code],
                    size=number(size),
                    score=number(score),
                    plots=dict(zip(self.version.plots, map(number, plots), strict=True)),
                )

    def signal(self, emission: Emission, batch: BarBatch, seq: int) -> bytes:
        """The signal of an emission, sealed; the chain of its series goes on with it."""
        state = self._states[emission.key]
        assert state is not None and self.activation is not None
        series = batch.series[int(batch.codes[emission.row])]
        value, state.chain = encode_signal(
            SignalRecord(
                source_offset=emission.offset,
                seq=seq,
                feed=series.feed,
                symbol=series.symbol,
                interval=series.interval,
                ts=int(batch.columns.ts[emission.row]),
                deployment_id=self.deployment.deployment_id,
                strategy_id=self.deployment.strategy_id,
                version=self.deployment.version,
                action=emission.action,
                price=float(batch.columns.close[emission.row]),
                size=emission.size,
                score=emission.score,
                plots=emission.plots,
                receipt=ReceiptRecord(
                    topic=BARS.name,
                    partition=batch.partition,
                    offset=emission.offset,
                    wasm_sha256=self.version.wasm_sha256,
                    library_version=self.version.library_version,
                    params=self.deployment.params,
                    active_from_offset=self.activation.from_offset,
                    previous=state.chain,
                ),
            )
        )
        return value

    def entries(self, *, everything: bool) -> list[tuple[str, bytes]]:
        """State as bytes by series key: of what moved since the last call, or all."""
        moved, self._moved = self._moved, set()
        return [
            (
                key.decode(),
                msgspec.msgpack.encode(
                    (state.next_offset, state.chain, self._instance.save(state.block))
                ),
            )
            for key, state in sorted(self._states.items())
            if state is not None and (everything or key in moved)
        ]

    def restore(self, key: str, entry: bytes) -> None:
        """Take over a series' state from a snapshot."""
        next_offset, chain, saved = msgspec.msgpack.decode(entry, type=tuple[int, str, bytes])
        block = self._instance.allocate(self.deployment.params)
        self._instance.restore(block, saved)
        self._states[key.encode()] = SeriesState(block, next_offset, chain)

    def close(self) -> list[str]:
        """Give the blocks back; the keys of the series whose state is gone."""
        keys = [key for key, state in self._states.items() if state is not None]
        for state in self._states.values():
            if state is not None:
                self._instance.free(state.block)
        self._states.clear()
        return [key.decode() for key in keys]

    def _state(self, key: bytes, batch: BarBatch, code: int) -> SeriesState | None:
        if key not in self._states:
            matches = self.deployment.series.matches(batch.series[code])
            self._states[key] = (
                SeriesState(self._instance.allocate(self.deployment.params), 0) if matches else None
            )
        return self._states[key]

    def _seen(self, key: bytes, next_offset: int) -> None:
        state = self._states[key]
        assert state is not None
        state.next_offset = next_offset
        self._moved.add(key)


def number(value: float) -> float | None:
    """None for what is no number in JSON: na, and the infinities that a division by zero gives."""
    return value if math.isfinite(value) else None
