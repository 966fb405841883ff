"""One deployment on one partition: its state blocks, and what it says at each bar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from processors.evaluation.budgets import HOST_STEPS
from processors.evaluation.instances import AnyInstance
from processors.evaluation.said import NOTHING, Alert, Emission, Fault, Said
from processors.evaluation.traps import TrapLog
from processors.evaluation.values import ReceiptRecord, SignalRecord, encode_signal
from sandbox.columns import PRICES, PROTECTIVE, Ordered, SignalCode, unpacked
from sandbox.errors import BlockError, ModuleError
from sandbox.fills import UNLIMITED, FillRules
from sandbox.host.outputs import Outputs
from schemas.events.signals import ACTIONS, FIRST_IN_CHAIN, ORDERS, Action, Order
from schemas.events.strategies import StrategyCompiled, StrategyDeployed
from schemas.series import Series
from streams.activations import Activation
from streams.bars import BarBatch
from streams.catalog import BARS

ENTER_LONG, ENTER_SHORT, EXIT = ACTIONS
ORDER, PROTECT, CANCEL = ORDERS
ACTION_OF: dict[int, Action | Order] = {
    SignalCode.ENTER_LONG: ENTER_LONG,
    SignalCode.ENTER_SHORT: ENTER_SHORT,
    SignalCode.EXIT: EXIT,
    SignalCode.ORDER: ORDER,
    SignalCode.CANCEL: CANCEL,
}
LEVELS = (*PRICES, *PROTECTIVE)
"""Columns of Outputs that are fields of Intent by the same name."""
PLAIN = Ordered(SignalCode.EXIT)
"""What an exit says that only sets prices, of which all that is held leaves."""

ENCODE = msgspec.msgpack.Encoder().encode

SERIES_BYTES = 1_024
"""About what is kept of a series beside its block."""

Rows = NDArray[np.intp]
About = tuple[int, int, bytes, int, int]
"""Row, code, key, offset and ts of a Saying."""
Entry = tuple[int, str, list[int], bytes]
"""A series in a snapshot: next_offset, chain, offsets of its traps, the block."""


@dataclass(slots=True)
class SeriesState:
    """A deployment's state of one series. next_offset: its bars below are in the block."""

    block: int
    next_offset: int
    chain: str = FIRST_IN_CHAIN
    """Hash of the last signal's receipt."""


class Run:
    """The state blocks of a deployment's series on one partition.

    steps: what its evaluation has cost so far. unfit: why some of its series got no block, if so.
    """

    def __init__(
        self, deployment: StrategyDeployed, version: StrategyCompiled, instance: AnyInstance
    ) -> None:
        self.deployment = deployment
        self.version = version
        self.activation: Activation | None = None
        self.steps = 0
        self.unfit: str | None = None
        self._instance = instance
        self._states: dict[bytes, SeriesState | None] = {}
        """None for a series that the deployment does not run on, or that got no block."""
        self._blocks = 0
        self._moved: set[bytes] = set()
        self._traps = TrapLog(deployment.traps_max)
        self._rules = rules_of(deployment)
        rules = deployment.rules
        self._told_rules = UNSET if rules is None else rules.model_dump(exclude_defaults=True)

    @property
    def name(self) -> str:
        """The deployment's id."""
        return self.deployment.deployment_id

    @property
    def state_bytes(self) -> int:
        """Of the blocks of all its series."""
        return self._blocks * self.version.state_bytes

    @property
    def memory_bytes(self) -> int:
        """Of all that it keeps of its series, whatever its version says."""
        return self._blocks * (self._instance.state_bytes + SERIES_BYTES)

    def runs_on(self, series: Series) -> bool:
        return self.deployment.series.matches(series)

    def advance(self, batch: BarBatch, rows: Rows) -> Said:
        """Evaluate the rows that are this deployment's and new to it; what it says where active.

        rows: (k,) admitted rows of the batch, ascending. Those behind its suspension cost nothing.
        """
        mine = self._mine(batch, rows)
        if not len(mine):
            return NOTHING
        blocks = np.array([self._block(key) for key in batch.keys], np.int32)
        outputs = self._instance.evaluate(blocks[batch.codes[mine]], batch.columns.take(mine))
        self.steps += outputs.steps + HOST_STEPS * len(mine)
        last_offsets = dict(
            zip(batch.codes[mine].tolist(), batch.offsets[mine].tolist(), strict=True)
        )
        for code, offset in last_offsets.items():
            self._seen(batch.keys[code], offset + 1)
        if self.activation is None:
            return NOTHING
        self._log_traps(batch, mine, outputs)  # which say from where on the rest does not count
        return Said(
            list(self._emissions(batch, mine, outputs)),
            list(self._alerts(batch, mine, outputs)) if self.version.alerts else (),
            list(self._faults(batch, mine, outputs)),
        )

    def _mine(self, batch: BarBatch, rows: Rows) -> Rows:
        suspended_at = self._traps.suspended_at
        if suspended_at is not None:
            rows = rows[batch.offsets[rows] <= suspended_at]
        if not len(rows):
            return rows
        states = [self._state(key, batch, code) for code, key in enumerate(batch.keys)]
        nexts = [np.iinfo(np.int64).max if s is None else s.next_offset for s in states]
        return rows[batch.offsets[rows] >= np.array(nexts, np.int64)[batch.codes[rows]]]

    def _block(self, key: bytes) -> int:
        state = self._states[key]
        return -1 if state is None else state.block

    def _counts(self, offset: int) -> bool:
        """Whether what it says at that offset counts."""
        assert self.activation is not None
        return self.activation.covers(offset) and self._traps.covers(offset)

    def _log_traps(self, batch: BarBatch, rows: Rows, outputs: Outputs) -> None:
        for trap in outputs.traps:
            row = rows[trap.row]
            offset = int(batch.offsets[row])
            if self._counts(offset):
                self._traps.add(batch.keys[batch.codes[row]], (offset,))

    def _emissions(self, batch: BarBatch, rows: Rows, outputs: Outputs) -> Iterator[Emission]:
        places = np.flatnonzero(outputs.signal)
        if not len(places):
            return
        levels = np.array([getattr(outputs, name)[places] for name in LEVELS])
        said = zip(
            self._about(batch, rows[places]),
            batch.columns.close[rows[places]].tolist(),
            outputs.signal[places].tolist(),
            numbers(outputs.size[places]),
            numbers(outputs.score[places]),
            prices_of(levels),
            (~np.isnan(levels[-len(PROTECTIVE) :])).any(axis=0).tolist(),
            list(zip(*map(numbers, outputs.plots[:, places]), strict=True)) or [()] * len(places),
            strict=True,
        )
        about: About
        for about, price, signal, size, score, prices, protects, plots in said:
            if not self._counts(about[3]):
                continue
            ordered = unpacked(signal)
            action = ACTION_OF[ordered.code]
            if protects and action == EXIT:  # it leaves later, and only sets prices
                action, ordered, size = PROTECT, PLAIN, None
            yield Emission(
                self,
                *about,
                price,
                action,
                ordered,
                size,
                score,
                prices,
                dict(zip(self.version.plots, plots, strict=True)),
            )

    def _about(self, batch: BarBatch, rows: Rows) -> Iterator[About]:
        """The fields of a Saying at each of the rows."""
        codes = batch.codes[rows].tolist()
        return zip(
            rows.tolist(),
            codes,
            [batch.keys[code] for code in codes],
            batch.offsets[rows].tolist(),
            batch.columns.ts[rows].tolist(),
            strict=True,
        )

    def _alerts(self, batch: BarBatch, rows: Rows, outputs: Outputs) -> Iterator[Alert]:
        places = np.flatnonzero(outputs.alerts)
        masks = outputs.alerts[places].tolist()
        for about, mask in zip(self._about(batch, rows[places]), masks, strict=True):
            if self._counts(about[3]):
                for alert in range(len(self.version.alerts)):
                    if mask >> alert & 1:
                        yield Alert(self, *about, alert)

    def _faults(self, batch: BarBatch, rows: Rows, outputs: Outputs) -> Iterator[Fault]:
        trapped = rows[[trap.row for trap in outputs.traps]]
        for about, trap in zip(self._about(batch, trapped), outputs.traps, strict=True):
            offset = about[3]
            if self._counts(offset):
                said = (self, *about, trap.reason, trap.line, self._traps.count(offset))
                yield Fault(*said, suspends=False)
                if offset == self._traps.suspended_at:
                    yield Fault(*said, suspends=True)

    def signal(self, emission: Emission, batch: BarBatch, seq: int) -> bytes:
        """The signal of an emission, sealed; the chain of its series goes on with it."""
        state = self._states[emission.key]
        assert state is not None and self.activation is not None
        series = batch.series[emission.code]
        value, state.chain = encode_signal(
            SignalRecord(
                source_offset=emission.offset,
                seq=seq,
                feed=series.feed,
                symbol=series.symbol,
                interval=series.interval,
                ts=emission.ts,
                deployment_id=self.deployment.deployment_id,
                strategy_id=self.deployment.strategy_id,
                version=self.deployment.version,
                action=emission.action,
                price=emission.price,
                size=emission.size,
                score=emission.score,
                sizing=emission.ordered.sizing,
                at=emission.ordered.at,
                tif=emission.ordered.tif,
                exits_from=emission.exits_from,
                plots=emission.plots,
                **emission.prices,
                receipt=ReceiptRecord(
                    topic=BARS.name,
                    partition=batch.partition,
                    offset=emission.offset,
                    wasm_sha256=self.version.wasm_sha256,
                    library_version=self.version.library_version,
                    params=self.deployment.params,
                    active_from_offset=self.activation.from_offset,
                    previous=state.chain,
                    rules=self._told_rules,
                ),
            )
        )
        return value

    def entries(self, *, everything: bool) -> list[tuple[str, bytes]]:
        """State as bytes by series key: of what moved since the last call, or all."""
        moved, self._moved = self._moved, set()
        traps = self._traps.by_key()
        chosen = [
            (key, state)
            for key in sorted(self._states if everything else moved)
            if (state := self._states.get(key)) is not None
        ]
        blocks = self._instance.save_many([state.block for _, state in chosen])
        return [
            (
                key.decode(),
                ENCODE((state.next_offset, state.chain, traps.get(key, ()), block)),
            )
            for (key, state), block in zip(chosen, blocks, strict=True)
        ]

    def restore(self, key: str, entry: bytes) -> None:
        """Take over a series' state from a snapshot."""
        next_offset, chain, traps, saved = msgspec.msgpack.decode(entry, type=Entry)
        state = self._states[key.encode()] = self._begin(next_offset, chain)
        if state is not None:
            self._instance.restore(state.block, saved)
        self._traps.add(key.encode(), traps)

    def close(self) -> list[str]:
        """Give the blocks back; the keys of the series whose state is gone."""
        keys = [key for key, state in self._states.items() if state is not None]
        for state in self._states.values():
            if state is not None:
                self._instance.free(state.block)
        self._states.clear()
        self._blocks = 0
        return [key.decode() for key in keys]

    def _state(self, key: bytes, batch: BarBatch, code: int) -> SeriesState | None:
        if key not in self._states:
            matches = self.runs_on(batch.series[code])
            self._states[key] = self._begin(0) if matches else None
        return self._states[key]

    def _begin(self, next_offset: int, chain: str = FIRST_IN_CHAIN) -> SeriesState | None:
        """A series' state in a fresh block; None where there is no room for another one."""
        try:
            block = self._instance.allocate(self.deployment.params, self._rules)
        except (BlockError, ModuleError) as error:
            self.unfit = str(error)
            return None
        self._blocks += 1
        return SeriesState(block, next_offset, chain)

    def _seen(self, key: bytes, next_offset: int) -> None:
        state = self._states[key]
        assert state is not None
        state.next_offset = next_offset
        self._moved.add(key)


def rules_of(deployment: StrategyDeployed) -> FillRules:
    """How orders fill in its account."""
    rules = deployment.rules
    return UNLIMITED if rules is None else FillRules(**rules.model_dump())


def numbers(values: NDArray[np.float64]) -> list[float | None]:
    """None for what is no number in JSON: na, and the infinities that a division by zero gives."""
    found: list[float | None] = values.tolist()
    for place in np.flatnonzero(~np.isfinite(values)).tolist():
        found[place] = None
    return found


def prices_of(levels: NDArray[np.float64]) -> list[Mapping[str, float]]:
    """Those of LEVELS that are set, for each column of (levels, n)."""
    set_ = np.isfinite(levels)
    if not set_.any():
        return [{}] * levels.shape[1]
    return [
        {name: level for name, level, is_set in zip(LEVELS, *column, strict=True) if is_set}
        for column in zip(levels.T.tolist(), set_.T.tolist(), strict=True)
    ]
